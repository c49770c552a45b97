//! Which adapter speaks for which unit: the one place where the line knows that there are two.

use std::collections::BTreeSet;

use plumb_model::{Directives, SyncPhase, Unit, UnitKind, UnitReport};
use serde_json::Value;

/// How the keys of labels and annotations begin by which people speak to any of the tools whose objects are taken over.
pub const SPOKEN_TO: &[&str] = &[
    plumb_argo::SPOKEN_TO,
    plumb_argo::HELM_SPOKEN_TO,
    plumb_flux::SPOKEN_TO,
    "plumb.dev/",
];

/// How to read the annotations of a unit's objects.
#[must_use]
pub fn directives(kind: UnitKind) -> fn(&Value) -> Directives {
    match kind {
        UnitKind::Application => |object| Directives {
            spoken_to: SPOKEN_TO,
            ..plumb_argo::directives(object)
        },
        UnitKind::Kustomization => |object| Directives {
            spoken_to: SPOKEN_TO,
            ..plumb_flux::directives(object)
        },
    }
}

/// What a custom resource says of its own past.
#[must_use]
pub fn restore(kind: UnitKind, object: &Value) -> UnitReport {
    match kind {
        UnitKind::Application => plumb_argo::restore(object),
        UnitKind::Kustomization => plumb_flux::restore(object),
    }
}

/// The patch that writes `report` into the custom resource `previous`; `None` where it says so already.
pub(crate) fn status(unit: &Unit, report: &UnitReport, previous: &Value) -> Option<Value> {
    match unit.id.kind {
        UnitKind::Application => plumb_argo::status(unit, report, previous),
        UnitKind::Kustomization => plumb_flux::status(unit, report, previous),
    }
}

/// The patch that writes into the custom resource `previous` why it is no unit; `None` where it says so already, or is
/// one.
pub(crate) fn invalid_status(
    kind: UnitKind,
    previous: &Value,
    git_repository: Option<&Value>,
    now: &str,
) -> Option<Value> {
    match kind {
        UnitKind::Application => {
            let error = plumb_argo::unit(previous, &plumb_argo::Defaults::default()).err()?;
            plumb_argo::invalid_status(previous, &error, now)
        }
        UnitKind::Kustomization => {
            let error = plumb_flux::unit(previous, git_repository).err()?;
            plumb_flux::refused_status(previous, &error, now)
        }
    }
}

/// The patch that takes off what somebody allowed to be deleted, once it is.
pub(crate) fn approval_used() -> Value {
    // The one that a Kustomization can have is the same on every kind.
    plumb_argo::approval_used_patch()
}

/// The finalizers that make us hear of the deletion of a custom resource, where its kind wants us to add some: those of
/// an Application are for the hooks around its deletion.
pub(crate) fn finalizers(kind: UnitKind, phases: &BTreeSet<SyncPhase>) -> Vec<&'static str> {
    match kind {
        UnitKind::Application => [
            (SyncPhase::PreDelete, plumb_argo::PRE_DELETE_FINALIZER),
            (SyncPhase::PostDelete, plumb_argo::POST_DELETE_FINALIZER),
        ]
        .into_iter()
        .filter(|(phase, _)| phases.contains(phase))
        .map(|(_, finalizer)| finalizer)
        .collect(),
        UnitKind::Kustomization => vec![plumb_flux::FINALIZER],
    }
}
