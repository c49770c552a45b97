//! What one commit says a unit is.

use crate::{Digest, Object, ReadSet};

/// What one commit says a unit is: its objects in the order rendered, and what was read to know it.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The objects.
    pub objects: Vec<Object>,
    /// What was read.
    pub reads: ReadSet,
    /// Other repositories that were read.
    pub remotes: Vec<RemoteRead>,
    /// Whether files on the web were read, which nobody can tell the age of.
    pub web_files: bool,
    /// Lines for people, such as deprecations and repeated objects.
    pub warnings: Vec<String>,
}

/// A repository that was read beside the one that was rendered, and at which commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRead {
    /// Where it is.
    pub url: String,
    /// What was asked for; empty for `HEAD`.
    pub reference: String,
    /// What that was.
    pub commit: String,
}

impl Rendered {
    /// One digest of all objects, in order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::chain(self.objects.iter().map(|object| object.digest))
    }

    /// The container images in it, each once, sorted.
    #[must_use]
    pub fn images(&self) -> Vec<String> {
        let mut images = Vec::new();
        for object in &self.objects {
            collect_images(&object.body, &mut images);
        }
        images.sort();
        images.dedup();
        images
    }
}

fn collect_images(value: &serde_json::Value, images: &mut Vec<String>) {
    let serde_json::Value::Object(fields) = value else {
        return;
    };
    for (key, field) in fields {
        match (key.as_str(), field) {
            ("containers" | "initContainers", serde_json::Value::Array(containers)) => {
                images.extend(
                    containers
                        .iter()
                        .filter_map(|c| c["image"].as_str())
                        .map(str::to_owned),
                );
            }
            _ => collect_images(field, images),
        }
    }
}
