//! `IAMPolicyGenerator`: a service account bound to one of Google Cloud.

use plumb_yaml::{Mapping, Node, Value};

use crate::{
    error::{BuildErrorKind, Result},
    resource::Resource,
};

/// The service account that the configuration asks for.
pub(super) fn generate(config: &Node) -> Result<Vec<Resource>> {
    let text = |path: &[&str]| config.at(path).and_then(Node::as_str).unwrap_or("");
    if text(&["cloud"]) != "gke" {
        let message = format!("cloud provider {} not supported yet", text(&["cloud"]));
        return Err(BuildErrorKind::Generator(message).into());
    }
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        text(&["serviceAccount", "name"]),
        text(&["serviceAccount", "projectId"])
    );
    let mut annotations = Mapping::new();
    annotations.push("iam.gke.io/gcp-service-account", Node::text(account));
    let mut metadata = Mapping::new();
    metadata.push("annotations", Value::Mapping(annotations).into());
    metadata.push("name", Node::text(text(&["kubernetesService", "name"])));
    let namespace = text(&["kubernetesService", "namespace"]);
    if !namespace.is_empty() {
        metadata.push("namespace", Node::text(namespace));
    }
    let mut object = Mapping::new();
    object.push("apiVersion", Node::text("v1"));
    object.push("kind", Node::text("ServiceAccount"));
    object.push("metadata", Value::Mapping(metadata).into());
    Ok(vec![Resource::new(Node {
        mark: config.mark,
        value: Value::Mapping(object),
    })])
}
