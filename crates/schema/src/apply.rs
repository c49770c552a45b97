//! Writes to an object with field ownership: server-side apply, and plain writes that are tracked beside it.
//!
//! What the API server does is done here step by step: the configuration is merged into the live object, fields that
//! the manager stated before and states no longer are removed unless another manager owns them, and fields whose value
//! changes leave their former owners, which is a conflict unless forced.
//!
//! **Invariant:** an apply that changes nothing returns the live object as it is, times included.
//! **Absent:** conversion between versions (paths of an entry at another version are taken as they are).
//! **Start at** [`apply`] and [`update`].

mod changes;
mod conflict;
mod merge;
mod ownership;
mod remove;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::{FieldSet, Segment, Shape, TypeRef};
use changes::Changes;
pub use conflict::{ApplyError, Conflict};
pub use ownership::{Claim, Operation, claims, set_claims};

/// The manager that takes over from client-side apply, whose configuration is in this annotation.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who writes, how and when.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// Type of the object; [`TypeRef::deduced`] when there is none.
    pub ty: TypeRef<'a>,
    /// Field manager.
    pub manager: &'a str,
    /// `status` or `scale` when the write goes there.
    pub subresource: Option<&'a str>,
    /// Whether a custom kind has a status subresource, so that only writes to it own `status`. Built-in kinds that have
    /// a status always do.
    pub has_status: bool,
    /// Take fields from other managers (apply only).
    pub force: bool,
    /// The time, as RFC 3339 in UTC to the second; empty for a write of which no time is noted.
    pub now: &'a str,
    /// What an object holds before anything is set; [`empty`] where that is not known better.
    pub nothing: Option<&'a Value>,
}

/// Applies a configuration; returns the object as it is then, managedFields included.
///
/// # Errors
/// When other managers own fields of it and `force` is off, or when it does not fit the type.
pub fn apply(live: Option<&Value>, config: &Value, write: &Write<'_>) -> Result<Value, ApplyError> {
    if config
        .pointer("/metadata/managedFields")
        .is_some_and(|it| !it.is_null())
    {
        return Err(ApplyError::ManagedFieldsSet);
    }
    let stated = FieldSet::of_checked(config, write.ty).map_err(|problems| ApplyError::Invalid {
        object: conflict::name(config),
        problems,
    })?;
    let config = without_status(config, write);
    let ignored = write.ignored();
    let stated = stated.without(&ignored);
    let mut owners = live.map_or(Ok(Vec::new()), claims)?;
    let former = owners.clone();
    let before = live.map_or_else(|| Value::Object(Map::new()), ownership::bare);
    if owners.is_empty() && live.is_some() {
        owners.extend(first_claim(&before, write));
    }

    let mut after = before.clone();
    merge::merge(&mut after, &config, write.ty);
    let mut own = write.claim(Operation::Apply, &config, FieldSet::new());
    let at = owners.iter().position(|claim| claim.is_of(&own));
    let last = at.map(|at| owners.remove(at));
    let last_time = last.as_ref().and_then(|last| last.time.clone());
    if let Some(last) = last.filter(|last| !last.fields.difference(&stated).is_empty()) {
        let kept = owners
            .iter()
            .fold(stated.clone(), |all, claim| all.union(&claim.fields));
        after = prune(after, &last.fields, &kept, write.ty);
    }
    let same = after == before;
    if !same {
        let changes = Changes::between(Some(&before), Some(&after), write.ty).without(&ignored);
        let mut conflicts = conflict::find(&owners, &changes);
        if write.manager == KUBECTL && !conflicts.is_empty() {
            let left = left_by_client(&before, write.ty);
            conflicts.retain(|conflict| !left.contains(conflict.path.segments()));
        }
        if !write.force && !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(conflicts));
        }
        disown(&mut owners, &changes);
    }
    own.fields = stated.strip_untracked();
    if same {
        // Where no value changes, nobody notes when the fields were taken.
        own.time = last_time;
    }
    owners.push(own);
    owners.retain(|claim| !claim.fields.is_empty());
    if let Some(live) = live
        && same
        && ownership::same_but_time(&owners, &former)
    {
        return Ok(live.clone());
    }
    set_claims(&mut after, owners);
    Ok(after)
}

/// Tracks a plain write (create, replace, patch): `new` with managedFields that tell who owns what now.
///
/// The value of `new` is not touched otherwise: that a write to the main resource keeps `status` is the caller's part.
/// An object that exists without managedFields stays without, as on the server, until its first apply.
#[must_use]
pub fn update(live: Option<&Value>, mut new: Value, write: &Write<'_>) -> Value {
    let given = new
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array)
        .cloned();
    if write.subresource.is_none() && given.as_deref() == Some(&[Value::Object(Map::new())]) {
        // One empty entry is how clients ask to forget all ownership.
        ownership::clear(&mut new);
        return new;
    }
    // A document that cannot be read counts as none, so that an object can always be written.
    let mut owners = claims(&new).unwrap_or_default();
    if owners.is_empty() {
        owners = live.and_then(|live| claims(live).ok()).unwrap_or_default();
    }
    ownership::clear(&mut new);
    if owners.is_empty() && live.is_some() {
        return new;
    }
    let before = live.map_or_else(|| write.nothing(), ownership::bare);
    let changes = Changes::between(Some(&before), Some(&new), write.ty).without(&write.ignored());
    disown(&mut owners, &changes);
    let taken = changes.added.union(&changes.modified).strip_untracked();
    if !taken.is_empty() {
        let own = write.claim(Operation::Update, &new, taken);
        match owners.iter_mut().find(|claim| claim.is_of(&own)) {
            Some(claim) => {
                claim.fields = claim.fields.union(&own.fields);
                claim.time = own.time;
            }
            None => owners.push(own),
        }
    }
    owners.retain(|claim| !claim.fields.is_empty());
    ownership::cap(&mut owners);
    set_claims(&mut new, owners);
    new
}

/// Fields that a client-side apply set and that are still as it set them; its successor may have them unasked.
fn left_by_client(live: &Value, ty: TypeRef<'_>) -> FieldSet {
    let last = live["metadata"]["annotations"][LAST_APPLIED].as_str();
    let Some(last) = last.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return FieldSet::new();
    };
    let changes = Changes::between(Some(&last), Some(live), ty);
    [changes.added, changes.modified, changes.removed]
        .iter()
        .fold(FieldSet::of(&last, ty), |left, changed| left.difference(changed))
}

/// What an object of a built-in kind holds before anything is set: its plain structs, and lists that must be there.
#[must_use]
pub fn empty(ty: TypeRef<'_>) -> Value {
    let mut out = Map::new();
    for field in ty.fields() {
        let shape = field.ty().shape();
        let value = match shape {
            Shape::Struct { .. } if field.is_always_present() => empty(field.ty()),
            Shape::List { .. } if field.is_required() && !ty.is_custom() => Value::Null,
            _ => continue,
        };
        out.insert(field.name().to_owned(), value);
    }
    Value::Object(out)
}

impl Write<'_> {
    fn nothing(&self) -> Value {
        self.nothing.cloned().unwrap_or_else(|| empty(self.ty))
    }

    fn claim(&self, operation: Operation, object: &Value, fields: FieldSet) -> Claim {
        Claim {
            manager: self.manager.to_owned(),
            operation,
            api_version: object["apiVersion"].as_str().unwrap_or_default().to_owned(),
            subresource: self.subresource.unwrap_or_default().to_owned(),
            time: Some(self.now.to_owned()).filter(|now| !now.is_empty()),
            fields,
        }
    }

    /// Fields that this write can neither change nor own.
    fn ignored(&self) -> FieldSet {
        let mut set = FieldSet::new();
        let field = Segment::field;
        match self.subresource {
            None if self.resets_status() => set.insert(&[field("status")]),
            Some("status") if self.ty.is_custom() => {
                set.insert(&[field("metadata")]);
                set.insert(&[field("spec")]);
            }
            Some("status") => {
                if self
                    .ty
                    .field("spec")
                    .is_some_and(|spec| spec.ty().field("progressDeadlineSeconds").is_some())
                {
                    // Of all kinds only Deployments keep their labels.
                    set.insert(&[field("metadata"), field("labels")]);
                }
                set.insert(&[field("spec")]);
            }
            _ => {}
        }
        set
    }

    fn resets_status(&self) -> bool {
        self.has_status || (!self.ty.is_custom() && self.ty.field("status").is_some())
    }
}

/// A configuration for the main resource says nothing of status.
fn without_status<'v>(config: &'v Value, write: &Write<'_>) -> std::borrow::Cow<'v, Value> {
    let mut config = std::borrow::Cow::Borrowed(config);
    let says_status = config.get("status").is_some();
    if says_status
        && write.subresource.is_none()
        && write.resets_status()
        && let Value::Object(fields) = config.to_mut()
    {
        fields.remove("status");
    }
    config
}

/// All that was there before anyone applied belongs to one entry.
fn first_claim(before: &Value, write: &Write<'_>) -> Option<Claim> {
    let changes = Changes::between(Some(&write.nothing()), Some(before), write.ty).without(&write.ignored());
    let fields = changes.added.union(&changes.modified).strip_untracked();
    let write = Write {
        manager: "before-first-apply",
        ..*write
    };
    (!fields.is_empty()).then(|| write.claim(Operation::Update, before, fields))
}

/// What an apply makes of `object` whose manager gives up all of `last` but what is in `kept` (by itself or by others).
#[must_use]
pub fn release(object: Value, last: &FieldSet, kept: &FieldSet, ty: TypeRef<'_>) -> Value {
    prune(object, last, kept, ty)
}

/// Removes what was stated last time and is in nobody's set now.
///
/// Structs count as owned with their fields: when the last owned field of one goes, the struct goes, with what the
/// server defaulted in it.
fn prune(merged: Value, last: &FieldSet, kept: &FieldSet, ty: TypeRef<'_>) -> Value {
    if last.difference(kept).is_empty() {
        return merged;
    }
    let present = FieldSet::of(&merged, ty).with_declared_parents(ty);
    let last = last.with_declared_parents(ty);
    let mut gone = present
        .intersection(&last)
        .difference(&kept.with_declared_parents(ty));
    gone.drop_member(&Segment::field("metadata"));
    if gone.is_empty() {
        merged
    } else {
        remove::remove(merged, &gone, ty).unwrap_or(Value::Null)
    }
}

/// Takes changed and removed fields from the managers that had them.
fn disown(owners: &mut [Claim], changes: &Changes) {
    let lost = [&changes.added, &changes.modified, &changes.removed]
        .into_iter()
        .filter(|it| !it.is_empty());
    for lost in lost {
        for claim in owners.iter_mut() {
            claim.fields = claim.fields.difference(lost);
        }
    }
}
