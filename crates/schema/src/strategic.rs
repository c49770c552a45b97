//! Strategic merge patch: a merge patch that knows which lists merge, and by which key.
//!
//! Directives: `$patch: replace|delete|merge`, `$deleteFromPrimitiveList/<field>`, `$setElementOrder/<field>`,
//! `$retainKeys`.
//!
//! **Invariant:** no directive is left in the result.
//! **Start at** [`patch`]; lists in [`list`].

mod list;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::{FieldRef, PatchStrategy, TypeRef};

/// Why a patch cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("strategic merge patch, at {path}: {problem}")]
pub struct PatchError {
    /// Where in the patch.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
}

pub(super) const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// Merges a patch into an object.
///
/// # Errors
/// When a directive is malformed or a list item lacks its merge key.
pub fn patch(live: &Value, patch: &Value, ty: TypeRef<'_>) -> Result<Value, PatchError> {
    let (Value::Object(live), Value::Object(patch)) = (live, patch) else {
        return Err(wrong("", "an object can only be patched by an object"));
    };
    object(live.clone(), patch, ty, "").map(Value::Object)
}

/// How a list merges.
#[derive(Clone, Copy)]
pub(super) enum Merge<'a> {
    Replace,
    Set,
    Keyed(&'a str),
}

/// Merges a patch of an object. `path` names it in errors.
pub(super) fn object(
    mut live: Map<String, Value>,
    patch: &Map<String, Value>,
    ty: TypeRef<'_>,
    path: &str,
) -> Result<Map<String, Value>, PatchError> {
    match patch.get(DIRECTIVE).map(|it| it.as_str().unwrap_or_default()) {
        None | Some("merge") => {}
        Some("replace") => return Ok(plain(patch)),
        Some("delete") => return Ok(Map::new()),
        Some(other) => return Err(wrong(path, &format!("unknown $patch directive {other:?}"))),
    }
    if let Some(keep) = patch.get(RETAIN_KEYS) {
        let keep = keep
            .as_array()
            .ok_or_else(|| wrong(path, "$retainKeys must be a list of field names"))?;
        live.retain(|name, _| keep.iter().any(|it| it == name));
    }
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        let own = live.remove(name);
        let before = own.as_ref().and_then(Value::as_array).cloned();
        if let Some(mut merged) = field(own, value, ty, name, &at(path, name))? {
            // A list whose order is stated gets it below.
            if let (Some(before), Value::Array(after), Value::Array(stated)) = (before, &mut merged, value)
                && !patch.contains_key(&format!("{ORDER}{name}"))
                && ty.field(name).is_some_and(|field| field.patch_strategy().merge)
            {
                list::arrange(
                    after,
                    &before,
                    stated,
                    ty.field(name).and_then(FieldRef::merge_key),
                );
            }
            live.insert(name.clone(), merged);
        }
    }
    for (name, value) in patch {
        let items = || {
            value
                .as_array()
                .ok_or_else(|| wrong(&at(path, name), "must be a list"))
        };
        if let Some(field) = name.strip_prefix(DELETE_FROM) {
            let gone = items()?;
            if let Some(Value::Array(own)) = live.get_mut(field) {
                own.retain(|item| !gone.contains(item));
            }
        }
        if let Some(field) = name.strip_prefix(ORDER) {
            let order = items()?;
            let key = ty.field(field).and_then(FieldRef::merge_key);
            if let Some(Value::Array(own)) = live.get_mut(field) {
                list::sort(own, order, patch.get(field), key);
            }
        }
    }
    Ok(live)
}

/// Merges the patch of one field; `None` removes it.
fn field(
    live: Option<Value>,
    patch: &Value,
    ty: TypeRef<'_>,
    name: &str,
    path: &str,
) -> Result<Option<Value>, PatchError> {
    let declared = ty.field(name);
    let strategy = declared.map_or_else(PatchStrategy::default, FieldRef::patch_strategy);
    let below = ty.member(name);
    Ok(match (live, patch) {
        (_, Value::Null) => None,
        (Some(Value::Object(live)), Value::Object(patch)) if !strategy.replace => {
            if patch.get(DIRECTIVE).is_some_and(|it| it == "delete") {
                return Ok(None);
            }
            Some(Value::Object(object(live, patch, below, path)?))
        }
        (_, patch @ Value::Object(_)) => list::fresh(patch),
        (live, Value::Array(patch)) => {
            let merge = match declared.and_then(FieldRef::merge_key) {
                Some(key) if strategy.merge => Merge::Keyed(key),
                None if strategy.merge => Merge::Set,
                _ => Merge::Replace,
            };
            let live = match live {
                Some(Value::Array(live)) => live,
                _ => Vec::new(),
            };
            Some(Value::Array(list::merge(live, patch, below.item(), merge, path)?))
        }
        (_, scalar) => Some(scalar.clone()),
    })
}

/// An object as stated, without directives.
pub(super) fn plain(patch: &Map<String, Value>) -> Map<String, Value> {
    let fields = patch.iter().filter(|(name, _)| !is_directive(name));
    fields
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_directive(name: &str) -> bool {
    name == DIRECTIVE || name == RETAIN_KEYS || name.starts_with(DELETE_FROM) || name.starts_with(ORDER)
}

pub(super) fn wrong(path: &str, problem: &str) -> PatchError {
    PatchError {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

fn at(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}
