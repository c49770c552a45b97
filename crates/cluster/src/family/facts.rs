//! What is told of a member in a few words.

use serde_json::Value;

/// More than its health, where there is something to tell.
pub(super) fn note(group: &str, kind: &str, body: &Value) -> String {
    match (group, kind) {
        ("", "Pod") => pod(body),
        ("apps", "ReplicaSet" | "Deployment" | "StatefulSet") => {
            let wanted = body["spec"]["replicas"].as_u64().unwrap_or(1);
            let ready = body["status"]["readyReplicas"].as_u64().unwrap_or(0);
            let revision = body["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str();
            match (revision, wanted, ready) {
                (Some(revision), 0, 0) => format!("revision {revision}, not in use"),
                (Some(revision), ..) => format!("revision {revision}, {ready}/{wanted} ready"),
                (None, ..) => format!("{ready}/{wanted} ready"),
            }
        }
        ("batch", "Job") => {
            let count = |field: &str| body["status"][field].as_u64().unwrap_or(0);
            format!("{} succeeded, {} failed", count("succeeded"), count("failed"))
        }
        _ => String::new(),
    }
}

/// The containers of a Pod, first those that begin it.
pub(super) fn containers(body: &Value) -> Vec<String> {
    if body["kind"] != "Pod" {
        return Vec::new();
    }
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| body["spec"][list].as_array().into_iter().flatten())
        .filter_map(|container| container["name"].as_str().map(str::to_owned))
        .collect()
}

fn pod(body: &Value) -> String {
    let statuses = body["status"]["containerStatuses"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let ready = statuses.iter().filter(|status| status["ready"] == true).count();
    let all = body["spec"]["containers"].as_array().map_or(0, Vec::len);
    let restarts: u64 = statuses
        .iter()
        .filter_map(|status| status["restartCount"].as_u64())
        .sum();
    let mut note = format!("{ready}/{all} ready");
    let waiting = statuses
        .iter()
        .find_map(|status| status["state"]["waiting"]["reason"].as_str());
    if let Some(reason) = waiting {
        note.push_str(&format!(", {reason}"));
    }
    if restarts > 0 {
        note.push_str(&format!(", {restarts} restarts"));
    }
    if let Some(node) = body["spec"]["nodeName"].as_str() {
        note.push_str(&format!(", on {node}"));
    }
    note
}
