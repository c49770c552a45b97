//! The conditions of a Kustomization.

use plumb_model::spec::duration;
use std::borrow::Cow;

use plumb_model::{
    Condition, ConditionKind, Health, HealthStatus, Phase, Revision, SyncStatus, Unit, UnitReport,
};
use serde_json::{Value, json};

use super::seconds;
use crate::{revision, unit::UnitError};

/// What stands before warnings in the message of a unit that is ready.
pub(crate) const WARNING: &str = "; warning: ";
/// What stands in the message of a unit that is ready but drifted, and is to be left so.
pub(crate) const DRIFTED: &str = "; the cluster differs from it";

/// The reason of a unit that waits for somebody to allow its deletions.
pub(crate) const APPROVAL: &str = "ApprovalRequired";

/// How a unit is, in Flux's terms.
pub(super) enum State {
    /// Applied (and healthy, where that is waited for).
    Ready { message: String, healthy: bool },
    /// On the way.
    Progressing { message: String, checking: bool },
    /// Failed, to be tried again.
    Failed { reason: &'static str, message: String },
    /// Failed until somebody edits it.
    Stalled { reason: &'static str, message: String },
}

/// One condition without its times.
pub(super) struct Said {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: String,
}

impl State {
    pub(super) fn of(unit: &Unit, report: &UnitReport) -> Self {
        if let Some(operation) = &report.operation
            && operation.phase == Phase::Running
        {
            return Self::progressing(&operation.message);
        }
        if let Some(wrong) = worst(report) {
            return Self::wrong(wrong);
        }
        if let Some(operation) = &report.operation
            && operation.phase != Phase::Succeeded
        {
            return Self::Failed {
                reason: "ReconciliationFailed",
                message: operation.message.clone(),
            };
        }
        let Some(applied) = &report.applied else {
            return Self::progressing("");
        };
        let health = awaited(unit, report);
        if unit.sync.wait && health.status != HealthStatus::Healthy {
            return Self::waiting(unit, applied, &health);
        }
        let mut message = format!("Applied revision: {}", revision::write(applied));
        if report.sync == SyncStatus::OutOfSync && !unit.sync.self_heal {
            message.push_str(DRIFTED);
        }
        for warning in &report.conditions {
            message.push_str(WARNING);
            message.push_str(&warning.message);
        }
        Self::Ready {
            message,
            healthy: unit.sync.wait,
        }
    }

    pub(super) fn refused(error: &UnitError) -> Self {
        match error {
            UnitError::Spec(_) => Self::Stalled {
                reason: "InvalidSpec",
                message: error.to_string(),
            },
            UnitError::Expression(_) => Self::Stalled {
                reason: "InvalidCELExpression",
                message: error.to_string(),
            },
            UnitError::Source { .. } | UnitError::NoSource { .. } => Self::Failed {
                reason: "ArtifactFailed",
                message: error.to_string(),
            },
        }
    }

    /// Whether the generation counts as seen: on success, and where only an edit can help.
    pub(super) fn settles(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Stalled { .. })
    }

    pub(super) fn conditions(&self) -> Vec<Said> {
        let said = Said::new;
        match self {
            Self::Ready { message, healthy } => {
                let mut all = vec![said("Ready", "True", "ReconciliationSucceeded", message)];
                if *healthy {
                    all.push(said("Healthy", "True", "Succeeded", "Health check passed"));
                }
                all
            }
            Self::Progressing { message, checking } => {
                let mut all = vec![
                    said("Ready", "Unknown", "Progressing", message),
                    said("Reconciling", "True", "Progressing", message),
                ];
                if *checking {
                    all.push(said("Healthy", "Unknown", "Progressing", message));
                }
                all
            }
            Self::Failed { reason, message } => {
                let mut all = vec![
                    said("Ready", "False", reason, message),
                    said("Reconciling", "True", "ProgressingWithRetry", message),
                ];
                if *reason == "HealthCheckFailed" {
                    all.push(said("Healthy", "False", reason, message));
                }
                all
            }
            Self::Stalled { reason, message } => vec![
                said("Ready", "False", reason, message),
                said("Stalled", "True", reason, message),
            ],
        }
    }

    fn progressing(message: &str) -> Self {
        let message = if message.is_empty() {
            "Reconciliation in progress"
        } else {
            message
        };
        Self::Progressing {
            message: message.to_owned(),
            checking: false,
        }
    }

    fn waiting(unit: &Unit, applied: &Revision, health: &Health) -> Self {
        if health.status == HealthStatus::Degraded {
            return Self::Failed {
                reason: "HealthCheckFailed",
                message: format!("health check failed: {}", health.message),
            };
        }
        Self::Progressing {
            message: format!(
                "Running health checks for revision {} with a timeout of {}",
                revision::write(applied),
                duration::write(unit.sync.timeout)
            ),
            checking: true,
        }
    }

    fn wrong(condition: &Condition) -> Self {
        let message = condition.message.clone();
        let reason = match condition.kind {
            ConditionKind::InvalidSpec => {
                let reason = "InvalidSpec";
                return Self::Stalled { reason, message };
            }
            ConditionKind::SourceFailed => "ArtifactFailed",
            ConditionKind::RenderFailed => "BuildFailed",
            ConditionKind::HealthFailed => "HealthCheckFailed",
            ConditionKind::DependencyNotReady => "DependencyNotReady",
            ConditionKind::ApprovalNeeded => APPROVAL,
            ConditionKind::DeletionFailed => "PruneFailed",
            ConditionKind::CompareFailed
            | ConditionKind::ApplyFailed
            | ConditionKind::EmptyRefused
            | ConditionKind::RepeatedResource => "ReconciliationFailed",
        };
        Self::Failed { reason, message }
    }
}

/// The conditions as written, each with the time at which it last changed.
pub(super) fn dated(said: &[Said], generation: i64, before: &Value, now: &str) -> Value {
    said.iter()
        .map(|said| condition(said, generation, before, now))
        .collect()
}

impl Said {
    pub(super) fn new(kind: &'static str, status: &'static str, reason: &'static str, message: &str) -> Self {
        Self {
            kind,
            status,
            reason,
            message: message.to_owned(),
        }
    }
}

/// The worst health of the objects that are waited for.
fn awaited<'r>(unit: &Unit, report: &'r UnitReport) -> Cow<'r, Health> {
    let Some(only) = &unit.readiness.only else {
        return Cow::Borrowed(&report.health);
    };
    let named = report
        .resources
        .iter()
        .filter(|resource| only.contains(&resource.id));
    let healths = named.filter_map(|resource| resource.health.as_ref());
    Cow::Owned(plumb_health::aggregate(healths.map(|health| (health, true))))
}

/// What is wrong, in the order of the way from Git to the cluster; an object wanted twice is worth a warning only.
fn worst(report: &UnitReport) -> Option<&Condition> {
    report
        .conditions
        .iter()
        .filter(|condition| condition.kind != ConditionKind::RepeatedResource)
        .min_by_key(|condition| condition.kind)
}

fn condition(said: &Said, generation: i64, before: &Value, now: &str) -> Value {
    let mut condition = json!({
        "type": said.kind,
        "status": said.status,
        "reason": said.reason,
        "message": said.message,
        "observedGeneration": generation,
    });
    let old = before["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|old| old["type"] == said.kind);
    let unchanged = old.filter(|old| {
        ["status", "reason", "message", "observedGeneration"]
            .iter()
            .all(|key| old[key] == condition[key])
    });
    let since = unchanged.and_then(|old| old["lastTransitionTime"].as_str().map(str::to_owned));
    condition["lastTransitionTime"] = since.unwrap_or_else(|| seconds(now)).into();
    condition
}
