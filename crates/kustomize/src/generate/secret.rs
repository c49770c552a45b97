//! `secretGenerator:`.

use plumb_yaml::{Node, Value};

use super::{base, base64, set_entry, sources::Pair};
use crate::{kustomization::Generator, resource::empty_mapping, scalar};

/// The Secret that holds `pairs`, all of them in base64.
pub(super) fn node(generator: &Generator, pairs: &[Pair]) -> Node {
    let mut object = base("Secret", generator);
    let secret_type = if generator.secret_type.is_empty() {
        "Opaque"
    } else {
        &generator.secret_type
    };
    object.push("type", Node::text(secret_type));
    object.push("data", empty_mapping());
    for (key, content) in pairs {
        set_entry(&mut object, "data", key, base64(content));
    }
    Value::Mapping(object).into()
}

/// Moves `stringData` of a Secret to `data`.
pub(super) fn encode_string_data(node: &mut Node) {
    let Some(object) = node.as_mapping_mut() else {
        return;
    };
    let Some(plain) = object.remove("stringData") else {
        return;
    };
    for (key, value) in plain.as_mapping().into_iter().flat_map(|mapping| mapping.iter()) {
        set_entry(object, "data", key, base64(scalar::text(value).as_bytes()));
    }
}
