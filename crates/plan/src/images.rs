//! Which container images a change replaces.

use std::collections::BTreeMap;

use plumb_model::ObjectId;
use serde_json::Value;

use crate::ObjectDiff;

#[cfg(test)]
mod tests;

/// An image that is replaced, comes or goes.
#[derive(Debug, PartialEq, Eq)]
pub struct ImageChange<'a> {
    /// The object.
    pub id: &'a ObjectId,
    /// The container.
    pub container: String,
    /// What it runs now.
    pub before: Option<String>,
    /// What it would run.
    pub after: Option<String>,
}

/// The images that `diffs` replace.
#[must_use]
pub fn images<'a>(diffs: &[&'a ObjectDiff]) -> Vec<ImageChange<'a>> {
    let mut changes = Vec::new();
    for diff in diffs {
        let of = |body: &Option<Value>| {
            let mut found = BTreeMap::new();
            if let Some(body) = body {
                collect(body, &mut found);
            }
            found
        };
        let (before, mut after) = (of(&diff.before), of(&diff.after));
        for (container, before) in before {
            let after = after.remove(&container);
            if after.as_ref() != Some(&before) {
                changes.push(ImageChange {
                    id: &diff.id,
                    container,
                    before: Some(before),
                    after,
                });
            }
        }
        for (container, after) in after {
            changes.push(ImageChange {
                id: &diff.id,
                container,
                before: None,
                after: Some(after),
            });
        }
    }
    changes
}

fn collect(value: &Value, found: &mut BTreeMap<String, String>) {
    let Value::Object(fields) = value else { return };
    for (key, field) in fields {
        match (key.as_str(), field) {
            ("containers" | "initContainers" | "ephemeralContainers", Value::Array(containers)) => {
                for container in containers {
                    if let (Some(name), Some(image)) =
                        (container["name"].as_str(), container["image"].as_str())
                    {
                        found.insert(name.to_owned(), image.to_owned());
                    }
                }
            }
            _ => collect(field, found),
        }
    }
}
