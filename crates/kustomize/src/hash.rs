//! The suffix that changes with the content of a generated object.

use plumb_yaml::{Mapping, Node, Value};
use sha2::{Digest, Sha256};

use crate::{
    error::Result,
    json, json6902,
    resource::{ResMap, Resource},
    scalar,
    transform::{Station, Transform},
};

/// `HashTransformer`, as a resource; kustomizations run it at the end, by themselves.
pub(crate) const STATION: Station = Station {
    kind: "HashTransformer",
    from_kustomization: |_| Ok(Vec::new()),
    from_resource: |_, _| Ok(Box::new(Hashes)),
};

struct Hashes;

impl Transform for Hashes {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        add_hashes(objects);
        Ok(())
    }
}

/// Adds the suffix to the name of every object that wants one.
pub(crate) fn add_hashes(objects: &mut ResMap) {
    if !objects.iter().any(|resource| resource.needs_hash) {
        return;
    }
    for resource in objects.iter_mut().filter(|resource| resource.needs_hash) {
        let suffix = suffix(resource);
        resource.remember();
        let name = format!("{}-{suffix}", resource.name());
        if let Some(metadata) = resource.metadata_mut() {
            let field = metadata.entry_or_insert_with("name", || Node::text(""));
            let mark = field.mark;
            scalar::set_untyped(field, &name, mark);
        }
    }
}

fn suffix(resource: &Resource) -> String {
    let node = &resource.node;
    let content = match resource.kind() {
        "ConfigMap" => {
            let mut content = fields(node, "ConfigMap", &["data"]);
            add_if_map(&mut content, node, "binaryData");
            encoded(content)
        }
        "Secret" => {
            let mut content = fields(node, "Secret", &["type", "data"]);
            add_if_map(&mut content, node, "stringData");
            encoded(content)
        }
        _ => json::write(node, false),
    };
    let digest: String = Sha256::digest(content.as_bytes())
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Vowels and digits that look like letters are avoided.
    let replace = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    digest.chars().map(replace).collect()
}

/// The fields as JSON; the original has them go through floats.
fn encoded(content: Mapping) -> String {
    let mut content = Value::Mapping(content).into();
    scalar::settle(&mut content);
    json6902::lose_precision(&mut content);
    json::write(&content, false)
}

fn fields(node: &Node, kind: &str, keys: &[&str]) -> Mapping {
    let mut content = Mapping::new();
    content.push("kind", Node::text(kind));
    // The original looks for a field that is called `metadata/name`, and finds none.
    content.push("name", Node::text(""));
    for key in keys {
        let value = match node.get(key) {
            None => Node::text(""),
            Some(value) if scalar::is_scalar(value) => Node::text(scalar::plain_text(value)),
            Some(value) => value.clone(),
        };
        content.push(*key, value);
    }
    content
}

fn add_if_map(content: &mut Mapping, node: &Node, key: &str) {
    if let Some(value) = node.get(key).filter(|value| value.as_mapping().is_some()) {
        content.push(key, value.clone());
    }
}
