//! Which kinds have a rule of their own.

use plumb_model::Health;
use serde_json::Value;

use crate::kinds as k;

/// A rule: the health of one object of its kind.
pub(crate) type Rule = fn(&Value) -> Health;

/// One line for each kind: group, kind, rule.
const REGISTRY: &[(&str, &str, Rule)] = &[
    ("", "PersistentVolumeClaim", k::persistent_volume_claim::assess),
    ("", "Pod", k::pod::assess),
    ("", "Service", k::service::assess),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        k::custom_resource_definition::assess,
    ),
    ("apiregistration.k8s.io", "APIService", k::api_service::assess),
    ("apps", "DaemonSet", k::daemon_set::assess),
    ("apps", "Deployment", k::deployment::assess),
    ("apps", "ReplicaSet", k::replica_set::assess),
    ("apps", "StatefulSet", k::stateful_set::assess),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        k::horizontal_pod_autoscaler::assess,
    ),
    ("batch", "CronJob", k::cron_job::assess),
    ("batch", "Job", k::job::assess),
    ("bitnami.com", "SealedSecret", k::sealed_secret::assess),
    ("cert-manager.io", "Certificate", k::certificate::assess),
    ("cert-manager.io", "ClusterIssuer", k::ready::assess),
    ("cert-manager.io", "Issuer", k::ready::assess),
    ("extensions", "Ingress", k::ingress::assess),
    ("external-secrets.io", "ClusterSecretStore", k::ready::assess),
    ("external-secrets.io", "ExternalSecret", k::ready::assess),
    ("external-secrets.io", "PushSecret", k::ready::assess),
    ("external-secrets.io", "SecretStore", k::ready::assess),
    ("networking.k8s.io", "Ingress", k::ingress::assess),
    ("policy", "PodDisruptionBudget", k::pod_disruption_budget::assess),
];

/// The rule of a kind, where it has one.
pub(crate) fn find(group: &str, kind: &str) -> Option<Rule> {
    REGISTRY
        .binary_search_by_key(&(group, kind), |(group, kind, _)| (*group, *kind))
        .ok()
        .map(|index| REGISTRY[index].2)
}

#[cfg(test)]
mod tests {
    use super::REGISTRY;

    #[test]
    fn lines_are_in_order() {
        let keys = || REGISTRY.iter().map(|(group, kind, _)| (group, kind));
        assert!(
            keys().is_sorted(),
            "kinds are found by halving: keep the lines sorted"
        );
    }
}
