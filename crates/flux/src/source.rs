//! A GitRepository as a source.

use plumb_model::spec::{Field, Problems, SpecError};
use std::time::Duration;

use plumb_model::{CommitId, Reference, SecretRef, SourceSpec};
use serde_json::Value;

use crate::names::REQUESTED_AT;

/// Reads a GitRepository, of any served version.
///
/// # Errors
/// When fields are wrong, or ask for what is not supported yet: all of them at once.
pub fn source(object: &Value) -> Result<SourceSpec, SpecError> {
    let mut problems = Problems::default();
    let root = Field::root(object);
    let metadata = root.get("metadata");
    let spec = root.get("spec");
    let namespace = problems.text(&metadata.get("namespace")).unwrap_or_default();
    let name = problems.required(&metadata.get("name"), "every object has a name");
    let url = problems.required(&spec.get("url"), "the URL of a Git repository");
    for (key, what) in [
        ("verify", "verification of signatures in a source is"),
        ("include", "inclusion of other repositories is"),
        ("proxySecretRef", "a proxy of its own is"),
    ] {
        problems.refuse(&spec.get(key), what);
    }
    let provider = spec.get("provider");
    if problems
        .text(&provider)
        .is_some_and(|provider| provider != "generic")
    {
        problems.refuse(&provider, "logging in by a cloud provider is");
    }
    let credentials = spec.get("secretRef").is_set().then(|| SecretRef {
        namespace: namespace.clone(),
        name: problems.required(&spec.get("secretRef").get("name"), "the name of a Secret"),
    });
    let reference = reference(&mut problems, &spec.get("ref"));
    let interval = problems.duration(&spec.get("interval"));
    let timeout = problems.duration(&spec.get("timeout"));
    problems.finish(SourceSpec {
        url,
        reference,
        credentials,
        interval,
        timeout: Some(timeout.unwrap_or(Duration::from_secs(60))),
        object: Some((namespace, name)),
    })
}

/// Whether a source is paused: the commit that it has is used on, and no newer one is looked for.
#[must_use]
pub fn source_suspended(object: &Value) -> bool {
    object["spec"]["suspend"] == true
}

/// The token of a request to look again, where one waits to be done.
#[must_use]
pub fn source_request(object: &Value) -> Option<String> {
    let token = object["metadata"]["annotations"][REQUESTED_AT].as_str()?;
    (object["status"]["lastHandledReconcileAt"] != *token).then(|| token.to_owned())
}

/// Commit beats name beats range beats tag beats branch.
fn reference(problems: &mut Problems, field: &Field<'_>) -> Reference {
    if let Some(commit) = problems.text(&field.get("commit")) {
        return match CommitId::parse(&commit) {
            Ok(commit) => Reference::Commit(commit),
            Err(error) => {
                problems.add(&field.get("commit"), error.to_string(), "give the full id");
                Reference::Head
            }
        };
    }
    let mut text = |key: &str| problems.text(&field.get(key));
    if let Some(name) = text("name") {
        Reference::Name(name)
    } else if let Some(range) = text("semver") {
        Reference::SemVer(range)
    } else if let Some(tag) = text("tag") {
        Reference::Tag(tag)
    } else if let Some(branch) = text("branch") {
        Reference::Branch(branch)
    } else {
        Reference::BranchOrHead("master".to_owned())
    }
}
