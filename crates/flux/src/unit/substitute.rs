//! `spec.postBuild`: variables that are put in after rendering.

use std::collections::BTreeMap;

use plumb_model::Unit;
use serde_json::Value;

use plumb_model::spec::{Field, Problems};

/// A ConfigMap or Secret whose data are variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubstituteFrom {
    /// Whether it is a Secret, else a ConfigMap.
    pub secret: bool,
    /// Its namespace, that of the Kustomization.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// It need not be there.
    pub optional: bool,
}

/// The ConfigMaps and Secrets that a Kustomization takes variables from, in order: a later one beats an earlier one. Their
/// data, once read, go to [`add_variables`].
#[must_use]
pub fn substitute_from(kustomization: &Value) -> Vec<SubstituteFrom> {
    let namespace = kustomization["metadata"]["namespace"]
        .as_str()
        .unwrap_or_default();
    kustomization["spec"]["postBuild"]["substituteFrom"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|from| {
            Some(SubstituteFrom {
                secret: from["kind"] == "Secret",
                namespace: namespace.to_owned(),
                name: from["name"].as_str()?.to_owned(),
                optional: from["optional"] == true,
            })
        })
        .collect()
}

/// Adds variables that were read from the cluster, in the order of [`substitute_from`]. Those that the Kustomization gives
/// itself beat them all.
pub fn add_variables(unit: &mut Unit, found: impl IntoIterator<Item = BTreeMap<String, String>>) {
    let mut variables: BTreeMap<String, String> = found.into_iter().flatten().collect();
    if let Some(own) = unit.render.substitute.take() {
        variables.extend(own);
        unit.render.substitute = Some(variables);
    }
}

/// The variables given inline; `None` where nothing is to be substituted.
pub(super) fn variables(problems: &mut Problems, field: &Field<'_>) -> Option<BTreeMap<String, String>> {
    let inline = problems.pairs(&field.get("substitute"));
    for item in problems.items(&field.get("substituteFrom")) {
        let kind = problems.required(&item.get("kind"), "ConfigMap or Secret");
        if !matches!(kind.as_str(), "" | "ConfigMap" | "Secret") {
            problems.add(
                &item.get("kind"),
                format!("{kind} holds no variables"),
                "ConfigMap or Secret",
            );
        }
        problems.required(&item.get("name"), "the name of a ConfigMap or Secret");
    }
    let always = problems.text(&field.get("substituteStrategy")).as_deref() == Some("Always");
    (always || !inline.is_empty() || field.get("substituteFrom").is_set()).then_some(inline)
}
