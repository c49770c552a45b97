//! Which adapter speaks for which unit: the one place where the line knows that there are two.

use plumb_model::{Directives, Unit, UnitKind, UnitReport};
use serde_json::Value;

/// How to read the annotations of a unit's objects.
#[must_use]
pub fn directives(kind: UnitKind) -> fn(&Value) -> Directives {
    match kind {
        UnitKind::Application => plumb_argo::directives,
        UnitKind::Kustomization => plumb_flux::directives,
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

/// Whether an object stays when the unit that it belongs to is deleted.
pub(crate) fn survives_deletion(kind: UnitKind, body: &Value) -> bool {
    match kind {
        UnitKind::Application => plumb_argo::survives_deletion(body),
        UnitKind::Kustomization => plumb_flux::directives(body).keep,
    }
}

/// The finalizer that makes us hear of the deletion of a custom resource, where its kind wants us to add one.
pub(crate) fn finalizer(kind: UnitKind) -> Option<&'static str> {
    match kind {
        UnitKind::Application => None,
        UnitKind::Kustomization => Some(plumb_flux::FINALIZER),
    }
}
