//! What the annotations of Argo CD and Helm on an object say about how to treat it.

use plumb_model::{Directives, Hook, Removal, SyncPhase};
use serde_json::Value;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";
const IGNORE_HEALTH: &str = "argocd.argoproj.io/ignore-healthcheck";
const HOOK: &str = "argocd.argoproj.io/hook";
const HOOK_DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
const HELM_HOOK: &str = "helm.sh/hook";
const HELM_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
const HELM_POLICY: &str = "helm.sh/resource-policy";

/// Reads an object's annotations.
#[must_use]
pub fn directives(object: &Value) -> Directives {
    let annotations = &object["metadata"]["annotations"];
    let wave = |key: &str| {
        annotations[key]
            .as_str()
            .and_then(|text| text.trim().parse().ok())
    };
    let has = |option: &str| has(annotations, SYNC_OPTIONS, option);
    let role = role(annotations);
    Directives {
        wave: wave(WAVE).or_else(|| wave(HELM_WEIGHT)).unwrap_or(0),
        prune: removal(&has, "Prune"),
        delete: deletion(object, &has),
        prune_last: has("PruneLast=true"),
        ignore: role == Role::Skipped,
        create_only: false,
        force: has("Force=true"),
        replace: flag(&has, "Replace"),
        lenient: has("Validate=false"),
        skip_missing_kind: has("SkipDryRunOnMissingResource=true"),
        ignore_health: annotations[IGNORE_HEALTH] == "true",
        ignore_extraneous: self::has(annotations, COMPARE_OPTIONS, "IgnoreExtraneous"),
        hook: match role {
            Role::Step(phases) => Some(hook(annotations, phases)),
            Role::Part | Role::Skipped => None,
        },
        ..Directives::default()
    }
}

/// Whether a live object stays when its unit is deleted along with its objects: definitions of kinds (with them, every
/// object of the kind would go), and what its annotations keep.
#[must_use]
pub fn survives_deletion(object: &Value) -> bool {
    directives(object).delete == Removal::Forbidden
}

fn deletion(object: &Value, has: &impl Fn(&str) -> bool) -> Removal {
    let keeps = object["metadata"]["annotations"][HELM_POLICY] == "keep";
    if object["kind"] == "CustomResourceDefinition" || keeps {
        return Removal::Forbidden;
    }
    removal(has, "Delete").unwrap_or_default()
}

/// What an option says of a removal: `Prune=false`, `Prune=confirm`, `Prune=true`.
pub(crate) fn removal(has: &impl Fn(&str) -> bool, option: &str) -> Option<Removal> {
    [
        ("false", Removal::Forbidden),
        ("confirm", Removal::Confirmed),
        ("true", Removal::Allowed),
    ]
    .into_iter()
    .find(|(word, _)| has(&format!("{option}={word}")))
    .map(|(_, removal)| removal)
}

fn flag(has: &impl Fn(&str) -> bool, option: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|on| has(&format!("{option}={on}")))
}

/// What an object is to its unit.
#[derive(PartialEq)]
enum Role {
    /// A part of its state.
    Part,
    /// Nothing.
    Skipped,
    /// A step of its operations.
    Step(Vec<SyncPhase>),
}

/// Argo CD's own annotation overrides Helm's.
fn role(annotations: &Value) -> Role {
    if let Some(text) = annotations[HOOK].as_str() {
        let words = listed(text);
        return if words.contains(&"Skip") {
            Role::Skipped
        } else {
            step(words.into_iter().filter_map(SyncPhase::named).collect())
        };
    }
    match annotations[HELM_HOOK].as_str() {
        None => Role::Part,
        // Definitions that Helm installs first are plain objects to Argo CD.
        Some(text) if listed(text).iter().all(|hook| *hook == "crd-install") => Role::Part,
        Some(text) => step(listed(text).into_iter().filter_map(helm_phase).collect()),
    }
}

/// Whether an object is no part of an app's state.
pub(crate) fn is_hook(annotations: &Value) -> bool {
    !matches!(role(annotations), Role::Part)
}

/// A hook of phases that are all unknown is no object to be applied either.
fn step(mut phases: Vec<SyncPhase>) -> Role {
    phases.sort();
    phases.dedup();
    if phases.is_empty() {
        Role::Skipped
    } else {
        Role::Step(phases)
    }
}

fn helm_phase(hook: &str) -> Option<SyncPhase> {
    match hook {
        "pre-install" | "pre-upgrade" => Some(SyncPhase::PreSync),
        "post-install" | "post-upgrade" => Some(SyncPhase::PostSync),
        "pre-delete" => Some(SyncPhase::PreDelete),
        "post-delete" => Some(SyncPhase::PostDelete),
        _ => None,
    }
}

/// Policies of Argo CD's and Helm's annotation count together.
fn hook(annotations: &Value, phases: Vec<SyncPhase>) -> Hook {
    let says = |ours: &str, helms: &str| {
        has(annotations, HOOK_DELETE_POLICY, ours) || has(annotations, HELM_DELETE_POLICY, helms)
    };
    let (delete_on_success, delete_on_failure) = (
        says("HookSucceeded", "hook-succeeded"),
        says("HookFailed", "hook-failed"),
    );
    let before = says("BeforeHookCreation", "before-hook-creation");
    Hook {
        phases,
        delete_on_success,
        delete_on_failure,
        delete_before: before || !(delete_on_success || delete_on_failure),
    }
}

fn listed(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

fn has(annotations: &Value, key: &str, option: &str) -> bool {
    annotations[key]
        .as_str()
        .is_some_and(|text| text.split(',').any(|part| part.trim() == option))
}
