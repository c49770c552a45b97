//! The built-in kinds that sequences are about.
//!
//! **Start at** [`KINDS`].

use super::super::request::NS;

/// A kind, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Kind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) plural: String,
    pub(super) kind: String,
    pub(super) namespaced: bool,
    pub(super) status: bool,
    pub(super) scale: bool,
    /// Of a definition of the sequence.
    pub(super) custom: bool,
}

/// Weight, group, version, plural, kind, and what it has: `n` namespace, `s` status, `c` scale.
const KINDS: [(usize, &str, &str, &str, &str, &str); 22] = [
    (14, "", "v1", "configmaps", "ConfigMap", "n"),
    (7, "", "v1", "secrets", "Secret", "n"),
    (8, "", "v1", "services", "Service", "ns"),
    (4, "", "v1", "serviceaccounts", "ServiceAccount", "n"),
    (8, "", "v1", "pods", "Pod", "ns"),
    (
        4,
        "",
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        "ns",
    ),
    (2, "", "v1", "resourcequotas", "ResourceQuota", "ns"),
    (2, "", "v1", "namespaces", "Namespace", "s"),
    (14, "apps", "v1", "deployments", "Deployment", "nsc"),
    (5, "apps", "v1", "statefulsets", "StatefulSet", "nsc"),
    (4, "apps", "v1", "daemonsets", "DaemonSet", "ns"),
    (3, "apps", "v1", "replicasets", "ReplicaSet", "nsc"),
    (4, "batch", "v1", "jobs", "Job", "ns"),
    (4, "batch", "v1", "cronjobs", "CronJob", "ns"),
    (
        3,
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        "ns",
    ),
    (4, "networking.k8s.io", "v1", "ingresses", "Ingress", "ns"),
    (
        4,
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        "n",
    ),
    (
        3,
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        "ns",
    ),
    (3, "rbac.authorization.k8s.io", "v1", "roles", "Role", "n"),
    (
        3,
        "rbac.authorization.k8s.io",
        "v1",
        "rolebindings",
        "RoleBinding",
        "n",
    ),
    (
        2,
        "rbac.authorization.k8s.io",
        "v1",
        "clusterroles",
        "ClusterRole",
        "",
    ),
    (2, "coordination.k8s.io", "v1", "leases", "Lease", "n"),
];

/// A kind by weight.
pub(super) fn builtin(random: &mut super::super::random::Random) -> Kind {
    let choices: Vec<(usize, usize)> = KINDS.iter().enumerate().map(|(at, kind)| (kind.0, at)).collect();
    let (_, group, version, plural, kind, has) = KINDS[random.weighted(&choices)];
    Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        namespaced: has.contains('n'),
        status: has.contains('s'),
        scale: has.contains('c'),
        custom: false,
    }
}

impl Kind {
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The path of its objects.
    pub(super) fn collection(&self) -> String {
        let root = if self.group.is_empty() { "/api/" } else { "/apis/" };
        let namespace = if self.namespaced {
            format!("namespaces/{NS}/")
        } else {
            String::new()
        };
        format!("{root}{}/{namespace}{}", self.api_version(), self.plural)
    }

    /// The path of one object.
    pub(super) fn object(&self, name: &str) -> String {
        format!("{}/{name}", self.collection())
    }

    /// A name; those without a namespace carry what keeps sequences apart.
    pub(super) fn name(&self, short: &str) -> String {
        if self.namespaced {
            short.to_owned()
        } else {
            format!("{NS}-{short}")
        }
    }
}
