//! `IAMPolicyGenerator`: a service account bound to one of Google Cloud.

use plumb_yaml::{Dialect, Node, SourceId};

use crate::{
    error::{BuildErrorKind, Result},
    resource::Resource,
    session::Session,
};

/// The service account that the configuration asks for.
pub(super) fn generate(session: &Session<'_>, config: &Node) -> Result<Vec<Resource>> {
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
    let name = text(&["kubernetesService", "name"]);
    let mut lines = vec![
        "apiVersion: v1".to_owned(),
        "kind: ServiceAccount".to_owned(),
        "metadata:".to_owned(),
        "  annotations:".to_owned(),
        format!("    iam.gke.io/gcp-service-account: {account}"),
        format!("  name: {name}"),
    ];
    let namespace = text(&["kubernetesService", "namespace"]);
    if !namespace.is_empty() {
        lines.push(format!("  namespace: {namespace}"));
    }
    // The original makes the object out of a text: names that are no plain YAML are not put in quotes.
    let nodes = session.parse(&lines.join("\n"), SourceId::default(), Dialect::V3)?;
    let one = |node: Node| Resource {
        mark: config.mark,
        ..Resource::new(node)
    };
    Ok(nodes.into_iter().take(1).map(one).collect())
}
