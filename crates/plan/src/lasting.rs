//! What is not undone by going back: for whoever is about to roll back.

use std::{collections::BTreeSet, fmt};

use plumb_model::ObjectId;
use plumb_schema::quantity::Quantity;
use serde_json::Value;

use crate::ObjectDiff;

#[cfg(test)]
mod tests;

/// Something that stays, or goes for good, whatever Git says afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// The object.
    pub id: ObjectId,
    /// What about it.
    pub why: String,
}

impl fmt::Display for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.why)
    }
}

/// What of a change cannot be undone by another one.
#[must_use]
pub fn lasting(diffs: &[ObjectDiff]) -> Vec<Lasting> {
    diffs
        .iter()
        .flat_map(|diff| {
            reasons(diff).into_iter().map(|why| Lasting {
                id: diff.id.clone(),
                why,
            })
        })
        .collect()
}

fn reasons(diff: &ObjectDiff) -> Vec<String> {
    let (before, after) = (diff.before.as_ref(), diff.after.as_ref());
    match (&*diff.id.kind.group, &*diff.id.kind.kind) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(before, after),
        ("", "PersistentVolumeClaim") => claim(before, after),
        ("", "Namespace") if after.is_none() => vec!["it is deleted with everything in it".to_owned()],
        ("", "PersistentVolume") if after.is_none() => {
            vec!["it is deleted; whether its data stays is up to its reclaim policy".to_owned()]
        }
        ("batch", "Job") => vec!["what it has done stays done".to_owned()],
        ("apps", "StatefulSet") if after.is_none() && has_claims(before) => {
            vec!["the claims that it made stay, with their data".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// A version that is no longer served, or a definition that goes with all its objects.
fn definition(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let Some(after) = after else {
        return vec!["it is deleted with all objects of its kind".to_owned()];
    };
    let lost: Vec<&str> = before
        .map(served)
        .unwrap_or_default()
        .difference(&served(after))
        .copied()
        .collect();
    match lost.as_slice() {
        [] => Vec::new(),
        lost => {
            let lost = lost.join(", ");
            vec![format!(
                "version {lost} is no longer served: what is stored in it, and who asks for it, is left behind"
            )]
        }
    }
}

fn served(definition: &Value) -> BTreeSet<&str> {
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| version["name"].as_str())
        .collect()
}

/// A claim that goes with its data, or is to be smaller than it is.
fn claim(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let Some(after) = after else {
        return vec!["it is deleted; whether its data stays is up to its storage class".to_owned()];
    };
    let size = |claim: &Value| {
        let text = claim["spec"]["resources"]["requests"]["storage"]
            .as_str()?
            .to_owned();
        Some((Quantity::parse(&text).ok()?, text))
    };
    match (before.and_then(size), size(after)) {
        (Some((is, is_text)), Some((wanted, wanted_text))) if wanted < is => {
            vec![format!(
                "it has {is_text} and cannot shrink to {wanted_text}: the server refuses that"
            )]
        }
        _ => Vec::new(),
    }
}

fn has_claims(set: Option<&Value>) -> bool {
    set.and_then(|set| set["spec"]["volumeClaimTemplates"].as_array())
        .is_some_and(|claims| !claims.is_empty())
}
