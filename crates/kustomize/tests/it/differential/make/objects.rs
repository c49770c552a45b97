//! Objects of many kinds, their fields taken from the lists that transformers look at.

use super::{
    super::{
        random::Random,
        yaml::{Y, list, map, raw, text},
    },
    scalars,
};

/// An object that was made, as others may refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) api: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// Names that objects have and refer to.
pub(crate) const NAMES: [&str; 6] = ["app", "web", "db", "cfg", "app-web", "x1"];
/// Namespaces; mostly none.
pub(crate) const NAMESPACES: [&str; 6] = ["", "", "", "default", "one", "two"];
/// Kinds with their API versions, the common ones first.
pub(crate) const KINDS: [(&str, &str); 44] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "Deployment"),
    ("v1", "ConfigMap"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "Service"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("batch/v1beta1", "CronJob"),
    ("v1", "Pod"),
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("v1", "ServiceAccount"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1beta1", "Ingress"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
    ("policy/v1beta1", "PodSecurityPolicy"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    (
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
    ),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("example.com/v1", "Widget"),
    ("example.com/v1", "Gadget"),
    ("example.com/v1beta1", "Widget"),
    ("extensions/v1beta1", "Deployment"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
];

/// Fields that hold lists.
pub(crate) fn is_list(field: &str) -> bool {
    const LISTS: [&str; 28] = [
        "containers",
        "initContainers",
        "ephemeralContainers",
        "volumes",
        "env",
        "envFrom",
        "sources",
        "imagePullSecrets",
        "secrets",
        "subjects",
        "rules",
        "tls",
        "paths",
        "webhooks",
        "ports",
        "metrics",
        "volumeClaimTemplates",
        "ingress",
        "egress",
        "from",
        "to",
        "volumeMounts",
        "hostAliases",
        "items",
        "conditions",
        "topologySpreadConstraints",
        "preferredDuringSchedulingIgnoredDuringExecution",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ];
    LISTS.contains(&field)
}

/// The fields of kinds that transformers look at by default: kind, path.
fn default_fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("fields_of_kinds.txt").lines();
    lines.filter_map(|line| line.split_once(' '))
}

/// An object of some kind.
pub(crate) fn object(random: &mut Random, known: &Known) -> Y {
    let mut object = map([("apiVersion", text(known.api)), ("kind", text(known.kind))]);
    object.set("metadata", metadata(random, known));
    let fields: Vec<&str> = default_fields()
        .filter(|(kind, path)| *kind == known.kind && !path.starts_with("metadata"))
        .map(|(_, path)| path)
        .collect();
    if has_pods(known.kind) {
        workload(random, &mut object, known);
    }
    for path in fields {
        if random.chance(12) {
            let parts: Vec<&str> = path.split('/').collect();
            let value = field_value(random, path);
            object.put(&parts, value, is_list, random);
        }
    }
    own_fields(random, known, &mut object);
    object
}

fn metadata(random: &mut Random, known: &Known) -> Y {
    let mut metadata = map([("name", text(&known.name))]);
    if !known.namespace.is_empty() {
        metadata.set("namespace", text(&known.namespace));
    }
    if random.chance(35) {
        metadata.set(
            "labels",
            map([("app", scalars::label(random)), ("tier", scalars::label(random))]),
        );
    }
    if random.chance(25) {
        let mut annotations = map([("note", scalars::any(random)), ("team", scalars::label(random))]);
        if random.chance(5) {
            annotations.set(
                "config.kubernetes.io/local-config",
                raw(random.pick(&["\"true\"", "\"false\"", "yes"])),
            );
        }
        metadata.set("annotations", annotations);
    }
    if random.chance(4) {
        let field = random.pick(&["creationTimestamp", "labels", "annotations", "finalizers"]);
        metadata.set(field, raw(random.pick(&["null", ""])));
    }
    metadata
}

fn field_value(random: &mut Random, path: &str) -> Y {
    let last = path.rsplit('/').next().unwrap_or(path);
    match last {
        "matchLabels" | "labels" | "selector" => map([("app", scalars::label(random))]),
        "annotations" => map([("note", scalars::label(random))]),
        "image" => image(random),
        "replicas" => raw(random.pick(&["1", "3", "0"])),
        "args" | "command" => list([text("-v"), raw("\"$(VAR)\"")]),
        "resourceNames" => list([text(random.pick(&NAMES)), text(random.pick(&NAMES))]),
        "subjects" => list([subject(random)]),
        "namespace" => text(random.pick(&["default", "one", "two"])),
        _ => text(random.pick(&NAMES)),
    }
}

pub(crate) fn subject(random: &mut Random) -> Y {
    let kind = random.pick(&["ServiceAccount", "ServiceAccount", "User", "Group"]);
    let mut subject = map([
        ("kind", text(kind)),
        ("name", text(random.pick(&["default", "app", "web", "cfg"]))),
    ]);
    if random.chance(60) {
        subject.set("namespace", text(random.pick(&["default", "one", "two"])));
    }
    subject
}

pub(crate) fn image(random: &mut Random) -> Y {
    text(random.pick(&[
        "nginx",
        "nginx:1.7.9",
        "nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
        "registry.io:5000/team/app:v1",
        "app:latest",
        "foo/nginx:2",
        "nginx:1.7.9@sha256:24a0c4b4",
    ]))
}

pub(crate) fn has_pods(kind: &str) -> bool {
    pod_path(kind).is_some()
}

/// Where the pod of a workload is told of.
pub(crate) fn pod_path(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" => &[],
        "PodTemplate" => &["template"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            &["spec", "template"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    })
}

fn workload(random: &mut Random, object: &mut Y, known: &Known) {
    let mut containers = vec![container(random, "main")];
    if random.chance(40) {
        containers.push(container(random, "side"));
    }
    let mut path = pod_path(known.kind).unwrap_or_default().to_vec();
    path.extend(["spec", "containers"]);
    object.put(&path, Y::List(containers), is_list, random);
    if random.chance(40) {
        path.truncate(path.len() - 1);
        path.push("volumes");
        let source = random.pick(&["configMap", "secret"]);
        let key = if source == "secret" { "secretName" } else { "name" };
        let volume = map([
            ("name", text("vol")),
            (source, map([(key, text(random.pick(&NAMES)))])),
        ]);
        let empty = map([("name", text("tmp")), ("emptyDir", Y::Map(Vec::new()))]);
        object.put(&path, list([volume, empty]), is_list, random);
    }
    if matches!(
        known.kind,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"
    ) {
        let labels = map([("app", text(&known.name))]);
        object.put(
            &["spec", "selector", "matchLabels"],
            labels.clone(),
            is_list,
            random,
        );
        object.put(
            &["spec", "template", "metadata", "labels"],
            labels,
            is_list,
            random,
        );
    }
}

pub(crate) fn container(random: &mut Random, name: &str) -> Y {
    let mut container = map([("name", text(name)), ("image", image(random))]);
    if random.chance(40) {
        container.set("ports", ports(random));
    }
    if random.chance(50) {
        let mut env = vec![map([("name", text("A")), ("value", scalars::any(random))])];
        if random.chance(50) {
            env.push(map([
                ("name", text("B")),
                ("value", raw("\"$(VAR) and $(OTHER)\"")),
            ]));
        }
        if random.chance(40) {
            let reference = random.pick(&["configMapKeyRef", "secretKeyRef"]);
            let from = map([("name", text(random.pick(&NAMES))), ("key", text("k"))]);
            env.push(map([
                ("name", text("C")),
                ("valueFrom", map([(reference, from)])),
            ]));
        }
        container.set("env", Y::List(env));
    }
    if random.chance(20) {
        container.set(
            "command",
            list([text("run"), raw("$(VAR)"), raw("\"--x=$(VAR)\"")]),
        );
    }
    if random.chance(20) {
        let mount = map([("mountPath", text("/data")), ("name", text("vol"))]);
        container.set("volumeMounts", list([mount]));
    }
    if random.chance(10) {
        container.set(
            "resources",
            map([("limits", map([("cpu", raw("1")), ("memory", raw("64Mi"))]))]),
        );
    }
    container
}

pub(crate) fn ports(random: &mut Random) -> Y {
    let mut ports = Vec::new();
    for number in ["80", "8080"] {
        let mut port = map([("containerPort", raw(number))]);
        if random.chance(40) {
            port.set("protocol", text(random.pick(&["TCP", "UDP"])));
        }
        if random.chance(30) {
            port.set("name", text(if number == "80" { "http" } else { "alt" }));
        }
        ports.push(port);
    }
    Y::List(ports)
}

fn own_fields(random: &mut Random, known: &Known, object: &mut Y) {
    match known.kind {
        "ConfigMap" => {
            object.set(
                "data",
                map([
                    ("k", scalars::any(random)),
                    ("file.yaml", file(random)),
                    ("z", scalars::any(random)),
                ]),
            );
        }
        "Secret" => {
            object.set("type", text("Opaque"));
            object.set("data", map([("k", raw("aGVsbG8="))]));
            if random.chance(30) {
                object.set("stringData", map([("s", scalars::any(random))]));
            }
        }
        "Service" => {
            let port = map([
                ("port", raw("80")),
                ("protocol", text("TCP")),
                ("name", text("http")),
            ]);
            object.put(
                &["spec", "ports"],
                list([port, map([("port", raw("443"))])]),
                is_list,
                random,
            );
            object.put(
                &["spec", "selector"],
                map([("app", text(&known.name))]),
                is_list,
                random,
            );
        }
        "Widget" | "Gadget" => {
            let items = list([
                map([("name", text("a")), ("v", scalars::any(random))]),
                map([("name", text("b"))]),
            ]);
            let mut spec = map([
                ("size", scalars::any(random)),
                ("items", items),
                ("ref", text(random.pick(&NAMES))),
            ]);
            spec.set("image", image(random));
            spec.set(
                "deep",
                map([
                    ("er", scalars::any(random)),
                    ("list", list([scalars::any(random), text("two")])),
                ]),
            );
            if random.chance(25) {
                spec.set("base", raw("&base {a: 1, b: [x, y]}"));
                spec.set("copy", raw("*base"));
                if random.chance(50) {
                    spec.set("merged", map([("<<", raw("*base")), ("b", text("other"))]));
                }
            }
            object.set("spec", spec);
        }
        "Role" | "ClusterRole" => {
            let mut rule = map([
                ("apiGroups", raw("[\"\"]")),
                ("resources", list([text("secrets")])),
            ]);
            rule.set("resourceNames", list([text(random.pick(&NAMES))]));
            rule.set("verbs", list([text("get")]));
            object.set("rules", list([rule]));
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let kind = if known.kind == "RoleBinding" {
                random.pick(&["Role", "ClusterRole"])
            } else {
                "ClusterRole"
            };
            let mut role = map([
                ("apiGroup", text("rbac.authorization.k8s.io")),
                ("kind", text(kind)),
            ]);
            role.set("name", text(random.pick(&NAMES)));
            object.set("roleRef", role);
            object.set("subjects", list([subject(random), subject(random)]));
        }
        "HorizontalPodAutoscaler" => {
            let kind = random.pick(&["Deployment", "StatefulSet", "Widget"]);
            let target = map([
                ("apiVersion", text("apps/v1")),
                ("kind", text(kind)),
                ("name", text(random.pick(&NAMES))),
            ]);
            object.set(
                "spec",
                map([("scaleTargetRef", target), ("maxReplicas", raw("5"))]),
            );
        }
        _ => {}
    }
}

/// A file inside a ConfigMap, YAML or JSON.
fn file(random: &mut Random) -> Y {
    if random.chance(50) {
        let lines = [
            "server:",
            "  host: web",
            "  port: 80",
            "list:",
            "- name: a",
            "  value: 1",
        ];
        return Y::Block("|", lines.map(str::to_owned).into());
    }
    raw(random.pick(&[
        "'{\"host\": \"web\", \"n\": [1, 2]}'",
        "\"a.b.c\"",
        "\"one:two:three\"",
    ]))
}
