//! Jobs and CronJobs.

use serde_json::{Value, json};

use super::{Stage, condition};
use crate::workloads::Key;
use crate::workloads::fields::{count, text};

fn job(spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "migrate", "namespace": "demo"},
        "spec": {"template": {
            "metadata": {"labels": {"app": "migrate"}},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "migrate:1"}]},
        }},
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        object["spec"][field] = value.clone();
    }
    object
}

#[tokio::test(start_paused = true)]
async fn completes() {
    let stage = Stage::start().await;
    let key = stage.create("batch", "jobs", job(json!({"completions": 3, "parallelism": 2})));
    stage.pass(0).await;
    assert_eq!(count(&stage.get(&key), "/status/active"), 2);
    assert!(!text(&stage.get(&key), "/status/startTime").is_empty());
    stage.pass(10).await;
    let done = stage.get(&key);
    assert_eq!(count(&done, "/status/succeeded"), 3);
    assert_eq!(condition(&done, "SuccessCriteriaMet"), "True/CompletionsReached");
    assert_eq!(condition(&done, "Complete"), "True/CompletionsReached");
    assert_eq!(text(&done, "/status/completionTime"), "2026-01-01T00:00:04Z");
    assert!(
        stage
            .pods()
            .iter()
            .all(|pod| pod["status"]["phase"] == "Succeeded")
    );
    assert_eq!(stage.pods().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn fails_after_its_backoff_limit() {
    let stage = Stage::start().await;
    let mut object = job(json!({"backoffLimit": 2}));
    object["metadata"]["annotations"] = json!({"dev.plumb.dev/fail": "yes"});
    let key = stage.create("batch", "jobs", object);
    stage.pass(3).await;
    assert_eq!(count(&stage.get(&key), "/status/failed"), 1);
    assert_eq!(condition(&stage.get(&key), "Failed"), "", "it tries again");
    stage.pass(60).await;
    let done = stage.get(&key);
    assert_eq!(count(&done, "/status/failed"), 3);
    assert_eq!(condition(&done, "Failed"), "True/BackoffLimitExceeded");
    assert_eq!(condition(&done, "Complete"), "");
}

#[tokio::test(start_paused = true)]
async fn has_a_deadline() {
    let stage = Stage::start().await;
    let mut object = job(json!({"activeDeadlineSeconds": 5}));
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("fail");
    let key = stage.create("batch", "jobs", object);
    stage.pass(4).await;
    assert_eq!(condition(&stage.get(&key), "Failed"), "");
    stage.pass(2).await;
    assert_eq!(condition(&stage.get(&key), "Failed"), "True/DeadlineExceeded");
    assert!(stage.pods().is_empty(), "its pods are stopped");
}

#[tokio::test(start_paused = true)]
async fn goes_when_its_time_is_over() {
    let stage = Stage::start().await;
    let key = stage.create("batch", "jobs", job(json!({"ttlSecondsAfterFinished": 30})));
    stage.pass(20).await;
    assert!(stage.exists(&key));
    stage.pass(20).await;
    assert!(!stage.exists(&key));
    assert!(stage.pods().is_empty(), "its pods go with it");
}

#[tokio::test(start_paused = true)]
async fn waits_while_suspended() {
    let stage = Stage::start().await;
    let key = stage.create("batch", "jobs", job(json!({"suspend": true})));
    stage.pass(5).await;
    assert!(stage.pods().is_empty());
    assert_eq!(condition(&stage.get(&key), "Suspended"), "True/JobSuspended");
    stage.edit(&key, |object| object["spec"]["suspend"] = json!(false));
    stage.pass(5).await;
    assert_eq!(condition(&stage.get(&key), "Suspended"), "False/JobResumed");
    assert_eq!(condition(&stage.get(&key), "Complete"), "True/CompletionsReached");
}

#[tokio::test(start_paused = true)]
async fn numbers_its_pods_when_indexed() {
    let stage = Stage::start().await;
    let spec = json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"});
    let key = stage.create("batch", "jobs", job(spec));
    stage.pass(5).await;
    let indexes: Vec<_> = stage
        .pods()
        .iter()
        .map(|pod| pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"].clone())
        .collect();
    assert_eq!(indexes, ["0", "1", "2"]);
    assert_eq!(condition(&stage.get(&key), "Complete"), "True/CompletionsReached");
}

#[tokio::test(start_paused = true)]
async fn a_cron_job_knows_its_jobs() {
    let stage = Stage::start().await;
    let cron = stage.create(
        "batch",
        "cronjobs",
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "demo"},
            "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {}}},
        }),
    );
    let mut object = job(json!({}));
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "controller": true,
        "uid": stage.get(&cron)["metadata"]["uid"],
    }]);
    stage.create("batch", "jobs", object);
    stage.pass(0).await;
    assert_eq!(text(&stage.get(&cron), "/status/active/0/name"), "migrate");
    stage.pass(5).await;
    let done = stage.get(&cron);
    assert!(done.pointer("/status/active").is_none());
    assert_eq!(text(&done, "/status/lastSuccessfulTime"), "2026-01-01T00:00:02Z");
    stage.delete(&cron);
    stage.pass(1).await;
    assert!(!stage.exists(&Key::new("batch", "jobs", "demo", "migrate")));
}
