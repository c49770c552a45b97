//! Which lists of which kinds are merged by key, as the schema of Kubernetes v1.21.2 has it.
//!
//! Kinds that it does not have (newer versions, custom resources) get no type: all their lists are replaced.

use plumb_yaml::Node;

use crate::resource::{Gvk, is_known};

/// What is known of a map.
pub(super) type Type = &'static [Field];

/// A field of which something is known.
#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    /// What the field, or each element of the list, is.
    child: Type,
    /// The keys that tell elements apart; `Some(&[])` merges plain values.
    keys: Option<&'static [&'static str]>,
}

/// What is known of the value of a field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub(super) fields: Option<Type>,
    /// The keys of a list that is merged; `None` for lists that are replaced.
    pub(super) keys: Option<&'static [&'static str]>,
}

impl Shape {
    /// What is known of an object that says its kind.
    pub(super) fn of_object(node: &Node) -> Option<Self> {
        let (api_version, kind) = (node.get("apiVersion")?.as_str()?, node.get("kind")?.as_str()?);
        let gvk = Gvk::new(api_version, kind);
        is_known(&gvk).then(|| Self {
            fields: Some(root(&gvk)),
            keys: None,
        })
    }

    pub(super) fn field(self, name: &str) -> Self {
        let field = self
            .fields
            .and_then(|fields| fields.iter().find(|field| field.name == name));
        field.map_or_else(Self::default, |field| Self {
            fields: Some(field.child),
            keys: field.keys,
        })
    }

    pub(super) fn element(self) -> Self {
        Self {
            fields: self.fields,
            keys: None,
        }
    }
}

const fn map(name: &'static str, child: Type) -> Field {
    Field {
        name,
        child,
        keys: None,
    }
}

const fn list(name: &'static str, keys: &'static [&'static str], child: Type) -> Field {
    Field {
        name,
        child,
        keys: Some(keys),
    }
}

const NAME: &[&str] = &["name"];
const TYPE: &[&str] = &["type"];

const META: Type = &[
    list("finalizers", &[], &[]),
    list("ownerReferences", &["uid"], &[]),
];
const META_FIELD: Field = map("metadata", META);
const CONDITIONS: Type = &[list("conditions", TYPE, &[])];

const CONTAINER: Type = &[
    list("env", NAME, &[]),
    list("ports", &["containerPort", "protocol"], &[]),
    list("volumeDevices", &["devicePath"], &[]),
    list("volumeMounts", &["mountPath"], &[]),
];
const EPHEMERAL_CONTAINER: Type = &[
    list("env", NAME, &[]),
    list("volumeDevices", &["devicePath"], &[]),
    list("volumeMounts", &["mountPath"], &[]),
];
const VOLUME: Type = &[map("ephemeral", &[map("volumeClaimTemplate", &[META_FIELD])])];
const POD_SPEC: Type = &[
    list("containers", NAME, CONTAINER),
    list("initContainers", NAME, CONTAINER),
    list("ephemeralContainers", NAME, EPHEMERAL_CONTAINER),
    list("hostAliases", &["ip"], &[]),
    list("imagePullSecrets", NAME, &[]),
    list(
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
        &[],
    ),
    list("volumes", NAME, VOLUME),
];
const POD_STATUS: Type = &[list("conditions", TYPE, &[]), list("podIPs", &["ip"], &[])];
const TEMPLATE: Type = &[META_FIELD, map("spec", POD_SPEC)];
const WITH_TEMPLATE: Type = &[map("template", TEMPLATE)];
const WORKLOAD: Type = &[META_FIELD, map("spec", WITH_TEMPLATE), map("status", CONDITIONS)];
const JOB_TEMPLATE: Type = &[META_FIELD, map("spec", WITH_TEMPLATE)];
const SERVICE_PORTS: &[&str] = &["port", "protocol"];

const WITH_STATUS: Type = &[META_FIELD, map("status", CONDITIONS)];
const SERVICE: Type = &[
    META_FIELD,
    map("spec", &[list("ports", SERVICE_PORTS, &[])]),
    map("status", CONDITIONS),
];
const NODE: Type = &[
    META_FIELD,
    map("spec", &[list("podCIDRs", &[], &[])]),
    map(
        "status",
        &[list("addresses", TYPE, &[]), list("conditions", TYPE, &[])],
    ),
];

const POD: Type = &[META_FIELD, map("spec", POD_SPEC), map("status", POD_STATUS)];
const POD_TEMPLATE: Type = &[META_FIELD, map("template", TEMPLATE)];
const CRON_JOB: Type = &[META_FIELD, map("spec", &[map("jobTemplate", JOB_TEMPLATE)])];
const SERVICE_ACCOUNT: Type = &[META_FIELD, list("secrets", NAME, &[])];
const COMPONENT_STATUS: Type = &[META_FIELD, list("conditions", TYPE, &[])];
const WEBHOOKS: Type = &[META_FIELD, list("webhooks", NAME, &[])];
const CSI_NODE: Type = &[META_FIELD, map("spec", &[list("drivers", NAME, &[])])];
const PLAIN: Type = &[META_FIELD];

fn root(gvk: &Gvk) -> Type {
    match (&*gvk.group, &*gvk.kind) {
        ("", "Pod") => POD,
        ("", "PodTemplate") => POD_TEMPLATE,
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet")
        | ("", "ReplicationController")
        | ("batch", "Job") => WORKLOAD,
        ("batch", "CronJob") => CRON_JOB,
        ("", "Service") => SERVICE,
        ("", "ServiceAccount") => SERVICE_ACCOUNT,
        ("", "Node") => NODE,
        ("", "ComponentStatus") => COMPONENT_STATUS,
        ("", "Namespace" | "PersistentVolumeClaim")
        | ("policy", "PodDisruptionBudget")
        | ("apiregistration.k8s.io", "APIService") => WITH_STATUS,
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => WEBHOOKS,
        ("storage.k8s.io", "CSINode") => CSI_NODE,
        _ => PLAIN,
    }
}
