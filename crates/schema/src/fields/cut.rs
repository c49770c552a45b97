//! Taking fields out of an object, wherever they are: out of lists that merge as one value too.
//!
//! **Invariant:** what is not in the set stays as it is, in its order.
//! **Start at** [`FieldSet::cut`]; sets of such fields are made with [`locate`].

use serde_json::{Map, Value};

use super::{FieldSet, Segment, item_segment};
use crate::{ListKind, TypeRef};

/// One step into a value as JSON sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A field of an object.
    Field(&'a str),
    /// An item of a list, by its place.
    Index(usize),
}

/// The field that `steps` lead to in `value`, as field sets name it; the steps may lead beyond what is there.
#[must_use]
pub fn locate(value: &Value, ty: TypeRef<'_>, steps: &[Step<'_>]) -> Vec<Segment> {
    let (mut at, mut ty) = (Some(value), ty);
    let mut path = Vec::with_capacity(steps.len());
    for step in steps {
        // A pointer says 0 for a place in a list and for a field of that name alike.
        let step = match (step, at) {
            (Step::Field(text), Some(Value::Array(_))) => text.parse().map_or(Step::Field(text), Step::Index),
            (step, _) => *step,
        };
        match step {
            Step::Field(name) => {
                path.push(Segment::field(name));
                at = at.and_then(|at| at.get(name));
                ty = ty.member(name);
            }
            Step::Index(index) => {
                let item = at.and_then(|at| at.get(index));
                path.push(place(ty, index, item.unwrap_or(&Value::Null)));
                at = item;
                ty = ty.item();
            }
        }
    }
    path
}

impl FieldSet {
    /// `value` without the members of this set and all below them.
    #[must_use]
    pub fn cut(&self, value: Value, ty: TypeRef<'_>) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::Object(fields) => {
                let mut out = Map::new();
                for (name, value) in fields {
                    match self.field(&name) {
                        Some(entry) if entry.member => {}
                        Some(entry) => {
                            out.insert(name.clone(), entry.children.cut(value, ty.member(&name)));
                        }
                        None => drop(out.insert(name, value)),
                    }
                }
                Value::Object(out)
            }
            Value::Array(items) => {
                let left = items.into_iter().enumerate().filter_map(|(at, item)| {
                    match self.get(&place(ty, at, &item)) {
                        Some(entry) if entry.member => None,
                        Some(entry) => Some(entry.children.cut(item, ty.item())),
                        None => Some(item),
                    }
                });
                Value::Array(left.collect())
            }
            scalar => scalar,
        }
    }

    /// The members of this set that neither are members of `other`, nor lie below one, nor hold one as a part of them.
    #[must_use]
    pub fn unrelated(self, other: &FieldSet) -> FieldSet {
        let mut left = self.without(other);
        left.drop_wholes(other);
        left
    }

    /// Whether this set says that its owner wrote the field at `path`: it is a member, or holds members, or is part of a
    /// member that is one whole.
    #[must_use]
    pub fn claims(&self, path: &[Segment]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return true;
        };
        self.get(first).is_some_and(|entry| {
            if entry.children.is_empty() {
                entry.member
            } else {
                entry.children.claims(rest)
            }
        })
    }

    /// Drops leaves of which `other` names a part.
    fn drop_wholes(&mut self, other: &FieldSet) {
        for entry in &other.entries {
            let Ok(at) = self
                .entries
                .binary_search_by(|own| own.segment.cmp(&entry.segment))
            else {
                continue;
            };
            let own = &mut self.entries[at];
            if own.children.is_empty() && own.member && !entry.children.is_empty() {
                self.entries.remove(at);
            } else {
                own.children.drop_wholes(&entry.children);
                if !own.member && own.children.is_empty() {
                    self.entries.remove(at);
                }
            }
        }
    }
}

/// Puts the field at `path` into `to` as it is in `from`. Nothing happens where either lacks what would hold it.
pub fn copy_field(from: &Value, to: &mut Value, path: &[Segment], ty: TypeRef<'_>) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    match (first, from, to) {
        (Segment::Field(name), Value::Object(from), Value::Object(to)) => {
            let Some(value) = from.get(name.as_ref()) else {
                return;
            };
            if rest.is_empty() {
                to.insert(name.to_string(), value.clone());
            } else if let Some(inner) = to.get_mut(name.as_ref()) {
                copy_field(value, inner, rest, ty.member(name));
            }
        }
        (segment, Value::Array(from), Value::Array(to)) => {
            let find = |items: &[Value]| {
                let mut places = items.iter().enumerate();
                places.position(|(at, item)| place(ty, at, item) == *segment)
            };
            let Some(source) = find(from) else { return };
            match find(to) {
                Some(at) if rest.is_empty() => to[at] = from[source].clone(),
                Some(at) => copy_field(&from[source], &mut to[at], rest, ty.item()),
                None if rest.is_empty() => to.insert(source.min(to.len()), from[source].clone()),
                None => {}
            }
        }
        _ => {}
    }
}

/// How a field set names an item of a list.
fn place(list: TypeRef<'_>, at: usize, item: &Value) -> Segment {
    let by_place = Segment::Index(i64::try_from(at).unwrap_or(i64::MAX));
    if list.list_kind() == ListKind::Atomic {
        return by_place;
    }
    item_segment(list, item).unwrap_or(by_place)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{GroupVersionKind, Schemas};

    fn deployment() -> TypeRef<'static> {
        Schemas::builtin()
            .kind(&GroupVersionKind::new("apps", "v1", "Deployment"))
            .expect("it is built in")
    }

    fn set(value: &Value, paths: &[&[Step<'_>]]) -> FieldSet {
        let mut set = FieldSet::new();
        for path in paths {
            set.insert(&locate(value, deployment(), path));
        }
        set
    }

    fn spec() -> Value {
        json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "web", "image": "a", "command": ["x", "y"]},
            {"name": "side", "image": "b", "ports": [{"containerPort": 80}]}]}}}})
    }

    #[test]
    fn fields_are_cut_out_of_keyed_lists_and_of_whole_ones() {
        use Step::{Field, Index};
        let container = [
            Field("spec"),
            Field("template"),
            Field("spec"),
            Field("containers"),
        ];
        let with = |rest: &[Step<'static>]| [&container[..], rest].concat();
        let value = spec();
        let ignored = set(
            &value,
            &[
                &[Field("spec"), Field("replicas")],
                &with(&[Index(1), Field("image")]),
                &with(&[Field("0"), Field("command"), Index(1)]),
                &with(&[Index(1), Field("ports"), Index(0)]),
                &[Field("spec"), Field("absent"), Index(3), Field("x")],
            ],
        );
        let left = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "web", "image": "a", "command": ["x"]}, {"name": "side", "ports": []}]}}}});
        assert_eq!(ignored.cut(value, deployment()), left);
        // The place in the list is not what tells items apart.
        let mut turned = spec();
        turned["spec"]["template"]["spec"]["containers"]
            .as_array_mut()
            .expect("a list")
            .reverse();
        let cut = ignored.cut(turned, deployment());
        assert_eq!(
            cut["spec"]["template"]["spec"]["containers"][0],
            json!({"name": "side", "ports": []})
        );
    }

    #[test]
    fn ownership_of_a_whole_does_not_count_where_a_part_is_ignored() {
        use Step::{Field, Index};
        let value = spec();
        let owned = FieldSet::of(&value, deployment());
        let container = [
            Field("spec"),
            Field("template"),
            Field("spec"),
            Field("containers"),
            Index(0),
        ];
        let command = [&container[..], &[Field("command"), Index(0)]].concat();
        let ignored = set(&value, &[&command, &[Field("spec"), Field("replicas")]]);
        let left = owned.clone().unrelated(&ignored);
        let path = |steps: &[Step<'_>]| locate(&value, deployment(), steps);
        assert!(owned.contains(&path(&command[..6])) && !left.contains(&path(&command[..6])));
        assert!(!left.contains(&path(&[Field("spec"), Field("replicas")])));
        assert!(left.contains(&path(&[&container[..], &[Field("image")]].concat())));
        assert!(owned.claims(&path(&command)), "a part of what is owned as one");
        assert!(!left.claims(&path(&command)));
    }
}
