//! Who an object is, in kustomize's terms.

mod kinds;
#[cfg(test)]
mod tests;

use std::fmt;

use plumb_yaml::{Node, Text};

use crate::scalar;

/// The "namespace" of what has none.
const CLUSTER: &str = "_non_namespaceable_";

/// Group, version and kind; empty parts are unknown, and select everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gvk {
    pub(crate) group: Text,
    pub(crate) version: Text,
    pub(crate) kind: Text,
}

/// An object's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResId {
    /// First, since names tell objects apart soonest when they are compared.
    pub(crate) name: Text,
    pub(crate) namespace: Text,
    pub(crate) gvk: Gvk,
}

impl Gvk {
    pub(crate) fn of(node: &Node) -> Self {
        let api_version = node.get("apiVersion").map(scalar::text).unwrap_or_default();
        let (group, version) = split_api_version(&api_version);
        Self {
            group: group.into(),
            version: version.into(),
            kind: node.get("kind").map(scalar::plain_text).unwrap_or_default(),
        }
    }

    pub(crate) fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether `selector` (empty parts select all) means this.
    pub(crate) fn is_selected(&self, selector: &Self) -> bool {
        let part = |ours: &str, theirs: &str| theirs.is_empty() || ours == theirs;
        part(&self.group, &selector.group)
            && part(&self.version, &selector.version)
            && part(&self.kind, &selector.kind)
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        is_namespaced(&self.group, &self.version, &self.kind) == Some(false)
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &'_ str, none: &'static str| {
            if text.is_empty() {
                none.to_owned()
            } else {
                text.to_owned()
            }
        };
        write!(
            f,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

impl ResId {
    pub(crate) fn effective_namespace(&self) -> &str {
        if self.gvk.is_cluster_scoped() {
            CLUSTER
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    /// The same identity with the namespace spelled out, so that equal identities compare equal.
    pub(crate) fn normalized(mut self) -> Self {
        self.namespace = self.effective_namespace().into();
        self
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.name == other.name && self.gvk == other.gvk && self.same_namespace(other)
    }

    pub(crate) fn same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Whether the parts of `selector` that are set are equal; that a kind has no namespaces is not looked at.
    pub(crate) fn is_selected_by(&self, selector: &Self) -> bool {
        let is_default = self.namespace.is_empty() && &*selector.namespace == "default";
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.namespace == self.namespace || is_default)
            && self.gvk.is_selected(&selector.gvk)
    }
}

impl ResId {
    /// The identity as Go writes such a value out, which some of the original's messages do.
    pub(crate) fn in_go(&self) -> String {
        let Gvk { group, version, kind } = &self.gvk;
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{group:?}, Version:{version:?}, Kind:{kind:?}, isClusterScoped:{}}}, \
             Name:{:?}, Namespace:{:?}}}",
            self.gvk.is_cluster_scoped(),
            self.name,
            self.namespace
        )
    }
}

impl fmt::Display for ResId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            "[noName]"
        } else {
            &self.name
        };
        let namespace = if self.namespace.is_empty() {
            "[noNs]"
        } else {
            &self.namespace
        };
        write!(f, "{}/{name}.{namespace}", self.gvk)
    }
}

/// Group and version of an `apiVersion`.
pub(crate) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether objects of a kind have a namespace; `None` when the schema does not know the kind.
fn is_namespaced(group: &str, version: &str, kind: &str) -> Option<bool> {
    kinds::versions_of(kind)
        .iter()
        .find(|known| known.group == group && known.version == version)
        .map(|known| known.namespaced)
}

/// Whether the schema of v1.21.2 has the kind.
pub(crate) fn is_known(gvk: &Gvk) -> bool {
    is_namespaced(&gvk.group, &gvk.version, &gvk.kind).is_some()
}
