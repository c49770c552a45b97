//! Objects of the built-in kinds: valid, with as many of the usual fields as chance has it.
//!
//! **Start at** [`object`].

use serde_json::{Map, Value, json};

use super::{super::random::Random, kinds::Kind, pods};

/// An object of a built-in kind.
pub(super) fn object(random: &mut Random, kind: &Kind, name: &str) -> Value {
    let mut object =
        json!({ "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": metadata(random, name) });
    let fields = match kind.plural.as_str() {
        "configmaps" => config_map(random),
        "secrets" => secret(random),
        "services" => json!({ "spec": service(random) }),
        "serviceaccounts" => service_account(random),
        "pods" => json!({ "spec": pods::pod(random, "") }),
        "persistentvolumeclaims" => json!({ "spec": claim(random) }),
        "resourcequotas" => {
            json!({ "spec": { "hard": some(random, &[("pods", json!("10")), ("cpu", json!("2")),
            ("requests.memory", json!("1Gi")), ("count/deployments.apps", json!(3))]) } })
        }
        "deployments" | "statefulsets" | "daemonsets" | "replicasets" => {
            json!({ "spec": pods::workload(random, &kind.plural) })
        }
        "jobs" => json!({ "spec": pods::job(random) }),
        "cronjobs" => json!({ "spec": pods::cron_job(random) }),
        "horizontalpodautoscalers" => json!({ "spec": autoscaler(random) }),
        "ingresses" => json!({ "spec": ingress(random) }),
        "networkpolicies" => json!({ "spec": policy(random) }),
        "poddisruptionbudgets" => json!({ "spec": budget(random) }),
        "roles" | "clusterroles" => json!({ "rules": rules(random) }),
        "rolebindings" => binding(random),
        "leases" => {
            json!({ "spec": { "holderIdentity": random.one(&["a", "b"]), "leaseDurationSeconds": 15 } })
        }
        _ => json!({}),
    };
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
    object
}

/// Each of the fields, or not.
pub(super) fn some(random: &mut Random, fields: &[(&str, Value)]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        if random.chance(50) {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(object)
}

/// Adds fields to an object.
pub(super) fn add(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

pub(super) fn metadata(random: &mut Random, name: &str) -> Value {
    let mut metadata = json!({ "name": name });
    if random.chance(5) {
        metadata = json!({ "generateName": format!("{name}-") });
    }
    if random.chance(50) {
        metadata["labels"] = labels(random);
    }
    if random.chance(25) {
        metadata["annotations"] = some(
            random,
            &[("example.com/note", json!("one")), ("other", json!(""))],
        );
    }
    if random.chance(8) {
        metadata["finalizers"] = json!([random.one(&["example.com/hold", "example.com/other"])]);
    }
    metadata
}

pub(super) fn labels(random: &mut Random) -> Value {
    some(
        random,
        &[
            ("app", json!(random.clone().one(&["web", "db"]))),
            ("tier", json!("back")),
            ("example.com/part", json!("x")),
        ],
    )
}

fn config_map(random: &mut Random) -> Value {
    let mut object = json!({});
    if random.chance(85) {
        object["data"] = some(
            random,
            &[
                ("a", json!("1")),
                ("b", json!("two\nlines\n")),
                ("c.conf", json!("")),
            ],
        );
    }
    if random.chance(10) {
        object["binaryData"] = json!({ "bin": "AAEC" });
    }
    if random.chance(8) {
        object["immutable"] = json!(random.chance(70));
    }
    object
}

fn secret(random: &mut Random) -> Value {
    let mut object = json!({});
    if random.chance(70) {
        object["data"] = some(random, &[("a", json!("b25l")), ("b", json!(""))]);
    }
    if random.chance(40) {
        object["stringData"] = some(random, &[("a", json!("two")), ("c", json!("three"))]);
    }
    match random.below(8) {
        0 => object["type"] = json!("example.com/own"),
        1 => {
            object["type"] = json!("kubernetes.io/basic-auth");
            object["stringData"] = json!({ "username": "u", "password": "p" });
        }
        2 => object["type"] = json!("kubernetes.io/tls"),
        3 => object["immutable"] = json!(true),
        _ => {}
    }
    object
}

fn service(random: &mut Random) -> Value {
    let mut port = json!({ "port": random.one(&[80, 443]) });
    add(
        &mut port,
        some(
            random,
            &[
                ("name", json!("http")),
                ("targetPort", json!(8080)),
                ("protocol", json!("TCP")),
            ],
        ),
    );
    if random.chance(20) {
        port["targetPort"] = json!("http");
    }
    let mut spec = json!({ "ports": [port] });
    if random.chance(25) {
        spec["ports"] = json!([{ "name": "a", "port": 80 }, { "name": "b", "port": 81, "protocol": "UDP" }]);
    }
    if random.chance(80) {
        spec["selector"] = json!({ "app": "web" });
    }
    match random.below(8) {
        0 => spec["type"] = json!("NodePort"),
        1 => spec["type"] = json!("LoadBalancer"),
        2 => spec = json!({ "type": "ExternalName", "externalName": "example.com" }),
        3 => spec["clusterIP"] = json!("None"),
        4 => spec["sessionAffinity"] = json!("ClientIP"),
        5 => spec["internalTrafficPolicy"] = json!("Local"),
        _ => {}
    }
    spec
}

fn service_account(random: &mut Random) -> Value {
    some(
        random,
        &[
            ("automountServiceAccountToken", json!(false)),
            ("imagePullSecrets", json!([{ "name": "registry" }])),
            ("secrets", json!([{ "name": "token" }])),
        ],
    )
}

fn claim(random: &mut Random) -> Value {
    let mut spec = json!({ "accessModes": [random.one(&["ReadWriteOnce", "ReadWriteMany"])],
        "resources": { "requests": { "storage": random.one(&["1Gi", "2Gi", "5G"]) } } });
    add(
        &mut spec,
        some(
            random,
            &[
                ("storageClassName", json!("fast")),
                ("volumeMode", json!("Block")),
            ],
        ),
    );
    spec
}

fn autoscaler(random: &mut Random) -> Value {
    let mut spec = json!({ "maxReplicas": random.between(2, 4),
        "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" } });
    add(
        &mut spec,
        some(
            random,
            &[
                ("minReplicas", json!(2)),
                (
                    "metrics",
                    json!([{ "type": "Resource", "resource": { "name": "memory",
            "target": { "type": "Utilization", "averageUtilization": 60 } } }]),
                ),
                (
                    "behavior",
                    json!({ "scaleDown": { "stabilizationWindowSeconds": 60 } }),
                ),
            ],
        ),
    );
    spec
}

fn ingress(random: &mut Random) -> Value {
    let service = json!({ "service": { "name": "web", "port": random.one(&[&json!({ "number": 80 }), &json!({ "name": "http" })]) } });
    let mut spec = json!({ "rules": [{ "host": "a.example.com", "http": { "paths": [
        { "path": "/", "pathType": random.one(&["Prefix", "Exact", "ImplementationSpecific"]), "backend": service },
    ] } }] });
    add(
        &mut spec,
        some(
            random,
            &[
                ("ingressClassName", json!("nginx")),
                (
                    "tls",
                    json!([{ "hosts": ["a.example.com"], "secretName": "cert" }]),
                ),
                ("defaultBackend", service),
            ],
        ),
    );
    spec
}

fn policy(random: &mut Random) -> Value {
    let mut spec = json!({ "podSelector": { "matchLabels": { "app": "web" } } });
    add(
        &mut spec,
        some(
            random,
            &[
                (
                    "ingress",
                    json!([{ "from": [{ "podSelector": {} }], "ports": [{ "port": 80 }, { "port": "http", "protocol": "UDP" }] }]),
                ),
                (
                    "egress",
                    json!([{ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] } }] }, {}]),
                ),
                ("policyTypes", json!(["Ingress"])),
            ],
        ),
    );
    spec
}

fn budget(random: &mut Random) -> Value {
    let mut spec = some(
        random,
        &[("selector", json!({ "matchLabels": { "app": "web" } }))],
    );
    if random.chance(60) {
        spec["minAvailable"] = random.one(&[&json!(1), &json!("50%")]).clone();
    }
    spec
}

fn rules(random: &mut Random) -> Value {
    let mut rules = vec![json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] })];
    if random.chance(40) {
        rules.push(json!({ "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"], "verbs": ["*"] }));
    }
    rules.into()
}

fn binding(random: &mut Random) -> Value {
    let mut subjects = vec![json!({ "kind": "ServiceAccount", "name": "default", "namespace": "{{ns}}" })];
    if random.chance(50) {
        subjects.push(json!({ "kind": random.one(&["User", "Group"]), "name": "jane" }));
    }
    json!({ "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": random.one(&["view", "edit"]) },
        "subjects": subjects })
}
