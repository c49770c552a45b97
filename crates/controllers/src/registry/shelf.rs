//! Custom resources at rest: as text they take a fifth of the room that they take while somebody works on them.

use std::sync::Arc;

use serde_json::Value;

/// A custom resource at rest.
pub(crate) struct Shelved {
    version: Option<u64>,
    json: Box<[u8]>,
}

impl Shelved {
    /// Puts a custom resource away.
    pub(crate) fn new(object: &Value) -> Self {
        Self {
            version: version(object),
            json: object.to_string().into_bytes().into_boxed_slice(),
        }
    }

    /// The custom resource.
    pub(crate) fn object(&self) -> Arc<Value> {
        Arc::new(serde_json::from_slice(&self.json).expect("it was JSON when it was put away"))
    }

    /// Takes in another state of the custom resource, unless that is older or the same. Versions of one resource can be
    /// compared as numbers (KEP-5504).
    pub(crate) fn renew(&mut self, object: &Value) {
        let version = version(object);
        let is_known = version < self.version || (version == self.version && version.is_some());
        if !is_known {
            *self = Self::new(object);
        }
    }
}

fn version(object: &Value) -> Option<u64> {
    object["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, name: &str) -> Value {
        serde_json::json!({"metadata": {"resourceVersion": version, "name": name}})
    }

    #[test]
    fn an_older_state_never_replaces_a_newer_one() {
        let mut shelved = Shelved::new(&object("10", "ten"));
        for (version, name, expected) in [
            ("9", "nine", "ten"),
            ("11", "eleven", "eleven"),
            ("10", "ten", "eleven"),
        ] {
            shelved.renew(&object(version, name));
            assert_eq!(shelved.object()["metadata"]["name"], expected);
        }
    }

    #[test]
    fn without_versions_the_last_one_counts() {
        let mut shelved = Shelved::new(&object("?", "one"));
        shelved.renew(&object("?", "two"));
        assert_eq!(*shelved.object(), object("?", "two"));
    }
}
