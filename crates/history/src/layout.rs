//! Where a unit and its objects are in the tree of a record.
//!
//! `3/f/application_argocd_my-app/Deployment.apps_web_frontend.yaml`: two digits of the unit's digest, so that no folder
//! is long and a record costs what it changes; the unit; a file for each object.
//!
//! **Invariant:** different units and objects have different paths, whatever their names hold.

#[cfg(test)]
mod tests;

use plumb_model::{Digest, ObjectId, UnitId, UnitKind};

/// How many folders are above a unit's.
pub(crate) const FANOUT: usize = 2;

/// The folders that lead to a unit, from the root down; the last is its own.
pub(crate) fn unit_path(unit: &UnitId) -> [String; FANOUT + 1] {
    let folder = [unit.kind.word(), &unit.namespace, &unit.name]
        .map(encode)
        .join("_");
    let digest = Digest::of(folder.as_bytes()).to_string();
    [digest[..1].to_owned(), digest[1..2].to_owned(), folder]
}

/// The unit whose folder has this name.
pub(crate) fn unit_of(folder: &str) -> Option<UnitId> {
    let mut parts = folder.split('_').map(decode);
    let (kind, namespace, name) = (parts.next()??, parts.next()??, parts.next()??);
    let kind = [UnitKind::Application, UnitKind::Kustomization]
        .into_iter()
        .find(|known| known.word() == kind)?;
    parts.next().is_none().then_some(UnitId {
        kind,
        namespace,
        name,
    })
}

/// The name of an object's file.
pub(crate) fn object_file(object: &ObjectId) -> String {
    let mut out = encode(&object.kind.kind).replace('.', "%2E");
    if !object.kind.group.is_empty() {
        out.push('.');
        out.push_str(&encode(&object.kind.group));
    }
    out.push('_');
    out.push_str(&object.namespace.as_deref().map(encode).unwrap_or_default());
    out.push('_');
    out.push_str(&encode(&object.name));
    out.push_str(".yaml");
    out
}

/// The object whose file has this name.
pub(crate) fn object_of(file: &str) -> Option<ObjectId> {
    let mut parts = file.strip_suffix(".yaml")?.split('_');
    let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let object = ObjectId {
        kind: plumb_model::GroupKind::new(decode(group)?, decode(kind)?),
        namespace: match namespace {
            "" => None,
            text => Some(decode(text)?),
        },
        name: decode(name)?,
    };
    parts.next().is_none().then_some(object)
}

/// Letters, digits, `-` and inner `.` as they are, other bytes as `%XX`. The empty text is `%`.
fn encode(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'.' if index > 0 => out.push('.'),
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    if text == "%" {
        return Some(String::new());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = behind;
    }
    String::from_utf8(out).ok()
}
