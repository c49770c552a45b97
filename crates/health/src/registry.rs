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
    ("certmanager.k8s.io", "Certificate", k::certificate::assess),
    ("certmanager.k8s.io", "ClusterIssuer", k::ready::assess),
    ("certmanager.k8s.io", "Issuer", k::ready::assess),
    ("cluster.x-k8s.io", "Cluster", k::cluster_api::assess),
    ("cluster.x-k8s.io", "Machine", k::cluster_api::assess),
    ("cluster.x-k8s.io", "MachineDeployment", k::cluster_api::assess),
    ("extensions", "Ingress", k::ingress::assess),
    ("external-secrets.io", "ClusterSecretStore", k::ready::assess),
    ("external-secrets.io", "ExternalSecret", k::ready::assess),
    ("external-secrets.io", "PushSecret", k::ready::assess),
    ("external-secrets.io", "SecretStore", k::ready::assess),
    (
        "gateway.networking.k8s.io",
        "BackendTLSPolicy",
        k::gateway::assess,
    ),
    ("gateway.networking.k8s.io", "GRPCRoute", k::gateway::assess),
    ("gateway.networking.k8s.io", "Gateway", k::gateway::assess),
    ("gateway.networking.k8s.io", "HTTPRoute", k::gateway::assess),
    ("gateway.networking.k8s.io", "TCPRoute", k::gateway::assess),
    ("gateway.networking.k8s.io", "TLSRoute", k::gateway::assess),
    ("gateway.networking.k8s.io", "UDPRoute", k::gateway::assess),
    ("gateway.solo.io", "Gateway", k::gloo::assess),
    ("gateway.solo.io", "MatchableHttpGateway", k::gloo::assess),
    ("gateway.solo.io", "RouteOption", k::gloo::assess),
    ("gateway.solo.io", "RouteTable", k::gloo::assess),
    ("gateway.solo.io", "VirtualHostOption", k::gloo::assess),
    ("gateway.solo.io", "VirtualService", k::gloo::assess),
    ("gloo.solo.io", "Proxy", k::gloo::assess),
    ("gloo.solo.io", "Settings", k::gloo::assess),
    ("gloo.solo.io", "Upstream", k::gloo::assess),
    ("gloo.solo.io", "UpstreamGroup", k::gloo::assess),
    ("kafka.strimzi.io", "Kafka", k::strimzi::assess),
    ("kafka.strimzi.io", "KafkaBridge", k::strimzi::assess),
    ("kafka.strimzi.io", "KafkaConnect", k::strimzi::assess),
    ("kafka.strimzi.io", "KafkaConnector", k::strimzi::assess),
    ("kafka.strimzi.io", "KafkaTopic", k::strimzi::assess),
    ("kafka.strimzi.io", "KafkaUser", k::strimzi::assess),
    ("karpenter.k8s.aws", "EC2NodeClass", k::ready::assess),
    ("karpenter.sh", "NodeClaim", k::ready::assess),
    ("karpenter.sh", "NodePool", k::ready::assess),
    ("keda.sh", "ScaledJob", k::ready::assess),
    ("keda.sh", "ScaledObject", k::ready::assess),
    ("monitoring.coreos.com", "Alertmanager", k::prometheus::assess),
    ("monitoring.coreos.com", "Prometheus", k::prometheus::assess),
    ("monitoring.coreos.com", "PrometheusAgent", k::prometheus::assess),
    ("monitoring.coreos.com", "ThanosRuler", k::prometheus::assess),
    ("networking.k8s.io", "Ingress", k::ingress::assess),
    ("operator.knative.dev", "KnativeEventing", k::ready::assess),
    ("operator.knative.dev", "KnativeServing", k::ready::assess),
    ("policy", "PodDisruptionBudget", k::pod_disruption_budget::assess),
    ("postgresql.cnpg.io", "Cluster", k::postgresql::assess),
    ("serving.knative.dev", "Service", k::ready::assess),
];

/// Rules for all kinds of all groups of a domain.
const FAMILIES: &[(&str, Rule)] = &[
    (".crossplane.io", k::crossplane::assess),
    (".upbound.io", k::crossplane::assess),
];

/// The rule of a kind, where it has one.
pub(crate) fn find(group: &str, kind: &str) -> Option<Rule> {
    let own = REGISTRY.binary_search_by_key(&(group, kind), |(group, kind, _)| (*group, *kind));
    if let Ok(index) = own {
        return Some(REGISTRY[index].2);
    }
    let family = FAMILIES.iter().find(|(domain, _)| group.ends_with(domain));
    family.map(|(_, rule)| *rule)
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
