//! `configMapGenerator:`.

use plumb_yaml::{Node, Value};

use super::{base, base64, set_entry, sources::Pair};
use crate::kustomization::Generator;

/// The ConfigMap that holds `pairs`; what is not UTF-8 goes to `binaryData`.
pub(super) fn node(generator: &Generator, pairs: &[Pair]) -> Node {
    let mut object = base("ConfigMap", generator);
    for (key, content) in pairs {
        match std::str::from_utf8(content) {
            Ok(text) => set_entry(&mut object, "data", key, text.to_owned()),
            Err(_) => set_entry(&mut object, "binaryData", key, base64(content)),
        }
    }
    Value::Mapping(object).into()
}
