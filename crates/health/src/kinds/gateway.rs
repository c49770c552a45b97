//! Gateways, and the routes and policies that attach to them: what each listener, parent or ancestor says counts.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{degraded, healthy, items, number, progressing, text},
};

pub(crate) fn assess(body: &Value) -> Health {
    let status = &body["status"];
    let generation = number(&body["metadata"]["generation"]);
    let parts = ["listeners", "parents", "ancestors"]
        .into_iter()
        .flat_map(|field| items(&status[field]));
    let mut seen = false;
    for part in std::iter::once(status).chain(parts) {
        let conditions = || items(&part["conditions"]);
        let is_old = |condition: &Value| {
            let observed = &condition["observedGeneration"];
            observed.is_number() && number(observed) != generation
        };
        if conditions().next().is_none() || (generation != 0 && conditions().any(is_old)) {
            continue;
        }
        seen = true;
        if let Some(unwell) = told(part) {
            return unwell;
        }
    }
    if seen {
        healthy("")
    } else {
        progressing(format!("Waiting for {} status", text(&body["kind"])))
    }
}

/// What is not well with one part, named as it names itself.
fn told(part: &Value) -> Option<Health> {
    let names = [
        &part["name"],
        &part["parentRef"]["name"],
        &part["ancestorRef"]["name"],
    ];
    let name = names.into_iter().map(text).find(|name| !name.is_empty());
    let says = |condition: &Value| match name {
        Some(name) => format!("{name}: {}", said(condition)),
        None => said(condition).to_owned(),
    };
    let find = |kind: &str, is: &dyn Fn(&Value) -> bool| {
        items(&part["conditions"]).find(|found| found["type"] == *kind && is(&found["status"]))
    };
    let refused = find("ResolvedRefs", &|status| status == "False")
        .or_else(|| find("Accepted", &|status| status == "False"));
    if let Some(refused) = refused {
        return Some(degraded(says(refused)));
    }
    find("Programmed", &|status| status != "True").map(|waiting| progressing(says(waiting)))
}
