//! Which container images a change replaces.

use std::collections::BTreeMap;

use plumb_model::ObjectId;
use plumb_plan::ObjectDiff;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// An image that is replaced, comes or goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImageChange<'a> {
    /// The object.
    pub(crate) id: &'a ObjectId,
    /// The container.
    pub(crate) container: String,
    /// What it runs now.
    pub(crate) before: Option<String>,
    /// What it would run.
    pub(crate) after: Option<String>,
}

/// The images that `diffs` replace.
pub(crate) fn changed<'a>(diffs: &[&'a ObjectDiff]) -> Vec<ImageChange<'a>> {
    let mut changes = Vec::new();
    for diff in diffs {
        let images = |body: &Option<Value>| {
            let mut found = BTreeMap::new();
            if let Some(body) = body {
                collect(body, &mut found);
            }
            found
        };
        let (before, mut after) = (images(&diff.before), images(&diff.after));
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
