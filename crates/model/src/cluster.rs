//! Which cluster a unit goes to, how that is reached, and as whom.

use std::fmt;

use crate::SecretRef;

/// A cluster, as a custom resource names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClusterRef {
    /// The one that Plumb itself talks to.
    Own,
    /// By the name people gave it.
    Named(String),
    /// By the address of its API server.
    Server(String),
    /// By a kubeconfig that a Secret holds.
    Kubeconfig {
        /// The Secret.
        secret: SecretRef,
        /// The key in it; `None` = the usual ones.
        key: Option<String>,
    },
}

/// A kubeconfig document, which opens a cluster. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct KubeconfigText(String);

/// A service account: whom the objects of a unit are written as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceAccount {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Whom the objects of a unit are written as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ActsAs {
    /// Plumb itself.
    #[default]
    Plumb,
    /// A service account of the cluster that the unit goes to.
    Account(ServiceAccount),
    /// Whom its project names for the destination, where projects do that; else Plumb itself.
    Project {
        /// The project's namespace.
        namespace: String,
        /// The project's name.
        name: String,
    },
}

impl fmt::Display for ClusterRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("in-cluster"),
            Self::Named(name) => f.write_str(name),
            Self::Server(server) => f.write_str(server),
            Self::Kubeconfig { secret, .. } => write!(f, "kubeconfig {}/{}", secret.namespace, secret.name),
        }
    }
}

impl KubeconfigText {
    /// Wraps the document, so that it is not printed by accident.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The document.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KubeconfigText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KubeconfigText(hidden)")
    }
}

impl ServiceAccount {
    /// The user that it is to the API server.
    #[must_use]
    pub fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
