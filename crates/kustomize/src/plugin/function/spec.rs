//! What a resource says of the function that it configures.

use plumb_yaml::{Dialect, Limits, Node, SourceId};

use crate::{
    error::{BuildErrorKind, Result},
    resource::Resource,
};

/// Annotations that hold it.
pub(super) const ANNOTATIONS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];
/// The old form for a container image.
const CONTAINER: &str = "config.kubernetes.io/container";

/// What a resource says of its function.
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub(super) image: Option<String>,
    /// The folders that a container wants to see.
    pub(super) mounts: Vec<String>,
    pub(super) program: Program,
}

/// A program to run; its path is empty when there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) path: String,
    pub(super) arguments: Vec<String>,
    environment: Vec<String>,
}

impl Program {
    /// Its environment, with what the caller adds, which outranks its own; only what has a name and a value counts.
    pub(super) fn environment(&self, more: &[String]) -> Vec<String> {
        let mut pairs = std::collections::BTreeMap::new();
        for pair in self.environment.iter().chain(more) {
            let parts: Vec<&str> = pair.split('=').collect();
            if let [name, value] = parts[..] {
                pairs.insert(name, value);
            }
        }
        let mut lines: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.sort();
        lines
    }
}

/// The function that a resource configures, if it does.
pub(super) fn read(resource: &Resource) -> Result<Option<Spec>> {
    for key in ANNOTATIONS {
        let Some(text) = resource.annotation(key).filter(|text| !text.is_empty()) else {
            continue;
        };
        let fails = |why: String| failed(format!("{key} unmarshal error: {why}"));
        let documents = plumb_yaml::parse(&text, SourceId::default(), Dialect::V2, &Limits::default())
            .map_err(|error| fails(format!("error converting YAML to JSON: yaml: {}", error.kind)))?;
        let node = documents.into_iter().next().unwrap_or_default();
        return decode(&node).map(Some).map_err(fails);
    }
    if let Some(node) = resource
        .node
        .at(&["metadata", "configFn"])
        .filter(|node| !node.is_null())
    {
        let fails = |why: String| failed(format!("configFn unmarshal error: {why}"));
        return decode(node).map(Some).map_err(fails);
    }
    let image = resource.annotation(CONTAINER).filter(|image| !image.is_empty());
    Ok(image.map(|image| Spec {
        image: Some(image.into()),
        ..Spec::default()
    }))
}

fn failed(why: String) -> crate::error::Failure {
    BuildErrorKind::Transformer(format!("loader: failed to get FunctionSpec: {why}")).into()
}

fn decode(node: &Node) -> Result<Spec, String> {
    let mut spec = Spec::default();
    for (key, value) in fields(node)? {
        match key.as_str() {
            "deferfailure" => {}
            "container" => {
                for (key, value) in fields(value)? {
                    match key.as_str() {
                        "image" => spec.image = Some(text(value)?).filter(|image| !image.is_empty()),
                        "mounts" => spec.mounts = sources(value)?,
                        "network" | "envs" => {}
                        _ => return Err(unknown(&key)),
                    }
                }
            }
            "exec" => {
                for (key, value) in fields(value)? {
                    match key.as_str() {
                        "path" => spec.program.path = text(value)?,
                        "args" => spec.program.arguments = texts(value)?,
                        "envs" => spec.program.environment = texts(value)?,
                        _ => return Err(unknown(&key)),
                    }
                }
            }
            _ => return Err(unknown(&key)),
        }
    }
    Ok(spec)
}

fn fields(node: &Node) -> Result<Vec<(String, &Node)>, String> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let mapping = node.as_mapping().ok_or_else(|| mismatch("object"))?;
    let fields = mapping.iter().filter(|(_, value)| !value.is_null());
    Ok(fields
        .map(|(key, value)| (key.to_ascii_lowercase(), value))
        .collect())
}

/// The `src` of each mount.
fn sources(node: &Node) -> Result<Vec<String>, String> {
    let items = node.as_sequence().ok_or_else(|| mismatch("array"))?;
    let source = |item: &Node| item.get("src").map_or(Ok(String::new()), text);
    items.iter().map(source).collect()
}

fn texts(node: &Node) -> Result<Vec<String>, String> {
    let items = node.as_sequence().ok_or_else(|| mismatch("array"))?;
    items.iter().map(text).collect()
}

fn text(node: &Node) -> Result<String, String> {
    node.as_str().map(str::to_owned).ok_or_else(|| mismatch("string"))
}

fn unknown(key: &str) -> String {
    format!("error unmarshaling JSON: while decoding JSON: json: unknown field \"{key}\"")
}

fn mismatch(wanted: &str) -> String {
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into a value of type {wanted}"
    )
}
