//! Pods, and what makes pods.
//!
//! **Start at** [`pod`] and [`workload`].

use serde_json::{Value, json};

use super::{
    super::random::Random,
    objects::{add, some},
};

/// The specification of a pod.
pub(super) fn pod(random: &mut Random, restart: &str) -> Value {
    let mut containers = vec![container(random, "main")];
    if random.chance(25) {
        containers.push(container(random, "side"));
    }
    let mut spec = json!({ "containers": containers });
    if !restart.is_empty() {
        spec["restartPolicy"] = json!(restart);
    }
    if random.chance(15) {
        spec["initContainers"] = json!([container(random, "init")]);
    }
    if random.chance(25) {
        spec["volumes"] =
            json!([{ "name": "data", "emptyDir": {} }, { "name": "conf", "configMap": { "name": "a" } }]);
        spec["containers"][0]["volumeMounts"] = json!([{ "name": "data", "mountPath": "/data" }, { "name": "conf", "mountPath": "/etc/c", "readOnly": true }]);
    }
    if random.chance(30) {
        add(
            &mut spec,
            some(
                random,
                &[
                    ("terminationGracePeriodSeconds", json!(5)),
                    ("nodeSelector", json!({ "kubernetes.io/os": "linux" })),
                    (
                        "tolerations",
                        json!([{ "key": "dedicated", "operator": "Exists", "effect": "NoSchedule" }]),
                    ),
                    (
                        "securityContext",
                        json!({ "runAsNonRoot": true, "fsGroup": 1000 }),
                    ),
                    ("automountServiceAccountToken", json!(false)),
                    ("imagePullSecrets", json!([{ "name": "registry" }])),
                    ("hostAliases", json!([{ "ip": "10.0.0.1", "hostnames": ["a"] }])),
                ],
            ),
        );
    }
    spec
}

fn container(random: &mut Random, name: &str) -> Value {
    let mut container =
        json!({ "name": name, "image": random.one(&["nginx", "nginx:1.27", "example.com:5000/app:latest"]) });
    if random.chance(60) {
        add(
            &mut container,
            some(
                random,
                &[
                    ("args", json!(["-v", "2"])),
                    ("command", json!(["run"])),
                    (
                        "env",
                        json!([{ "name": "A", "value": "1" }, { "name": "B", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }]),
                    ),
                    ("ports", json!([{ "containerPort": 8080, "name": "http" }])),
                    (
                        "resources",
                        json!({ "limits": { "cpu": "0.5", "memory": "64Mi" }, "requests": { "cpu": "100m" } }),
                    ),
                    (
                        "readinessProbe",
                        json!({ "httpGet": { "port": 8080 }, "periodSeconds": 5 }),
                    ),
                    ("livenessProbe", json!({ "tcpSocket": { "port": "http" } })),
                    (
                        "securityContext",
                        json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } }),
                    ),
                    ("envFrom", json!([{ "configMapRef": { "name": "a" } }])),
                    ("imagePullPolicy", json!("Always")),
                ],
            ),
        );
    }
    container
}

fn template(random: &mut Random, restart: &str) -> Value {
    let mut template = json!({ "metadata": { "labels": { "app": "web" } }, "spec": pod(random, restart) });
    if random.chance(20) {
        template["metadata"]["annotations"] = json!({ "example.com/hash": "1" });
    }
    template
}

/// The specification of a Deployment and its like.
pub(super) fn workload(random: &mut Random, plural: &str) -> Value {
    let mut spec =
        json!({ "selector": { "matchLabels": { "app": "web" } }, "template": template(random, "") });
    if plural != "daemonsets" && random.chance(70) {
        spec["replicas"] = json!(random.below(4));
    }
    if random.chance(25) {
        spec["minReadySeconds"] = json!(5);
    }
    match plural {
        "deployments" => add(
            &mut spec,
            some(
                random,
                &[
                    (
                        "strategy",
                        if random.clone().chance(50) {
                            json!({ "type": "Recreate" })
                        } else {
                            json!({ "rollingUpdate": { "maxSurge": "30%" } })
                        },
                    ),
                    ("revisionHistoryLimit", json!(3)),
                    ("paused", json!(true)),
                ],
            ),
        ),
        "statefulsets" => {
            if random.chance(80) {
                spec["serviceName"] = json!("web");
            }
            add(
                &mut spec,
                some(
                    random,
                    &[
                        ("podManagementPolicy", json!("Parallel")),
                        ("updateStrategy", json!({ "type": "OnDelete" })),
                    ],
                ),
            );
            if random.chance(40) {
                spec["volumeClaimTemplates"] = json!([{ "metadata": { "name": "data" }, "spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } } }]);
            }
        }
        "daemonsets" => add(
            &mut spec,
            some(
                random,
                &[(
                    "updateStrategy",
                    json!({ "rollingUpdate": { "maxUnavailable": 2 } }),
                )],
            ),
        ),
        _ => {}
    }
    spec
}

/// The specification of a Job.
pub(super) fn job(random: &mut Random) -> Value {
    let restart = random.one(&["Never", "OnFailure"]);
    let mut spec = json!({ "template": template(random, restart) });
    if random.chance(50) {
        spec["template"]["metadata"] = json!({});
    }
    add(
        &mut spec,
        some(
            random,
            &[
                ("backoffLimit", json!(2)),
                ("completions", json!(2)),
                ("parallelism", json!(2)),
                ("ttlSecondsAfterFinished", json!(60)),
            ],
        ),
    );
    spec
}

/// The specification of a CronJob.
pub(super) fn cron_job(random: &mut Random) -> Value {
    let mut spec = json!({ "schedule": random.one(&["*/5 * * * *", "0 1 * * 1-5", "@daily"]), "jobTemplate": { "spec": job(random) } });
    add(
        &mut spec,
        some(
            random,
            &[
                ("concurrencyPolicy", json!("Forbid")),
                ("suspend", json!(true)),
                ("successfulJobsHistoryLimit", json!(1)),
                ("timeZone", json!("Etc/UTC")),
            ],
        ),
    );
    spec
}
