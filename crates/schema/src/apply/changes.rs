//! What differs between two states of an object, as field sets.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use crate::fields::{item_segment, same_value};
use crate::{FieldSet, ListKind, Segment, Shape, TypeRef};

/// Fields that came, changed, went.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) added: FieldSet,
    pub(crate) modified: FieldSet,
    pub(crate) removed: FieldSet,
}

/// What happened at a path itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    Nothing,
    Added,
    Modified,
    Removed,
}

impl Changes {
    /// Compares two states.
    pub(crate) fn between(old: Option<&Value>, new: Option<&Value>, ty: TypeRef<'_>) -> Self {
        compare(old, new, ty).1
    }

    /// Leaves fields out of the account.
    pub(crate) fn without(self, ignored: &FieldSet) -> Self {
        Self {
            added: self.added.without(ignored),
            modified: self.modified.without(ignored),
            removed: self.removed.without(ignored),
        }
    }

    fn put(&mut self, segment: Segment, (mark, below): (Mark, Changes)) {
        if mark == Mark::Nothing
            && below.added.is_empty()
            && below.modified.is_empty()
            && below.removed.is_empty()
        {
            return;
        }
        self.added.put(segment.clone(), mark == Mark::Added, below.added);
        self.modified
            .put(segment.clone(), mark == Mark::Modified, below.modified);
        self.removed.put(segment, mark == Mark::Removed, below.removed);
    }
}

fn compare(old: Option<&Value>, new: Option<&Value>, ty: TypeRef<'_>) -> (Mark, Changes) {
    let mark = match (old, new) {
        (None, None) => return (Mark::Nothing, Changes::default()),
        (None, Some(_)) => Mark::Added,
        (Some(_), None) => Mark::Removed,
        (Some(_), Some(_)) => Mark::Nothing,
    };
    let (fields, items) = ((fields(old), fields(new)), (items(old), items(new)));
    match ty.shape() {
        Shape::Struct { .. } | Shape::Map { .. } | Shape::Any { .. }
            if !ty.is_atomic_object()
                && (fields.0.is_some() || fields.1.is_some())
                && plain(old, new, false) =>
        {
            let (old, new) = (fields.0.unwrap_or(&NONE), fields.1.unwrap_or(&NONE));
            (mark, objects(old, new, ty))
        }
        Shape::List { kind, .. }
            if kind != ListKind::Atomic
                && (items.0.is_some() || items.1.is_some())
                && plain(old, new, true) =>
        {
            (
                mark,
                lists(items.0.unwrap_or_default(), items.1.unwrap_or_default(), ty),
            )
        }
        _ => (leaf(old, new, mark), Changes::default()),
    }
}

static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Objects with something in them; an empty one is a leaf.
fn fields(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value
        .and_then(Value::as_object)
        .filter(|fields| !fields.is_empty())
}

fn items(value: Option<&Value>) -> Option<&[Value]> {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .filter(|items| !items.is_empty())
}

/// Whether both sides are lists (or objects), null or absent, so that they can be walked together.
fn plain(old: Option<&Value>, new: Option<&Value>, list: bool) -> bool {
    [old, new].into_iter().flatten().all(|value| match value {
        Value::Null => true,
        Value::Array(_) => list,
        Value::Object(_) => !list,
        _ => false,
    })
}

fn leaf(old: Option<&Value>, new: Option<&Value>, mark: Mark) -> Mark {
    match (old, new) {
        (Some(old), Some(new)) if !same_value(old, new) => Mark::Modified,
        _ => mark,
    }
}

fn objects(old: &Map<String, Value>, new: &Map<String, Value>, ty: TypeRef<'_>) -> Changes {
    let mut out = Changes::default();
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let pairs = new.iter().map(|(name, value)| (name, old.get(name), Some(value)));
    for (name, old, new) in pairs.chain(gone.map(|(name, value)| (name, Some(value), None))) {
        let declared = ty.field(name);
        let below = match declared {
            Some(field) => field.ty(),
            None => ty.member(name),
        };
        let change = compare(old, new, below);
        if change.0 == Mark::Nothing && change.1.is_empty() {
            continue;
        }
        let segment = match declared {
            Some(field) => Segment::Field(field.shared_name().clone()),
            None => Segment::Field(Arc::from(name.as_str())),
        };
        out.put(segment, change);
    }
    out
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }
}

fn lists(old: &[Value], new: &[Value], ty: TypeRef<'_>) -> Changes {
    if old == new {
        return Changes::default();
    }
    let mut pairs: BTreeMap<Segment, (Option<&Value>, Option<&Value>)> = BTreeMap::new();
    // Of duplicates the first one counts; items that cannot be named cannot be owned.
    for item in old {
        if let Ok(segment) = item_segment(ty, item) {
            pairs.entry(segment).or_default().0.get_or_insert(item);
        }
    }
    for item in new {
        if let Ok(segment) = item_segment(ty, item) {
            pairs.entry(segment).or_default().1.get_or_insert(item);
        }
    }
    let mut out = Changes::default();
    for (segment, (old, new)) in pairs {
        let change = compare(old, new, ty.item());
        out.put(segment, change);
    }
    out
}
