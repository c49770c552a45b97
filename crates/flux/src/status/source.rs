//! The status of a GitRepository. There is no artifact in the sense of Flux, a tarball behind a URL: the digest is the commit's
//! own id and the URL is the repository's, where the content can really be had.

use plumb_model::Revision;
use plumb_model::merge_patch;
use serde_json::{Map, Value, json};

use super::{
    conditions::{Said, dated},
    seconds,
};
use crate::revision;

/// What came of looking at a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceReport {
    /// The commit that the reference points to; `None` = never found.
    pub revision: Option<Revision>,
    /// Why the last look failed.
    pub error: Option<String>,
    /// When it was looked at (RFC 3339).
    pub checked_at: String,
    /// The token of the last request that was done.
    pub handled_request: Option<String>,
}

/// The merge patch (of the status subresource) that brings `previous`, the whole GitRepository, up to `report`; `None` when
/// there is nothing to write.
#[must_use]
pub fn source_status(report: &SourceReport, previous: &Value) -> Option<Value> {
    let before = &previous["status"];
    let generation = previous["metadata"]["generation"].as_i64().unwrap_or_default();
    let mut after = Map::new();
    let mut said = Vec::new();
    match (&report.error, &report.revision) {
        (Some(error), _) => {
            said.push(Said::new("Ready", "False", "GitOperationFailed", error));
            said.push(Said::new("Reconciling", "True", "ProgressingWithRetry", error));
            said.push(Said::new("FetchFailed", "True", "GitOperationFailed", error));
        }
        (None, Some(revision)) => said.push(Said::new("Ready", "True", "Succeeded", &stored(revision))),
        (None, None) => {
            let message = "Reconciliation in progress";
            said.push(Said::new("Ready", "Unknown", "Progressing", message));
            said.push(Said::new("Reconciling", "True", "Progressing", message));
        }
    }
    if let Some(revision) = &report.revision {
        said.push(Said::new(
            "ArtifactInStorage",
            "True",
            "Succeeded",
            &stored(revision),
        ));
        after.insert("artifact".to_owned(), artifact(revision, report, previous));
    }
    after.insert(
        "conditions".to_owned(),
        dated(&said, generation, before, &report.checked_at),
    );
    let observed = match (&report.error, &report.revision) {
        (None, Some(_)) => generation.into(),
        _ => before.get("observedGeneration").cloned().unwrap_or(json!(-1)),
    };
    after.insert("observedGeneration".to_owned(), observed);
    if let Some(token) = &report.handled_request {
        after.insert("lastHandledReconcileAt".to_owned(), token.clone().into());
    }
    merge_patch::between(before, &after, &["conditions"]).map(|patch| json!({"status": patch}))
}

fn stored(revision: &Revision) -> String {
    format!("stored artifact for revision '{}'", revision::write(revision))
}

fn artifact(revision: &Revision, report: &SourceReport, cr: &Value) -> Value {
    let named = revision::write(revision);
    let old = &cr["status"]["artifact"];
    let since = match old["lastUpdateTime"].as_str() {
        Some(since) if old["revision"] == *named => since.to_owned(),
        _ => seconds(&report.checked_at),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &cr["metadata"];
    json!({
        "revision": named,
        "digest": revision::digest(&revision.commit),
        "lastUpdateTime": since,
        "path": format!(
            "gitrepository/{}/{}/{}",
            text(&metadata["namespace"]), text(&metadata["name"]), revision.commit
        ),
        "url": text(&cr["spec"]["url"]),
    })
}
