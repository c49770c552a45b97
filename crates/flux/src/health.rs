//! The health of Flux's own objects: what Ready says, where nothing is under way any more.

use plumb_health::KindRule;
use plumb_model::{Health, HealthStatus};
use serde_json::Value;

/// Rules for Flux's kinds, whose controllers say in `Reconciling` whether they still try.
pub const KIND_RULES: &[KindRule] = &[
    rule("helm.toolkit.fluxcd.io", "HelmRelease"),
    rule("image.toolkit.fluxcd.io", "ImagePolicy"),
    rule("image.toolkit.fluxcd.io", "ImageRepository"),
    rule("image.toolkit.fluxcd.io", "ImageUpdateAutomation"),
    rule("kustomize.toolkit.fluxcd.io", "Kustomization"),
    rule("notification.toolkit.fluxcd.io", "Receiver"),
    rule("source.toolkit.fluxcd.io", "Bucket"),
    rule("source.toolkit.fluxcd.io", "GitRepository"),
    rule("source.toolkit.fluxcd.io", "HelmChart"),
    rule("source.toolkit.fluxcd.io", "HelmRepository"),
    rule("source.toolkit.fluxcd.io", "OCIRepository"),
];

const fn rule(group: &'static str, kind: &'static str) -> KindRule {
    KindRule {
        group,
        kind,
        rule: ready,
    }
}

/// An object that is not ready, and at which nobody works, has failed. Everything else is as the conventions say.
fn ready(body: &Value) -> Option<Health> {
    let conditions = || body["status"]["conditions"].as_array().into_iter().flatten();
    let is = |kind: &str, status: &str| {
        conditions().find(|found| found["type"] == *kind && found["status"] == *status)
    };
    if body["spec"]["suspend"] == true || is("Reconciling", "True").is_some() {
        return None;
    }
    let failed = is("Ready", "False")?;
    Some(Health::new(
        HealthStatus::Degraded,
        failed["message"].as_str().unwrap_or_default(),
    ))
}
