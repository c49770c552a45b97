//! What is in the cluster, waited for and counted.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use plumb_testkit::api::Api;
use serde_json::{Value, json};

use super::ground;

/// Longest time that anything may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// The kinds of an app's objects, as paths.
const PATHS: [&str; 3] = [
    "api/v1/namespaces/{}/configmaps",
    "api/v1/namespaces/{}/services",
    "apis/apps/v1/namespaces/{}/deployments",
];

/// What the server was asked by us, by its own count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Requests {
    reads: f64,
    writes: f64,
    dry_runs: f64,
}

impl Requests {
    pub(super) async fn read(api: &Api) -> Result<Self> {
        let text = api.text("/metrics").await?;
        let mut all = Self::default();
        for line in text
            .lines()
            .filter(|line| line.starts_with("apiserver_request_total{"))
        {
            let count: f64 = line.rsplit(' ').next().context("a count")?.parse()?;
            let label = |name: &str| {
                let (_, rest) = line.split_once(&format!("{name}=\""))?;
                rest.split('"').next()
            };
            let ours = matches!(
                label("resource"),
                Some("configmaps" | "services" | "deployments" | "applications" | "secrets" | "namespaces")
            );
            // Status writes of Deployments are the controller-manager's.
            if !ours || (label("resource") == Some("deployments") && label("subresource") == Some("status")) {
                continue;
            }
            match (label("verb"), label("dry_run")) {
                (Some("GET" | "LIST"), _) => all.reads += count,
                (Some("WATCH"), _) | (None, _) => {}
                (_, Some("All")) => all.dry_runs += count,
                _ => all.writes += count,
            }
        }
        Ok(all)
    }

    pub(super) fn since(self, before: &Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            writes: self.writes - before.writes,
            dry_runs: self.dry_runs - before.dry_runs,
        }
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} reads, {} writes, {} dry-runs",
            self.reads, self.writes, self.dry_runs
        )
    }
}

/// Applies eight at a time.
pub(super) async fn apply_all(api: &Api, objects: &[Value]) -> Result<()> {
    let calls: Vec<_> = objects.iter().map(|object| api.apply(object, "bare")).collect();
    stream::iter(calls).buffer_unordered(8).try_collect().await
}

/// Deletes the objects of all apps as an Application's finalizer does: with what they made.
pub(super) async fn delete_all(api: &Api, namespace: &str) -> Result<()> {
    for path in PATHS {
        let path = format!("/{}", path.replace("{}", namespace));
        let listed = api.get(&path).await?.unwrap_or_default();
        let names = listed["items"].as_array().into_iter().flatten();
        let paths: Vec<String> = names
            .filter_map(|item| item["metadata"]["name"].as_str())
            .filter(|name| name.starts_with("app-"))
            .map(|name| format!("{path}/{name}"))
            .collect();
        let calls: Vec<_> = paths
            .iter()
            .map(|path| api.delete_as(path, Some("Foreground")))
            .collect();
        stream::iter(calls)
            .buffer_unordered(8)
            .try_collect::<()>()
            .await?;
    }
    objects(api, namespace, 0).await
}

pub(super) async fn delete_applications(api: &Api, apps: usize) -> Result<()> {
    let paths: Vec<String> = (0..apps)
        .map(|app| {
            format!(
                "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{}",
                ground::name(app)
            )
        })
        .collect();
    let calls: Vec<_> = paths.iter().map(|path| api.delete(path)).collect();
    stream::iter(calls).buffer_unordered(8).try_collect().await
}

/// Waits until so many objects of apps are there.
pub(super) async fn objects(api: &Api, namespace: &str, wanted: usize) -> Result<()> {
    wait(
        &format!("{wanted} objects"),
        Duration::from_millis(30),
        async || {
            let mut found = 0;
            for path in PATHS {
                let listed = api
                    .get(&format!("/{}", path.replace("{}", namespace)))
                    .await?
                    .unwrap_or_default();
                let items = listed["items"].as_array().into_iter().flatten();
                found += items
                    .filter(|item| {
                        item["metadata"]["name"]
                            .as_str()
                            .is_some_and(|name| name.starts_with("app-"))
                    })
                    .count();
            }
            Ok(found == wanted)
        },
    )
    .await
}

/// Waits until the ConfigMap of an app says so.
pub(super) async fn value(api: &Api, namespace: &str, app: usize, value: &str) -> Result<()> {
    let path = config_map(namespace, app);
    wait(
        &format!("{path}: {value}"),
        Duration::from_millis(1),
        async || {
            Ok(api
                .get(&path)
                .await?
                .is_some_and(|found| found["data"]["value"] == *value))
        },
    )
    .await
}

/// Waits until the ConfigMaps of all apps say so.
pub(super) async fn values(api: &Api, namespace: &str, value: &str, apps: usize) -> Result<()> {
    let path = format!("/api/v1/namespaces/{namespace}/configmaps");
    wait("all ConfigMaps", Duration::from_millis(30), async || {
        let listed = api.get(&path).await?.unwrap_or_default();
        let right = listed["items"].as_array().into_iter().flatten();
        Ok(right.filter(|item| item["data"]["value"] == *value).count() == apps)
    })
    .await
}

/// Changes the ConfigMap of an app as somebody else would; how long that holds.
pub(super) async fn heal(api: &Api, namespace: &str, app: usize, wanted: &str) -> Result<Duration> {
    let path = config_map(namespace, app);
    api.merge(&path, &json!({"data": {"value": "eve"}})).await?;
    let began = Instant::now();
    value(api, namespace, app, wanted).await?;
    Ok(began.elapsed())
}

fn config_map(namespace: &str, app: usize) -> String {
    format!(
        "/api/v1/namespaces/{namespace}/configmaps/{}-app",
        ground::name(app)
    )
}

/// Waits until something is true, looking every `pause`.
pub(super) async fn wait(what: &str, pause: Duration, is: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is().await? {
        if began.elapsed() > PATIENCE {
            bail!("{what}: not within {} s", PATIENCE.as_secs());
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
