//! Does a live object contain what is desired?
//!
//! The desired object is a subset view: only what it states is compared. Notation does not count: quantities by amount,
//! times by instant, empty as absent, keyed items by their keys, sets in any order, a Secret's `stringData` by what the
//! server makes of it.
//!
//! **Invariant:** an empty answer means the objects look the same to the API server as far as a schema can tell; what
//! only Go code or webhooks would rewrite still shows.
//! **Absent:** `status`, and the `metadata` that the server alone writes.
//! **Start at** [`differences`]; equality of single values in [`scalar`].

mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Map, Value};

use crate::fields::item_segment;
use crate::{FieldPath, ListKind, Segment, Shape, TypeRef};

/// A field that is not as desired.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: FieldPath,
    /// What is desired; `None` when the field should not be there.
    pub desired: Option<Value>,
    /// What the live object has; `None` when it lacks the field.
    pub live: Option<Value>,
}

/// Fields that Go holds as plain values and leaves out when zero. Others are pointers, whose zero means something
/// (`allowPrivilegeEscalation: false`); the schema does not tell them apart, so a field must be here to be noise.
const PLAIN: [&str; 20] = [
    "hostIPC",
    "hostname",
    "hostNetwork",
    "hostPID",
    "minReadySeconds",
    "nodeName",
    "paused",
    "priorityClassName",
    "publishNotReadyAddresses",
    "readOnly",
    "schedulerName",
    "serviceAccountName",
    "stdin",
    "stdinOnce",
    "subPath",
    "subdomain",
    "tty",
    "value",
    "volumeName",
    "workingDir",
];

/// Fields of `metadata` that the server alone writes.
const SERVER_OWNED: [&str; 9] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
    "generateName",
];

/// Every field of `desired` that `live` does not have, or has otherwise. Empty: they look the same.
#[must_use]
pub fn differences(desired: &Value, live: &Value, ty: Option<TypeRef<'_>>) -> Vec<Difference> {
    let ty = match ty {
        Some(ty) => ty,
        None => TypeRef::deduced(),
    };
    let mut walk = Walk {
        path: Vec::new(),
        out: Vec::new(),
    };
    let desired = with_string_data(desired);
    let none = Map::new();
    let live_fields = live.as_object().unwrap_or(&none);
    for (name, value) in desired.as_object().unwrap_or(&none) {
        if name == "status" {
            continue;
        }
        walk.path.push(segment(ty, name));
        if name == "metadata" {
            walk.metadata(value, live_fields.get(name), ty.member(name));
        } else {
            walk.value(value, live_fields.get(name), ty.member(name));
        }
        walk.path.pop();
    }
    walk.out
}

struct Walk {
    path: Vec<Segment>,
    out: Vec<Difference>,
}

impl Walk {
    fn metadata(&mut self, desired: &Value, live: Option<&Value>, ty: TypeRef<'_>) {
        let none = Map::new();
        for (name, value) in desired.as_object().unwrap_or(&none) {
            if SERVER_OWNED.contains(&name.as_str()) {
                continue;
            }
            self.path.push(segment(ty, name));
            self.value(value, live.and_then(|live| live.get(name)), ty.member(name));
            self.path.pop();
        }
    }

    fn value(&mut self, desired: &Value, live: Option<&Value>, ty: TypeRef<'_>) {
        if is_nothing(desired) && live.is_none_or(is_nothing) {
            return;
        }
        match (desired, live, ty.shape()) {
            (Value::Object(desired), Some(Value::Object(live)), _) => self.object(desired, live, ty),
            (Value::Object(fields), None, _) if fields.iter().all(|(_, value)| is_nothing(value)) => {}
            (Value::Array(desired), Some(Value::Array(live)), Shape::List { kind, .. }) => match kind {
                ListKind::Atomic => self.sequence(desired, live, ty.item()),
                ListKind::Set | ListKind::Map(_) => self.items(desired, live, ty),
            },
            (Value::Array(desired), Some(Value::Array(live)), _) => self.sequence(desired, live, ty.item()),
            // Applying null where something is owned by others leaves it there only if it merges.
            (Value::Null, Some(live), _) => self.differs(None, Some(live)),
            (desired, Some(live), shape) if scalar::same(desired, live, shape) => {}
            (desired, live, _) => self.differs(Some(desired), live),
        }
    }

    fn object(&mut self, desired: &Map<String, Value>, live: &Map<String, Value>, ty: TypeRef<'_>) {
        for (name, value) in desired {
            let declared = ty.field(name);
            self.path.push(segment(ty, name));
            let own = live.get(name);
            let is_default = declared
                .and_then(crate::FieldRef::default)
                .is_some_and(|it| it == value);
            let is_left_out = declared.is_some() && !ty.is_custom() && is_zero(value) && is_plain(name);
            if own.is_some() || !(is_default || is_left_out) {
                self.value(value, own, ty.member(name));
            }
            self.path.pop();
        }
        if ty.is_atomic_object() && !matches!(ty.shape(), Shape::Scalar(_) | Shape::List { .. }) {
            self.surplus(desired, live, ty);
        }
    }

    /// An atomic object has nothing beside what is desired, but for defaults.
    fn surplus(&mut self, desired: &Map<String, Value>, live: &Map<String, Value>, ty: TypeRef<'_>) {
        for (name, value) in live {
            let is_default = ty
                .field(name)
                .and_then(crate::FieldRef::default)
                .is_some_and(|it| it == value);
            // Structs gain fields that the server fills in; maps do not.
            let filled_in = ty.field(name).is_some() && (is_zero(value) || is_filled_in(name, value));
            if !desired.contains_key(name) && !is_nothing(value) && !is_default && !filled_in {
                self.path.push(segment(ty, name));
                self.differs(None, Some(value));
                self.path.pop();
            }
        }
    }

    fn items(&mut self, desired: &[Value], live: &[Value], ty: TypeRef<'_>) {
        for (at, item) in desired.iter().enumerate() {
            let Ok(segment) = item_segment(ty, item) else {
                self.path.push(index(at));
                self.value(item, live.get(at), ty.item());
                self.path.pop();
                continue;
            };
            // Most lists keep their order, so look at the same place first.
            let is_it = |item: &&Value| item_segment(ty, item).is_ok_and(|own| own == segment);
            let own = live.get(at).filter(is_it).or_else(|| live.iter().find(is_it));
            self.path.push(segment);
            match own {
                Some(own) => self.value(item, Some(own), ty.item()),
                None => self.differs(Some(item), None),
            }
            self.path.pop();
        }
    }

    /// An atomic list: as long, and item by item the same.
    fn sequence(&mut self, desired: &[Value], live: &[Value], ty: TypeRef<'_>) {
        for at in 0..desired.len().max(live.len()) {
            self.path.push(index(at));
            match (desired.get(at), live.get(at)) {
                (Some(desired), own) => self.value(desired, own, ty),
                (None, own) => self.differs(None, own),
            }
            self.path.pop();
        }
    }

    fn differs(&mut self, desired: Option<&Value>, live: Option<&Value>) {
        let path = FieldPath::new(self.path.clone());
        self.out.push(Difference {
            path,
            desired: desired.cloned(),
            live: live.cloned(),
        });
    }
}

fn segment(ty: TypeRef<'_>, name: &str) -> Segment {
    Segment::Field(
        ty.field(name)
            .map_or_else(|| Arc::from(name), |field| field.shared_name().clone()),
    )
}

fn index(at: usize) -> Segment {
    Segment::Index(i64::try_from(at).unwrap_or(i64::MAX))
}

/// What Go code writes into references that leave it out.
fn is_filled_in(name: &str, value: &Value) -> bool {
    let filled = [
        ("apiVersion", "v1"),
        ("apiGroup", "rbac.authorization.k8s.io"),
        ("divisor", "0"),
    ];
    filled.iter().any(|(field, text)| name == *field && value == text)
}

fn is_plain(name: &str) -> bool {
    PLAIN.contains(&name)
}

/// Null and empty containers say nothing; neither does a container of such.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty(),
        other => is_nothing(other),
    }
}

/// A Secret's `stringData` is write-only: the server turns it into `data`, over what is there.
fn with_string_data(desired: &Value) -> Cow<'_, Value> {
    let is_secret = desired["kind"] == "Secret" && desired["apiVersion"] == "v1";
    let (true, Some(Value::Object(texts))) = (is_secret, desired.get("stringData")) else {
        return Cow::Borrowed(desired);
    };
    let mut out = desired.clone();
    if let Value::Object(fields) = &mut out {
        fields.remove("stringData");
        let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if data.is_null() {
            *data = Value::Object(Map::new());
        }
        if let Value::Object(data) = data {
            for (name, text) in texts {
                let coded =
                    base64::engine::general_purpose::STANDARD.encode(text.as_str().unwrap_or_default());
                data.insert(name.clone(), Value::from(coded));
            }
        }
    }
    Cow::Owned(out)
}
