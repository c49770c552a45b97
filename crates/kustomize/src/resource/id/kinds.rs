//! What the schema of v1.21.2 knows of kinds: whether their objects have a namespace.
//!
//! Sorted by kind, to be found in by halving.

/// A version of a kind.
pub(super) struct Known {
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) namespaced: bool,
}

/// Every version of a kind.
pub(super) fn versions_of(kind: &str) -> &'static [Known] {
    let start = KINDS.partition_point(|known| known.kind < kind);
    let count = KINDS[start..]
        .iter()
        .take_while(|known| known.kind == kind)
        .count();
    &KINDS[start..start + count]
}

const fn row(kind: &'static str, group: &'static str, version: &'static str, namespaced: bool) -> Known {
    Known {
        kind,
        group,
        version,
        namespaced,
    }
}

#[rustfmt::skip]
pub(super) const KINDS: &[Known] = &[
    row("APIService", "apiregistration.k8s.io", "v1", false),
    row("APIService", "apiregistration.k8s.io", "v1beta1", false),
    row("CSIDriver", "storage.k8s.io", "v1", false),
    row("CSIDriver", "storage.k8s.io", "v1beta1", false),
    row("CSINode", "storage.k8s.io", "v1", false),
    row("CSINode", "storage.k8s.io", "v1beta1", false),
    row("CSIStorageCapacity", "storage.k8s.io", "v1beta1", true),
    row("CertificateSigningRequest", "certificates.k8s.io", "v1", false),
    row("CertificateSigningRequest", "certificates.k8s.io", "v1beta1", false),
    row("ClusterRole", "rbac.authorization.k8s.io", "v1", false),
    row("ClusterRole", "rbac.authorization.k8s.io", "v1beta1", false),
    row("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", false),
    row("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1beta1", false),
    row("ComponentStatus", "", "v1", false),
    row("ConfigMap", "", "v1", true),
    row("ControllerRevision", "apps", "v1", true),
    row("CronJob", "batch", "v1", true),
    row("CronJob", "batch", "v1beta1", true),
    row("CustomResourceDefinition", "apiextensions.k8s.io", "v1", false),
    row("CustomResourceDefinition", "apiextensions.k8s.io", "v1beta1", false),
    row("DaemonSet", "apps", "v1", true),
    row("Deployment", "apps", "v1", true),
    row("EndpointSlice", "discovery.k8s.io", "v1", true),
    row("EndpointSlice", "discovery.k8s.io", "v1beta1", true),
    row("Endpoints", "", "v1", true),
    row("Event", "events.k8s.io", "v1", true),
    row("Event", "events.k8s.io", "v1beta1", true),
    row("Event", "", "v1", true),
    row("FlowSchema", "flowcontrol.apiserver.k8s.io", "v1beta1", false),
    row("HorizontalPodAutoscaler", "autoscaling", "v1", true),
    row("HorizontalPodAutoscaler", "autoscaling", "v2beta1", true),
    row("HorizontalPodAutoscaler", "autoscaling", "v2beta2", true),
    row("Ingress", "extensions", "v1beta1", true),
    row("Ingress", "networking.k8s.io", "v1", true),
    row("Ingress", "networking.k8s.io", "v1beta1", true),
    row("IngressClass", "networking.k8s.io", "v1", false),
    row("IngressClass", "networking.k8s.io", "v1beta1", false),
    row("Job", "batch", "v1", true),
    row("Lease", "coordination.k8s.io", "v1", true),
    row("Lease", "coordination.k8s.io", "v1beta1", true),
    row("LimitRange", "", "v1", true),
    row("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", false),
    row("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1beta1", false),
    row("Namespace", "", "v1", false),
    row("NetworkPolicy", "networking.k8s.io", "v1", true),
    row("Node", "", "v1", false),
    row("PersistentVolume", "", "v1", false),
    row("PersistentVolumeClaim", "", "v1", true),
    row("Pod", "", "v1", true),
    row("PodDisruptionBudget", "policy", "v1", true),
    row("PodDisruptionBudget", "policy", "v1beta1", true),
    row("PodSecurityPolicy", "policy", "v1beta1", false),
    row("PodTemplate", "", "v1", true),
    row("PriorityClass", "scheduling.k8s.io", "v1", false),
    row("PriorityClass", "scheduling.k8s.io", "v1beta1", false),
    row("PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", "v1beta1", false),
    row("ReplicaSet", "apps", "v1", true),
    row("ReplicationController", "", "v1", true),
    row("ResourceQuota", "", "v1", true),
    row("Role", "rbac.authorization.k8s.io", "v1", true),
    row("Role", "rbac.authorization.k8s.io", "v1beta1", true),
    row("RoleBinding", "rbac.authorization.k8s.io", "v1", true),
    row("RoleBinding", "rbac.authorization.k8s.io", "v1beta1", true),
    row("RuntimeClass", "node.k8s.io", "v1", false),
    row("RuntimeClass", "node.k8s.io", "v1beta1", false),
    row("Scale", "autoscaling", "v1", true),
    row("Secret", "", "v1", true),
    row("Service", "", "v1", true),
    row("ServiceAccount", "", "v1", true),
    row("StatefulSet", "apps", "v1", true),
    row("StorageClass", "storage.k8s.io", "v1", false),
    row("StorageClass", "storage.k8s.io", "v1beta1", false),
    row("ValidatingAdmissionPolicy", "admissionregistration.k8s.io", "v1", false),
    row("ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io", "v1", false),
    row("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", false),
    row("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1beta1", false),
    row("VolumeAttachment", "storage.k8s.io", "v1", false),
    row("VolumeAttachment", "storage.k8s.io", "v1beta1", false),
];
