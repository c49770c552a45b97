//! What a unit takes from elsewhere in the cluster before it can be rendered: its variables.

use std::{borrow::Cow, collections::BTreeMap};

use base64::prelude::{BASE64_STANDARD, Engine};
use plumb_cluster::Cluster;
use plumb_model::{GroupVersionKind, Unit, UnitKind};
use serde_json::Value;

use crate::PassError;

/// The unit with the variables that its custom resource takes from ConfigMaps and Secrets.
///
/// # Errors
/// When one of them is not there or cannot be read, unless it need not be.
pub async fn complete<'u>(
    cluster: &Cluster,
    unit: &'u Unit,
    object: &Value,
) -> Result<Cow<'u, Unit>, PassError> {
    let sources = match unit.id.kind {
        UnitKind::Application => Vec::new(),
        UnitKind::Kustomization => plumb_flux::substitute_from(object),
    };
    if sources.is_empty() {
        return Ok(Cow::Borrowed(unit));
    }
    let mut found = Vec::new();
    for from in sources {
        let kind = if from.secret { "Secret" } else { "ConfigMap" };
        let failed = |why: &str| PassError::Variables {
            place: format!("{kind} {}/{}", from.namespace, from.name),
            why: why.to_owned(),
        };
        let gvk = GroupVersionKind::new("", "v1", kind);
        match cluster.get(&gvk, Some(&from.namespace), &from.name).await? {
            Some(holder) => {
                let values = variables(&holder, from.secret);
                found.push(values.ok_or_else(|| failed("a value in it is not text"))?);
            }
            None if from.optional => {}
            None => {
                return Err(failed(
                    "it is not there: create it, or correct postBuild.substituteFrom",
                ));
            }
        }
    }
    let mut unit = unit.clone();
    plumb_flux::add_variables(&mut unit, found);
    Ok(Cow::Owned(unit))
}

fn variables(holder: &Value, secret: bool) -> Option<BTreeMap<String, String>> {
    let data = holder["data"].as_object().into_iter().flatten();
    data.map(|(name, value)| {
        let text = value.as_str()?;
        let text = if secret {
            String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?
        } else {
            text.to_owned()
        };
        Some((name.clone(), text))
    })
    .collect()
}
