//! What a unit ignores: by its own rules, and for Applications by the settings that hold for all of them.

use std::borrow::Cow;

use plumb_model::{ActsAs, Object, Unit, UnitKind};

use crate::{Line, PassError};

/// The unit with the rules of the settings beside its own.
pub(crate) async fn with_settings<'u>(line: &Line, unit: &'u Unit) -> Result<Cow<'u, Unit>, PassError> {
    if unit.id.kind != UnitKind::Application {
        return Ok(Cow::Borrowed(unit));
    }
    let namespace = match &unit.acts_as {
        ActsAs::Project { namespace, .. } => namespace,
        _ => plumb_argo::CONTROL_NAMESPACE,
    };
    let settings = line.settings(namespace).await?;
    let Some(settings) = settings.first() else {
        return Ok(Cow::Borrowed(unit));
    };
    let rules = plumb_argo::ignore_settings(&settings["data"], unit.sync.keeps_ignored)?;
    if rules.is_empty() {
        return Ok(Cow::Borrowed(unit));
    }
    let mut unit = unit.clone();
    unit.sync.ignore.extend(rules);
    Ok(Cow::Owned(unit))
}

/// Notes on every object what the unit ignores of it.
pub(crate) fn mark(unit: &Unit, objects: &mut Vec<Object>) {
    if unit.sync.ignore.is_empty() {
        return;
    }
    for object in objects {
        let ignored = plumb_plan::ignore::rules_for(&unit.sync.ignore, object);
        *object = object.clone().ignoring(ignored);
    }
}
