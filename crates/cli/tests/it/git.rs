//! Commands that read a repository: a local one, taken in the place of a remote one by a rewrite rule.

use plumb_argo::ApplicationArgs;
use plumb_cluster::ServerSideApply;
use plumb_git::{Author, commit_files, init_repository};
use plumb_model::GroupVersionKind;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::json;

use crate::world::{Answer, World, applications};

const URL: &str = "https://example.com/org/repo";

struct Shop {
    world: World,
    commit: String,
}

impl Shop {
    /// An Application of the guide's monorepo that nobody has applied yet.
    async fn new() -> Self {
        let world = World::new().await;
        let files = plumb_cli::layouts::monorepo(URL);
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_bytes()))
            .collect();
        let author = Author {
            name: "Ada".into(),
            email: "ada@example.com".into(),
            seconds: Some(1_700_000_000),
        };
        let commit =
            init_repository(&world.dir.path().join("repo"), "main", &files, "Lay out", &author).unwrap();
        world
            .apply(&plumb_argo::application(&ApplicationArgs {
                name: "my-app".into(),
                namespace: "argocd".into(),
                repo_url: URL.into(),
                revision: "main".into(),
                path: "apps/my-app/overlays/production".into(),
                destination_namespace: "production".into(),
                automated: true,
                ..ApplicationArgs::default()
            }))
            .await;
        Self {
            world,
            commit: commit.as_str().to_owned(),
        }
    }

    async fn plumb(&self, words: &[&str]) -> Answer {
        let rule = format!("{URL}={}", self.world.dir.path().join("repo").display());
        let mirrors = self.world.dir.path().join("mirrors");
        let more = ["--rewrite", &rule, "--mirrors", mirrors.to_str().unwrap()];
        self.world.plumb(&[words, &more].concat()).await
    }

    /// Applies it as Argo CD would, and says so in the status.
    async fn deploy(&self) {
        let manifests = self.plumb(&["app", "manifests", "my-app"]).await;
        assert_eq!(manifests.code, 0, "{manifests:?}");
        let documents = plumb_yaml::parse(
            &manifests.out,
            SourceId::default(),
            Dialect::V3,
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(documents.len(), 3);
        for document in documents {
            let how = ServerSideApply {
                manager: plumb_argo::FIELD_MANAGER,
                force: true,
                dry_run: false,
                subresource: None,
            };
            self.world
                .cluster
                .server_side_apply(&document.to_json(), how)
                .await
                .unwrap();
        }
        let source =
            json!({"repoURL": URL, "path": "apps/my-app/overlays/production", "targetRevision": "main"});
        let entry =
            json!({"id": 0, "revision": self.commit, "deployedAt": "2026-01-01T00:00:00Z", "source": source});
        let status = json!({"status": {
            "sync": {"status": "Synced", "revision": self.commit, "comparedTo": {"source": source, "destination": {}}},
            "history": [entry],
        }});
        self.world
            .patch(&applications(), ("argocd", "my-app"), None, &status)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_yet_differs_and_what_was_applied_does_not() {
    let shop = Shop::new().await;
    let diff = shop.plumb(&["app", "diff", "my-app"]).await;
    assert_eq!(diff.code, 1, "{diff:?}");
    assert!(
        diff.out.contains("+++ git/Deployment.apps production/myapp"),
        "{}",
        diff.out
    );
    let dry = shop.plumb(&["app", "sync", "my-app", "--dry-run"]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(
        dry.out
            .contains("3 to create, 0 to change, 0 to delete, 0 unchanged; nothing was done"),
        "{}",
        dry.out
    );

    shop.deploy().await;
    let diff = shop.plumb(&["app", "diff", "my-app"]).await;
    assert_eq!((diff.code, diff.out.as_str()), (0, ""), "{}", diff.err);
    let history = shop.plumb(&["app", "history", "my-app", "-o", "wide"]).await;
    assert!(
        history.out.contains("Ada") && history.out.contains("Lay out"),
        "{history:?}"
    );
    let unknown = shop
        .plumb(&["app", "diff", "my-app", "--revision", "no-such-branch"])
        .await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_of_apps_is_told_with_the_commit_the_field_and_who_did_it() {
    let shop = Shop::new().await;
    shop.deploy().await;
    for words in [&["drift"][..], &["drift", "--app", "my-app"], &["drift", "--all"]] {
        let calm = shop.plumb(words).await;
        assert_eq!(
            (calm.code, calm.out.as_str()),
            (0, "No drift detected\n"),
            "{}",
            calm.err
        );
    }
    let deployments = GroupVersionKind::new("apps", "v1", "Deployment");
    let scale = json!({"spec": {"replicas": 1}});
    shop.world
        .patch(&deployments, ("production", "myapp"), None, &scale)
        .await;
    let drift = shop.plumb(&["drift"]).await;
    assert_eq!(drift.code, 1, "{drift:?}");
    let head = format!(
        "application/argocd/my-app at {}\n  Deployment.apps production/myapp\n",
        &shop.commit[..7]
    );
    assert!(drift.out.starts_with(&head), "{}", drift.out);
    assert!(
        drift
            .out
            .contains("    .spec.replicas\n      Git   5\n      live  1  (by test-edit, "),
        "{}",
        drift.out
    );
    assert!(
        drift.out.ends_with("Drift detected: 1 field in 1 object\n"),
        "{}",
        drift.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_can_be_looked_at_before() {
    let shop = Shop::new().await;
    shop.deploy().await;
    let file = "apps/my-app/overlays/production/kustomization.yaml";
    let root = shop.world.dir.path().join("repo");
    let text = std::fs::read_to_string(root.join(file))
        .unwrap()
        .replace("value: 5", "value: 7");
    let author = Author {
        name: "Ada".into(),
        email: "ada@example.com".into(),
        seconds: None,
    };
    let newer = commit_files(
        &root,
        "main",
        &[(file, Some(text.as_bytes()))],
        "Scale to 7",
        &author,
    )
    .unwrap();
    let diff = shop.plumb(&["app", "diff", "my-app"]).await;
    assert!(
        diff.code == 1 && diff.out.contains("-  replicas: 5\n+  replicas: 7\n"),
        "{diff:?}"
    );
    let drift = shop.plumb(&["drift"]).await;
    assert_eq!(
        (drift.code, drift.out.as_str()),
        (0, "No drift detected\n"),
        "a newer commit is no drift: {}",
        drift.err
    );

    let object = shop.world.get(&applications(), "argocd", "my-app").await.unwrap();
    let mut entries = object["status"]["history"].as_array().unwrap().clone();
    let mut entry = entries[0].clone();
    entry["id"] = 1.into();
    entry["revision"] = newer.as_str().into();
    entries.push(entry);
    let status = json!({"status": {"history": entries, "sync": {"revision": newer.as_str()}}});
    shop.world
        .patch(&applications(), ("argocd", "my-app"), None, &status)
        .await;
    shop.world
        .patch(
            &GroupVersionKind::new("apps", "v1", "Deployment"),
            ("production", "myapp"),
            None,
            &json!({"spec": {"replicas": 7}}),
        )
        .await;
    let dry = shop.plumb(&["app", "rollback", "my-app", "--dry-run"]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(
        dry.out.contains("-  replicas: 7\n+  replicas: 5\n"),
        "{}",
        dry.out
    );
    let last = format!(
        "Rollback of application/argocd/my-app to {}: 0 to create, 1 to change",
        &shop.commit[..7]
    );
    assert!(dry.out.contains(&last), "{}", dry.out);
    let object = shop.world.get(&applications(), "argocd", "my-app").await.unwrap();
    assert_eq!(
        plumb_argo::unit(&object, &plumb_argo::Defaults::default())
            .unwrap()
            .hold,
        None
    );
}
