//! `plumb drift PATH` and `plumb diff PATH` against objects that others deployed.

use std::{fs, path::PathBuf, time::Duration};

use plumb_cli::Output;
use plumb_cluster::ServerSideApply;
use plumb_model::GroupVersionKind;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::{Value, json};

use crate::world::{World, run};

/// Writes the guide's layout and deploys its production overlay as another tool would, marks of its own included.
async fn deployed(world: &World, manager: &str) -> PathBuf {
    let dir = world.dir.path().join("repo");
    let init = run(&["init", "monorepo", dir.to_str().unwrap()]).await;
    assert_eq!(init.code, 0, "{init:?}");
    let folder = dir.join("apps/my-app/overlays/production");
    let built = run(&["build", folder.to_str().unwrap()]).await;
    assert_eq!(built.code, 0, "{built:?}");
    for document in
        plumb_yaml::parse(&built.out, SourceId::default(), Dialect::V3, &Limits::default()).unwrap()
    {
        let mut object: Value = document.to_json();
        object["metadata"]["namespace"] = "production".into();
        object["metadata"]["labels"]["app.kubernetes.io/instance"] = "my-app".into();
        object["metadata"]["annotations"]["example.com/tracked"] = "yes".into();
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: false,
            subresource: None,
        };
        world.cluster.server_side_apply(&object, how).await.unwrap();
    }
    folder
}

fn deployments() -> GroupVersionKind {
    GroupVersionKind::new("apps", "v1", "Deployment")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_others_deployed_has_no_drift_until_somebody_changes_a_field() {
    let world = World::new().await;
    for manager in [
        "argocd-controller",
        "kustomize-controller",
        "kubectl-client-side-apply",
        "plumb",
    ] {
        let folder = deployed(&world, manager).await;
        let folder = folder.to_str().unwrap();
        let calm = world.plumb(&["drift", folder, "-n", "production"]).await;
        assert_eq!(
            (calm.code, calm.out.as_str()),
            (0, "No drift detected\n"),
            "{manager}: {}",
            calm.err
        );
        let same = world.plumb(&["diff", folder, "-n", "production"]).await;
        assert_eq!((same.code, same.out.as_str()), (0, ""), "{manager}: {}", same.err);

        let scale = json!({"spec": {"replicas": 1}});
        world
            .patch(&deployments(), ("production", "myapp"), None, &scale)
            .await;
        let drift = world.plumb(&["drift", folder, "-n", "production"]).await;
        assert_eq!(drift.code, 1, "{manager}: {drift:?}");
        for part in [
            "  Deployment.apps production/myapp\n    .spec.replicas\n      Git   5\n      live  1  (by test-edit, ",
            "Drift detected: 1 field in 1 object\n",
        ] {
            assert!(drift.out.contains(part), "{manager}: {}", drift.out);
        }
        let diff = world.plumb(&["diff", folder, "-n", "production"]).await;
        assert_eq!(diff.code, 1, "{manager}: {diff:?}");
        assert!(
            diff.out.contains("-  replicas: 1\n+  replicas: 5\n"),
            "{manager}: {}",
            diff.out
        );
        fs::remove_dir_all(world.dir.path().join("repo")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_told_to_programs_and_missing_objects_count() {
    let world = World::new().await;
    let folder = deployed(&world, "argocd-controller").await;
    let elsewhere = world
        .plumb(&["drift", folder.to_str().unwrap(), "-n", "default", "-o", "json"])
        .await;
    assert_eq!(elsewhere.code, 1, "{elsewhere:?}");
    let told: Value = serde_json::from_str(&elsewhere.out).unwrap();
    assert_eq!(told["drift"], true);
    let objects = told["checked"][0]["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 3);
    assert!(
        objects.iter().all(|object| object["state"] == "missing"),
        "{objects:?}"
    );

    let nowhere = world.plumb(&["drift", "/nowhere/at/all"]).await;
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.err.contains("/nowhere/at/all is not there"),
        "{}",
        nowhere.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_watch_drift_is_told_when_it_comes_and_when_it_goes() {
    let world = World::new().await;
    let folder = deployed(&world, "argocd-controller").await;
    let output = Output::captured();
    let words = ["drift", folder.to_str().unwrap(), "-n", "production", "--watch"];
    let words = ["plumb"]
        .iter()
        .chain(&words)
        .chain(&["--kubeconfig", world.kubeconfig()])
        .map(Into::into)
        .collect();
    let acting = async {
        for (replicas, last) in [
            (None, "No drift detected\n"),
            (Some(1), "in 1 object\n"),
            (Some(5), "No drift detected\n"),
        ] {
            if let Some(replicas) = replicas {
                let scale = json!({"spec": {"replicas": replicas}});
                world
                    .patch(&deployments(), ("production", "myapp"), None, &scale)
                    .await;
            }
            while !output.taken().0.ends_with(last) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::select! {
        code = plumb_cli::run(&[], words, &output) => panic!("it ended by itself: {code}"),
        told = tokio::time::timeout(Duration::from_secs(30), acting) => told.expect("what changed is told"),
    }
}
