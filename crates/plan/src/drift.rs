//! Which fields are not as Git says, and who made them so.
//!
//! **Invariant:** paths are told as the server tells them in `managedFields`: items of keyed lists by their keys, others by
//! their place.
//! **Absent:** who took a field away, which the server does not record.
//! **Start at** [`fields`].

use std::collections::BTreeSet;
use std::sync::Arc;

use plumb_model::FieldDrift;
use plumb_schema::{
    FieldPath, ListKind, Segment, TypeRef,
    apply::{Claim, Operation, claims},
    item_segment,
};
use serde_json::Value;

/// Fields of `metadata` that the server keeps for itself.
const SERVER_FIELDS: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "uid",
    "selfLink",
    "deletionTimestamp",
];
/// What tells items of a list apart where no schema says: for people, not for the server.
const LIKELY_KEYS: [&str; 6] = ["name", "containerPort", "port", "mountPath", "key", "type"];

/// The fields in which `live` differs from `predicted`, what the server says it would be after the apply. Without a
/// type, the items of lists are told by what looks like a key.
#[must_use]
pub fn fields(live: &Value, predicted: &Value, ty: Option<TypeRef<'_>>) -> Vec<FieldDrift> {
    let mut walk = Walk {
        path: Vec::new(),
        found: Vec::new(),
        is_typed: ty.is_some(),
    };
    let ty = match ty {
        Some(ty) => ty,
        None => TypeRef::deduced(),
    };
    let (Some(before), Some(after)) = (live.as_object(), predicted.as_object()) else {
        return Vec::new();
    };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys.into_iter().filter(|key| *key != "status") {
        walk.member(key, (after.get(key), before.get(key)), ty);
    }
    let claims = claims(live).unwrap_or_default();
    let is_secret = live["kind"] == "Secret" && live["apiVersion"] == "v1";
    walk.found
        .into_iter()
        .map(|(path, mut drift)| {
            (drift.manager, drift.since) = owner(&claims, &path);
            if is_secret {
                hide(&mut drift);
            }
            drift
        })
        .collect()
}

/// Whether `manager` has ever applied `live`.
#[must_use]
pub fn is_applied_by(live: &Value, manager: &str) -> bool {
    let entries = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    entries
        .into_iter()
        .any(|entry| entry["manager"] == *manager && entry["operation"] == "Apply")
}

struct Walk {
    path: Vec<Segment>,
    found: Vec<(FieldPath, FieldDrift)>,
    is_typed: bool,
}

/// What Git wants of a field, and what is there.
type Sides<'v> = (Option<&'v Value>, Option<&'v Value>);

impl Walk {
    fn member(&mut self, name: &str, sides: Sides<'_>, ty: TypeRef<'_>) {
        let of_server = matches!(&self.path[..], [Segment::Field(parent)] if &**parent == "metadata")
            && SERVER_FIELDS.contains(&name);
        if !of_server {
            self.at(Segment::field(name), sides, ty.member(name));
        }
    }

    fn at(&mut self, segment: Segment, sides: Sides<'_>, ty: TypeRef<'_>) {
        if sides.0 != sides.1 {
            self.path.push(segment);
            self.compare(sides, ty);
            self.path.pop();
        }
    }

    fn compare(&mut self, sides: Sides<'_>, ty: TypeRef<'_>) {
        match sides {
            (Some(Value::Object(desired)), Some(Value::Object(live))) => {
                let keys: BTreeSet<&String> = desired.keys().chain(live.keys()).collect();
                for key in keys {
                    self.member(key, (desired.get(key), live.get(key)), ty);
                }
            }
            (Some(Value::Array(desired)), Some(Value::Array(live))) => self.items(desired, live, ty),
            _ => self.tell(sides),
        }
    }

    fn items(&mut self, desired: &[Value], live: &[Value], ty: TypeRef<'_>) {
        let whole = |walk: &mut Self| {
            walk.tell((
                Some(&Value::from(desired.to_vec())),
                Some(&Value::from(live.to_vec())),
            ));
        };
        let keys = |items: &[Value]| self.keys(items, desired, live, ty);
        let (Some(wanted), Some(there)) = (keys(desired), keys(live)) else {
            if desired.len() != live.len() {
                return whole(self);
            }
            for (at, pair) in desired.iter().zip(live).enumerate() {
                let place = Segment::Index(i64::try_from(at).unwrap_or(i64::MAX));
                self.at(place, (Some(pair.0), Some(pair.1)), ty.item());
            }
            return;
        };
        let before = self.found.len();
        let all: BTreeSet<&Segment> = wanted.iter().chain(&there).collect();
        for segment in all {
            let find = |keys: &[Segment], items: &'_ [Value]| {
                let at = keys.iter().position(|key| key == segment)?;
                items.get(at).cloned()
            };
            let (desired, live) = (find(&wanted, desired), find(&there, live));
            self.at(segment.clone(), (desired.as_ref(), live.as_ref()), ty.item());
        }
        if self.found.len() == before && wanted != there {
            whole(self);
        }
    }

    /// What tells `items` apart; `None` where only their place does.
    fn keys(
        &self,
        items: &[Value],
        desired: &[Value],
        live: &[Value],
        ty: TypeRef<'_>,
    ) -> Option<Vec<Segment>> {
        if ty.list_kind() != ListKind::Atomic {
            return items.iter().map(|item| item_segment(ty, item).ok()).collect();
        }
        if self.is_typed {
            return None;
        }
        let is_key = |key: &&str| {
            [desired, live].into_iter().all(|items| {
                let values: BTreeSet<String> = items.iter().map(|item| item[*key].to_string()).collect();
                values.len() == items.len() && !values.contains("null")
            })
        };
        let key = LIKELY_KEYS.into_iter().find(is_key)?;
        let segment = |item: &Value| Segment::key(vec![(Arc::from(key), item[key].clone())]);
        Some(items.iter().map(segment).collect())
    }

    fn tell(&mut self, (desired, live): Sides<'_>) {
        let path = FieldPath::new(self.path.clone());
        let drift = FieldDrift {
            path: path.to_string(),
            desired: desired.cloned(),
            live: live.cloned(),
            manager: None,
            since: None,
        };
        self.found.push((path, drift));
    }
}

/// Takes the values out of a difference in a Secret; which fields differ is still told.
fn hide(drift: &mut FieldDrift) {
    let told = [".data", ".stringData", ".metadata.annotations"];
    if told.iter().any(|field| drift.path.starts_with(field)) {
        for value in [&mut drift.desired, &mut drift.live].into_iter().flatten() {
            *value = Value::from("<hidden>");
        }
    }
}

/// Who owns the field at `path`, and when they last wrote: the newest of those who do, and of several in one second the one who
/// wrote otherwise than by an apply.
fn owner(claims: &[Claim], path: &FieldPath) -> (Option<String>, Option<String>) {
    let newest = claims
        .iter()
        .filter(|claim| claim.fields.claims(path.segments()))
        .max_by_key(|claim| (claim.time.clone(), claim.operation == Operation::Update));
    (
        newest.map(|claim| claim.manager.clone()),
        newest.and_then(|claim| claim.time.clone()),
    )
}
