//! Which lists of which kinds are merged by key, as the schema of Kubernetes v1.21.2 has it.
//!
//! Kinds that it does not have (newer versions, custom resources) get no type: all their lists are replaced. Schemas
//! that a kustomization brings are read as they are; see [`Schemas`].

use plumb_yaml::{Node, Value};

use crate::{
    openapi::{Found, Schemas},
    resource::{Gvk, is_known},
};

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
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'s> {
    schemas: &'s Schemas,
    known: Known<'s>,
    /// The keys of a list that is merged; `None` for lists that are replaced.
    pub(super) keys: Option<Keys<'s>>,
}

/// Where it is known from.
#[derive(Clone, Copy, Debug)]
enum Known<'s> {
    Nothing,
    Builtin(Type),
    /// A definition of a schema that a kustomization brought.
    Custom(&'s Node),
}

/// The keys that tell the elements of a list apart; none for lists of plain values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'s> {
    Builtin(&'static [&'static str]),
    One(&'s str),
    Listed(&'s [Node]),
}

impl<'s> Keys<'s> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Builtin(keys) => keys.len(),
            Self::One(_) => 1,
            Self::Listed(keys) => keys.len(),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(super) fn get(self, index: usize) -> Option<&'s str> {
        match self {
            Self::Builtin(keys) => keys.get(index).copied(),
            Self::One(key) => (index == 0).then_some(key),
            Self::Listed(keys) => keys.get(index).map(|key| key.as_str().unwrap_or("")),
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'s str> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

impl<'s> Shape<'s> {
    /// Nothing is known yet.
    pub(super) fn unknown(schemas: &'s Schemas) -> Self {
        Self {
            schemas,
            known: Known::Nothing,
            keys: None,
        }
    }

    pub(super) fn is_known(self) -> bool {
        !matches!(self.known, Known::Nothing)
    }

    /// What is known of an object that says its kind.
    pub(super) fn of_object(self, node: &Node) -> Option<Self> {
        let (api_version, kind) = (node.get("apiVersion")?.as_str()?, node.get("kind")?.as_str()?);
        let gvk = Gvk::new(api_version, kind);
        if let Some(definition) = self.schemas.custom_kind(&gvk) {
            return Some(self.custom(definition));
        }
        let is_builtin = self.schemas.has_builtin() && is_known(&gvk);
        is_builtin.then(|| Self {
            known: Known::Builtin(root(&gvk)),
            keys: None,
            ..self
        })
    }

    pub(super) fn field(self, name: &str) -> Self {
        let unknown = Self::unknown(self.schemas);
        match self.known {
            Known::Nothing => unknown,
            Known::Builtin(fields) => match fields.iter().find(|field| field.name == name) {
                Some(field) => Self {
                    known: Known::Builtin(field.child),
                    keys: field.keys.map(Keys::Builtin),
                    ..self
                },
                None => unknown,
            },
            Known::Custom(definition) => {
                let additional = definition
                    .get("additionalProperties")
                    .filter(|node| node.as_mapping().is_some());
                let property = definition.at(&["properties", name]).or(additional);
                property.map_or(unknown, |property| self.follow(property))
            }
        }
    }

    pub(super) fn element(self) -> Self {
        match self.known {
            Known::Custom(definition) => {
                let items = is_array(definition).then(|| definition.get("items")).flatten();
                items.map_or(Self::unknown(self.schemas), |items| self.follow(items))
            }
            _ => Self { keys: None, ..self },
        }
    }

    /// What is known of a definition that may refer to another one.
    fn follow(self, definition: &'s Node) -> Self {
        match self.schemas.resolve(definition, |name| named(name).is_some()) {
            Some(Found::Custom(definition)) => self.custom(definition),
            Some(Found::Builtin(name)) => Self {
                known: named(name).map_or(Known::Nothing, Known::Builtin),
                keys: None,
                ..self
            },
            None => Self::unknown(self.schemas),
        }
    }

    fn custom(self, definition: &'s Node) -> Self {
        Self {
            known: Known::Custom(definition),
            keys: custom_keys(definition),
            ..self
        }
    }
}

fn is_array(definition: &Node) -> bool {
    match definition.get("type").map(|kind| &kind.value) {
        Some(Value::String(kind)) => &**kind == "array",
        Some(Value::Sequence(kinds)) => matches!(&kinds[..], [kind] if kind.as_str() == Some("array")),
        _ => false,
    }
}

fn custom_keys(definition: &Node) -> Option<Keys<'_>> {
    let strategy = definition.get("x-kubernetes-patch-strategy")?.as_str()?;
    if !strategy.split(',').any(|part| part == "merge") {
        return None;
    }
    if let Some(keys) = definition
        .get("x-kubernetes-list-map-keys")
        .and_then(Node::as_sequence)
    {
        return Some(Keys::Listed(keys));
    }
    let key = definition
        .get("x-kubernetes-patch-merge-key")
        .and_then(Node::as_str);
    Some(key.map_or(Keys::Builtin(&[]), Keys::One))
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

/// What is known of a definition of Kubernetes, by its name.
fn named(name: &str) -> Option<Type> {
    if name == "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" {
        return Some(META);
    }
    let (rest, kind) = name.strip_prefix("io.k8s.api.")?.rsplit_once('.')?;
    let (group, version) = rest.split_once('.')?;
    let parts = match kind {
        "PodTemplateSpec" => TEMPLATE,
        "PodSpec" => POD_SPEC,
        "Container" => CONTAINER,
        "Volume" => VOLUME,
        "DeploymentSpec" | "StatefulSetSpec" | "DaemonSetSpec" | "ReplicaSetSpec" | "JobSpec" => {
            WITH_TEMPLATE
        }
        "JobTemplateSpec" => JOB_TEMPLATE,
        _ => &[],
    };
    if !parts.is_empty() || group == "core" && is_known_part(kind) {
        return Some(parts);
    }
    let group = if group == "core" { "" } else { group };
    let gvk = Gvk {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    };
    is_known(&gvk).then(|| root(&gvk))
}

/// Parts of pods that have nothing to merge, but that stand in the way of what a kustomization says of them.
fn is_known_part(kind: &str) -> bool {
    [
        "ConfigMapVolumeSource",
        "SecretVolumeSource",
        "VolumeMount",
        "EnvVar",
        "ContainerPort",
    ]
    .contains(&kind)
}

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
