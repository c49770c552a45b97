//! Images as people give them on a command line, in the words of a kustomization file.

use serde_json::{Map, Value};

/// Reads `name=newName:tag@digest`, where all but the first part of it may be left out.
pub(super) fn parse(text: &str) -> Value {
    let (name, replacement) = match text.split_once('=') {
        Some((name, replacement)) => (Some(name), replacement),
        None => (None, text),
    };
    let (tagged, digest) = match replacement.split_once('@') {
        Some((tagged, digest)) => (tagged, Some(digest)),
        None => (replacement, None),
    };
    // A colon before the last slash is of the registry's port.
    let (new_name, tag) = match tagged.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (tagged, None),
    };
    let mut image = Map::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty() && *value != "*") {
            image.insert(key.to_owned(), value.into());
        }
    };
    put("name", Some(name.unwrap_or(new_name)));
    put("newName", name.map(|_| new_name));
    put("newTag", tag);
    put("digest", digest);
    Value::Object(image)
}
