//! `plumb get`, `reconcile`, `suspend` and `resume` against Flux's custom resources.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{World, kustomizations};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

async fn world() -> World {
    let world = World::new().await;
    let metadata = json!({"name": "reporting", "namespace": "flux-system"});
    world
        .apply(&json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata,
            "spec": {"url": "https://example.com/org/repo", "interval": "1m", "ref": {"branch": "main"}},
        }))
        .await;
    world
        .apply(&json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
            "spec": {"interval": "5m", "path": "./deploy/production", "prune": true,
                     "sourceRef": {"kind": "GitRepository", "name": "reporting"}},
        }))
        .await;
    world
}

fn ready(token: Option<&str>, status: &str, message: &str) -> Value {
    let condition = json!({"type": "Ready", "status": status, "reason": "Test", "message": message,
                           "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let mut status = json!({"conditions": [condition], "lastAppliedRevision": format!("main@sha1:{COMMIT}")});
    if let Some(token) = token {
        status["lastHandledReconcileAt"] = token.into();
    }
    json!({"status": status})
}

async fn set(world: &World, status: &Value) {
    world
        .patch(
            &kustomizations(),
            ("flux-system", "reporting"),
            Some("status"),
            status,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kustomizations_are_listed_beside_applications_and_by_get() {
    let world = world().await;
    set(
        &world,
        &ready(None, "True", &format!("Applied revision: main@sha1:{COMMIT}")),
    )
    .await;
    let get = world.plumb(&["get", "ks"]).await;
    let expected = "KIND            NAMESPACE     NAME        REVISION             SUSPENDED   READY   MESSAGE\n\
                    kustomization   flux-system   reporting   main@sha1:01234567   False       True    \
                    Applied revision: main@sha1:01234567\n";
    assert_eq!((get.code, get.out.as_str()), (0, expected), "{}", get.err);
    let list = world.plumb(&["app", "list"]).await;
    assert!(
        list.out.contains("kustomization   flux-system/reporting"),
        "{}",
        list.out
    );
    assert!(list.out.contains("https://example.com/org/repo"), "{}", list.out);
    let wait = world
        .plumb(&["app", "wait", "ks/flux-system/reporting", "--timeout", "20"])
        .await;
    assert_eq!(wait.code, 0, "{wait:?}");
    let none = world.plumb(&["get", "sources", "git", "other"]).await;
    assert_eq!(none.code, 2, "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_is_waited_for_and_its_failure_is_told() {
    let world = world().await;
    set(&world, &ready(None, "True", "old")).await;
    for (status, message, code) in [
        ("True", "Applied revision: main", 0),
        ("False", "no such folder", 1),
    ] {
        let before = world
            .get(&kustomizations(), "flux-system", "reporting")
            .await
            .unwrap();
        let token = |object: &Value| object["metadata"]["annotations"][plumb_flux::REQUESTED_AT].clone();
        let acting = async {
            loop {
                let object = world
                    .get(&kustomizations(), "flux-system", "reporting")
                    .await
                    .unwrap();
                if token(&object) != token(&before) {
                    return set(&world, &ready(token(&object).as_str(), status, message)).await;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let words = ["reconcile", "kustomization", "reporting", "--timeout", "20"];
        let (answer, ()) = tokio::join!(world.plumb(&words), acting);
        assert_eq!(answer.code, code, "{answer:?}");
        assert!(answer.out.ends_with(&format!("{message}\n")), "{}", answer.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_suspended_is_not_reconciled_until_it_is_resumed() {
    let world = world().await;
    let suspended = world.plumb(&["suspend", "ks", "reporting"]).await;
    assert_eq!(suspended.code, 0, "{suspended:?}");
    let object = world
        .get(&kustomizations(), "flux-system", "reporting")
        .await
        .unwrap();
    assert_eq!(object["spec"]["suspend"], true);
    let refused = world.plumb(&["reconcile", "ks", "reporting"]).await;
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("is suspended: `plumb resume"),
        "{}",
        refused.err
    );
    assert_eq!(world.plumb(&["resume", "ks", "reporting"]).await.code, 0);
    let object = world
        .get(&kustomizations(), "flux-system", "reporting")
        .await
        .unwrap();
    assert_eq!(object["spec"]["suspend"], false);
}
