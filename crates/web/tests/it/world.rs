//! A dev cluster, a repository with two commits, an Application that follows it, and the page over them.

use std::net::SocketAddr;

use plumb_cluster::{Cluster, ConnectOptions};
use plumb_devcluster::{DevCluster, Options};
use plumb_git::{Author, GitOptions, Repositories};
use plumb_model::{
    CommitId, Condition, ConditionKind, FieldDrift, GroupKind, Health, HealthStatus, ObjectId,
    ResourceReport, SyncStatus, UnitId, UnitKind, UnitReport,
};
use plumb_pipeline::{Line, Timings, UnitView, actions};
use plumb_web::{Page, WebOptions};
use serde_json::{Value, json};

use crate::client;

pub(crate) const SECRET: &str = "open sesame";
pub(crate) const APP: &str = "/apps/application/argocd/shop";

pub(crate) struct World {
    pub(crate) line: Line,
    pub(crate) page: Page,
    pub(crate) commits: [CommitId; 2],
    _server: DevCluster,
    _directory: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(WebOptions::default()).await
    }

    pub(crate) async fn with(options: WebOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Options {
            directory: directory.path().join("cluster"),
            controllers: false,
            ..Options::default()
        };
        let server = DevCluster::start(server).await.unwrap();
        // Each connection asks once which kinds there are: the one that makes a kind does not know it.
        let cluster = connect(&server).await;
        let repository = directory.path().join("repository");
        let commits = history(&repository);
        for body in [definition(), namespace("argocd"), namespace("shop")] {
            cluster.create(&body, "test").await.unwrap();
        }
        let cluster = connect(&server).await;
        let application = application(&repository.display().to_string(), &commits);
        cluster.create(&application, "test").await.unwrap();
        let repositories = Repositories::new(GitOptions::new(directory.path().join("mirrors"))).unwrap();
        let line = Line::new(cluster, repositories).unwrap();
        let world = Self {
            page: Page::start(options, line.clone()).await.unwrap(),
            line,
            commits,
            _server: server,
            _directory: directory,
        };
        world.show().await;
        world
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.page.address()
    }

    /// Puts the Application on the board as its custom resource tells it.
    pub(crate) async fn show(&self) {
        let loaded = actions::load(self.line.own(), &shop()).await.unwrap();
        self.line.board.show(
            shop(),
            UnitView {
                unit: Some(loaded.unit.unwrap()),
                ..view(loaded.report)
            },
        );
    }

    /// The token of the page's forms.
    pub(crate) async fn token(&self) -> String {
        let page = client::get(self.address(), APP).await;
        let (_, rest) = page
            .body
            .split_once("name=\"token\" value=\"")
            .expect("the page has a form with a token");
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The annotation that holds a rollback.
    pub(crate) async fn hold(&self) -> Value {
        let loaded = actions::load(self.line.own(), &shop()).await.unwrap();
        let text = &loaded.object["metadata"]["annotations"]["plumb.dev/hold"];
        text.as_str()
            .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    }
}

pub(crate) fn shop() -> UnitId {
    unit("shop")
}

pub(crate) fn unit(name: &str) -> UnitId {
    UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn view(report: UnitReport) -> UnitView {
    UnitView {
        unit: None,
        report,
        timings: Timings::default(),
        applied_at: None,
        commit: None,
    }
}

/// A unit in trouble, in words that would do harm if they were let.
pub(crate) fn hostile() -> UnitView {
    let kind = GroupKind::new("apps", "Deployment");
    let id = ObjectId {
        kind,
        namespace: Some("shop".to_owned()),
        name: "<script>alert(2)</script>".to_owned(),
    };
    let drift = FieldDrift {
        path: ".spec.replicas".to_owned(),
        desired: Some(json!(3)),
        live: Some(json!("<img src=x onerror=alert(3)>")),
        manager: Some("kubectl-\u{202e}edit".to_owned()),
        since: Some("2026-01-02T03:04:05Z".to_owned()),
    };
    let resource = ResourceReport {
        id,
        version: "v1".to_owned(),
        sync: SyncStatus::OutOfSync,
        health: Some(Health::new(
            HealthStatus::Degraded,
            "</td><script>alert(4)</script>",
        )),
        requires_pruning: false,
        drift: vec![drift],
    };
    let condition = Condition {
        kind: ConditionKind::RenderFailed,
        message: "line one\n<script>alert(5)</script>\u{1b}[31m".to_owned(),
        since: "2026-01-02T03:04:05Z".to_owned(),
    };
    let report = UnitReport {
        resources: vec![resource],
        conditions: vec![condition],
        ..UnitReport::unknown()
    };
    view(UnitReport {
        sync: SyncStatus::OutOfSync,
        health: Health::new(HealthStatus::Degraded, ""),
        ..report
    })
}

async fn connect(server: &DevCluster) -> Cluster {
    let kubeconfig = Some(server.kubeconfig().to_owned());
    Cluster::connect(ConnectOptions {
        kubeconfig,
        ..ConnectOptions::default()
    })
    .await
    .unwrap()
}

fn history(repository: &std::path::Path) -> [CommitId; 2] {
    let author = Author {
        name: "Kim & Co".to_owned(),
        email: "kim@example.org".to_owned(),
        seconds: Some(1_700_000_000),
    };
    let manifest = |image: &str, text: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  \
             template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: '{image}'}}]}}\n\
             ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: key}}\nstringData: {{key: {text}}}\n"
        )
    };
    let (first, second) = (manifest("web:1", "tops3cret"), manifest("web:2", "n3wsecret"));
    let files = [("app/all.yaml", first.as_bytes())];
    let first = plumb_git::init_repository(repository, "main", &files, "Start <the> shop", &author).unwrap();
    let changes = [("app/all.yaml", Some(second.as_bytes()))];
    let second = plumb_git::commit_files(repository, "main", &changes, "Move to web:2", &author).unwrap();
    [first, second]
}

fn definition() -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "applications.argoproj.io"},
        "spec": {"group": "argoproj.io", "scope": "Namespaced",
            "names": {"kind": "Application", "listKind": "ApplicationList", "plural": "applications", "singular": "application"},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn application(url: &str, commits: &[CommitId; 2]) -> Value {
    let entry = |id: usize| {
        json!({"id": id, "revision": commits[id], "deployStartedAt": "2026-01-02T03:04:05Z",
            "deployedAt": format!("2026-01-0{}T03:04:06Z", id + 2), "source": {"repoURL": url, "path": "app"}})
    };
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"project": "default", "source": {"repoURL": url, "path": "app", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}}},
        "status": {"sync": {"status": "Synced", "revision": commits[1]}, "health": {"status": "Healthy"},
            "history": [entry(0), entry(1)], "reconciledAt": "2026-01-04T00:00:00Z"}})
}
