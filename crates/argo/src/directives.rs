//! What the annotations of Argo CD and Helm on an object say about how to treat it.

use plumb_model::Directives;
use serde_json::Value;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
const IGNORE_HEALTH: &str = "argocd.argoproj.io/ignore-healthcheck";
const HOOK: &str = "argocd.argoproj.io/hook";
const HELM_HOOK: &str = "helm.sh/hook";
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
const HELM_POLICY: &str = "helm.sh/resource-policy";

/// Reads an object's annotations. An object that must survive the deletion of its unit is also kept from pruning: keeping too
/// much can be mended, deleting too much cannot.
#[must_use]
pub fn directives(object: &Value) -> Directives {
    let annotations = &object["metadata"]["annotations"];
    let wave = |key: &str| {
        annotations[key]
            .as_str()
            .and_then(|text| text.trim().parse().ok())
    };
    let hook = hook(annotations);
    let has = |option: &str| has(annotations, SYNC_OPTIONS, option);
    Directives {
        wave: wave(WAVE).or_else(|| wave(HELM_WEIGHT)).unwrap_or(0),
        keep: has("Prune=false") || has("Prune=confirm") || has("Delete=false") || has("Delete=confirm"),
        ignore: hook == Hook::Skip,
        create_only: false,
        force: has("Force=true"),
        ignore_health: annotations[IGNORE_HEALTH] == "true",
        ignore_extraneous: self::has(annotations, COMPARE_OPTIONS, "IgnoreExtraneous"),
        hook: hook == Hook::Step,
        ..Directives::default()
    }
}

/// Whether a live object stays when its unit is deleted along with its objects: definitions of kinds (with them, every
/// object of the kind would go), and what its annotations keep.
#[must_use]
pub fn survives_deletion(object: &Value) -> bool {
    let annotations = &object["metadata"]["annotations"];
    object["kind"] == "CustomResourceDefinition"
        || annotations[HELM_POLICY] == "keep"
        || has(annotations, SYNC_OPTIONS, "Delete=false")
        || has(annotations, SYNC_OPTIONS, "Delete=confirm")
}

#[derive(PartialEq)]
enum Hook {
    None,
    Skip,
    Step,
}

/// Argo CD's own annotation overrides Helm's.
fn hook(annotations: &Value) -> Hook {
    let listed = |text: &str| -> Vec<String> { text.split(',').map(|part| part.trim().to_owned()).collect() };
    if let Some(text) = annotations[HOOK].as_str() {
        return if listed(text).iter().any(|hook| hook == "Skip") {
            Hook::Skip
        } else {
            Hook::Step
        };
    }
    match annotations[HELM_HOOK].as_str() {
        None => Hook::None,
        // Definitions that Helm installs first are plain objects to Argo CD.
        Some(text) if listed(text).iter().all(|hook| hook == "crd-install") => Hook::None,
        Some(_) => Hook::Step,
    }
}

fn has(annotations: &Value, key: &str, option: &str) -> bool {
    annotations[key]
        .as_str()
        .is_some_and(|text| text.split(',').any(|part| part.trim() == option))
}
