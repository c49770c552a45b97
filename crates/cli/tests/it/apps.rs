//! `plumb app` against Applications with a status made by hand.

use std::time::Duration;

use plumb_argo::ApplicationArgs;
use serde_json::{Value, json};

use crate::world::{World, applications};

const OLD: &str = "1111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222";
const URL: &str = "https://example.com/org/repo";

fn application(name: &str) -> Value {
    plumb_argo::application(&ApplicationArgs {
        name: name.into(),
        namespace: "argocd".into(),
        repo_url: URL.into(),
        revision: "main".into(),
        path: "apps/my-app".into(),
        destination_namespace: "production".into(),
        automated: true,
        prune: true,
        self_heal: true,
        ..ApplicationArgs::default()
    })
}

fn status(revision: &str, sync: &str, health: &str) -> Value {
    let source = json!({"repoURL": URL, "path": "apps/my-app", "targetRevision": "main"});
    let entry = |id: u64, commit: &str, at: &str| json!({"id": id, "revision": commit, "deployedAt": at, "source": source, "initiatedBy": {"automated": true}});
    json!({"status": {
        "sync": {"status": sync, "revision": revision, "comparedTo": {"source": source, "destination": {}}},
        "health": {"status": health},
        "reconciledAt": "2026-01-02T00:00:00Z",
        "resources": [{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "production", "name": "myapp",
                       "status": sync, "health": {"status": health}}],
        "history": [entry(0, OLD, "2026-01-01T00:00:00Z"), entry(1, NEW, "2026-01-02T00:00:00Z")],
    }})
}

async fn world() -> World {
    let world = World::new().await;
    world.apply(&application("my-app")).await;
    set(&world, &status(NEW, "Synced", "Healthy")).await;
    world
}

async fn set(world: &World, patch: &Value) {
    world
        .patch(&applications(), ("argocd", "my-app"), None, patch)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_are_listed_shown_and_named() {
    let world = world().await;
    let list = world.plumb(&["app", "list"]).await;
    let expected = format!(
        "KIND          NAME            CLUSTER                          NAMESPACE    PROJECT   STATUS   HEALTH    SYNCPOLICY   \
         CONDITIONS   REPO                           PATH          TARGET\napplication   argocd/my-app   \
         https://kubernetes.default.svc   production   default   Synced   Healthy   Auto-Prune   <none>       {URL}   \
         apps/my-app   main\n"
    );
    assert_eq!((list.code, list.out), (0, expected));
    let names = world.plumb(&["app", "list", "-o", "name"]).await;
    assert_eq!(names.out, "application/argocd/my-app\n");
    let none = world
        .plumb(&["app", "list", "-l", "team=web", "-o", "name"])
        .await;
    assert_eq!((none.code, none.out.as_str()), (0, ""));

    let page = world.plumb(&["app", "get", "argocd/my-app"]).await;
    for line in [
        "Sync Status:        Synced to main (2222222)",
        "Sync Policy:        Automated (Prune, Self Heal)",
    ] {
        assert!(page.out.contains(line), "{}", page.out);
    }
    assert!(
        page.out
            .contains("apps    Deployment   production   myapp   Synced   Healthy"),
        "{}",
        page.out
    );

    let near = world.plumb(&["app", "get", "my-ap"]).await;
    assert_eq!(near.code, 2);
    assert!(
        near.err.contains("did you mean application/argocd/my-app?"),
        "{}",
        near.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_what_was_applied_even_without_the_repository() {
    let world = world().await;
    let history = world
        .plumb(&[
            "app",
            "history",
            "my-app",
            "--rewrite",
            "https://example.com/org=/nowhere",
        ])
        .await;
    let expected = "ID   DATE                   REVISION         AUTHOR   BY\n\
                    0    2026-01-01T00:00:00Z   main (1111111)            automated\n\
                    1    2026-01-02T00:00:00Z   main (2222222)            automated\n";
    assert_eq!(
        (history.code, history.out.as_str()),
        (0, expected),
        "{}",
        history.err
    );
    assert!(history.err.contains("Authors are not shown"), "{}", history.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_holds_though_sync_is_automated_and_is_released() {
    let world = world().await;
    let args = [
        "app", "rollback", "my-app", "0", "--reason", "it broke", "--async",
    ];
    let answer = world.plumb(&args).await;
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer
            .out
            .contains("rolling back from 2222222 to 1111111 (history 0)"),
        "{}",
        answer.out
    );
    assert!(answer.out.contains("Automated sync stays on"), "{}", answer.out);
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    let unit = plumb_argo::unit(&object, &plumb_argo::Defaults::default()).unwrap();
    let hold = unit.hold.unwrap();
    assert_eq!(
        (hold.revision.as_str(), hold.from.as_str(), hold.reason.as_deref()),
        (OLD, NEW, Some("it broke"))
    );
    assert!(unit.sync.automated);

    let page = world.plumb(&["app", "get", "my-app"]).await;
    assert!(
        page.out
            .contains("rolled back to 1111111 (history 0) from 2222222"),
        "{}",
        page.out
    );
    let released = world.plumb(&["app", "release", "my-app"]).await;
    assert_eq!(released.code, 0, "{released:?}");
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    assert_eq!(
        plumb_argo::unit(&object, &plumb_argo::Defaults::default())
            .unwrap()
            .hold,
        None
    );

    let unknown = world.plumb(&["app", "rollback", "my-app", "7", "--async"]).await;
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("there are 0 (1111111), 1 (2222222)"),
        "{}",
        unknown.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_waits_until_the_cluster_is_there() {
    let world = world().await;
    let acting = async {
        // What a controller writes once it is done.
        loop {
            let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
            if plumb_argo::unit(&object, &plumb_argo::Defaults::default())
                .unwrap()
                .hold
                .is_some()
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        set(&world, &status(OLD, "Synced", "Healthy")).await;
    };
    let (answer, ()) = tokio::join!(
        world.plumb(&["app", "rollback", "my-app", "0", "--timeout", "20"]),
        acting
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer
            .out
            .ends_with("application/argocd/my-app is at 1111111 (Healthy)\n"),
        "{}",
        answer.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_one_operation_and_its_failure_is_told() {
    let world = world().await;
    let acting = async {
        loop {
            let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
            if object["operation"].is_object() {
                assert_eq!(object["operation"]["sync"]["prune"], true);
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let state = json!({
            "operation": {"sync": {"revision": NEW}, "initiatedBy": {"username": "me"}}, "phase": "Failed",
            "message": "the server refuses it", "startedAt": "2026-01-03T00:00:00Z", "finishedAt": "2026-01-03T00:00:01Z",
        });
        set(
            &world,
            &json!({"operation": null, "status": {"operationState": state}}),
        )
        .await;
    };
    let (answer, ()) = tokio::join!(
        world.plumb(&["app", "sync", "my-app", "--prune", "--timeout", "20"]),
        acting
    );
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.out.contains("the server refuses it"), "{}", answer.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_ends_when_it_is_so_or_the_time_is_over() {
    let world = world().await;
    let good = world.plumb(&["app", "wait", "my-app", "--timeout", "20"]).await;
    assert_eq!(
        (good.code, good.out.as_str()),
        (0, "application/argocd/my-app: Synced Healthy\n"),
        "{}",
        good.err
    );
    set(&world, &status(NEW, "OutOfSync", "Degraded")).await;
    let late = world
        .plumb(&["app", "wait", "my-app", "--sync", "--timeout", "1"])
        .await;
    assert_eq!(late.code, 1);
    assert!(
        late.err.contains("not within 1 s; it is OutOfSync and Degraded"),
        "{}",
        late.err
    );
    let degraded = world
        .plumb(&["app", "wait", "my-app", "--degraded", "--timeout", "20"])
        .await;
    assert_eq!(degraded.code, 0, "{degraded:?}");
    let later = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        set(&world, &status(NEW, "Synced", "Healthy")).await;
    };
    let (answer, ()) = tokio::join!(world.plumb(&["app", "wait", "my-app", "--timeout", "20"]), later);
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn create_is_careful_and_delete_asks() {
    let world = World::new().await;
    let create = |more: &[&'static str]| {
        let words = [
            "app",
            "create",
            "shop",
            "--repo",
            URL,
            "--path",
            "apps/shop",
            "--dest-namespace",
            "production",
        ];
        [
            &words[..],
            &[
                "--sync-policy",
                "automated",
                "--sync-option",
                "CreateNamespace=true",
            ],
            more,
        ]
        .concat()
    };
    let printed = world.plumb(&create(&["-o", "yaml"])).await;
    assert!(printed.out.contains("- CreateNamespace=true"), "{}", printed.out);
    let created = world.plumb(&create(&["--auto-prune"])).await;
    assert_eq!(
        (created.code, created.out.as_str()),
        (0, "application/argocd/shop created\n"),
        "{}",
        created.err
    );
    let again = world.plumb(&create(&["--auto-prune"])).await;
    assert_eq!(
        (again.code, again.out.as_str()),
        (0, "application/argocd/shop unchanged\n"),
        "{}",
        again.err
    );
    let other = world.plumb(&create(&["--self-heal"])).await;
    assert_eq!(other.code, 2);
    assert!(other.err.contains("--upsert"), "{}", other.err);
    let other = world.plumb(&create(&["--self-heal", "--upsert"])).await;
    assert_eq!(
        (other.code, other.out.as_str()),
        (0, "application/argocd/shop updated\n"),
        "{}",
        other.err
    );
    let object = world.get(&applications(), "argocd", "shop").await.unwrap();
    assert_eq!(object["spec"]["syncPolicy"]["automated"]["selfHeal"], true);

    let asked = world.plumb(&["app", "delete", "shop"]).await;
    assert_eq!(asked.code, 2);
    assert!(
        asked.err.contains("--yes") && world.get(&applications(), "argocd", "shop").await.is_some(),
        "{}",
        asked.err
    );
    let deleted = world
        .plumb(&["app", "delete", "shop", "--cascade=false", "-y", "--wait"])
        .await;
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert_eq!(world.get(&applications(), "argocd", "shop").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_somebody_is_shown_and_allowed() {
    let world = world().await;
    let nothing = world.plumb(&["app", "approve", "my-app"]).await;
    assert_eq!(
        (nothing.code, nothing.out.as_str()),
        (1, "application/argocd/my-app waits for no approval\n")
    );
    let message = "plan 0123456789ab waits for approval, since it would delete 7 of 9 objects";
    set(
        &world,
        &json!({"status": {"conditions": [{"type": "ApprovalRequired", "message": message}]}}),
    )
    .await;
    let page = world.plumb(&["app", "get", "my-app"]).await;
    assert!(page.out.contains(message), "{}", page.out);
    let other = world.plumb(&["app", "approve", "my-app", "ffffffffffff"]).await;
    assert_eq!(other.code, 2, "{other:?}");
    let allowed = world.plumb(&["app", "approve", "my-app", "0123456789ab"]).await;
    assert_eq!(allowed.code, 0, "{allowed:?}");
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    let unit = plumb_argo::unit(&object, &plumb_argo::Defaults::default()).unwrap();
    assert_eq!(unit.approval.deletions.as_deref(), Some("0123456789ab"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_ended_and_objects_are_named_for_a_sync() {
    let world = world().await;
    assert_eq!(world.plumb(&["app", "terminate-op", "my-app"]).await.code, 1);
    let args = [
        "app",
        "sync",
        "my-app",
        "--async",
        "--resource",
        "apps:Deployment:production/myapp",
        "--resource",
        ":Service:myapp",
    ];
    assert_eq!(world.plumb(&args).await.code, 0);
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    assert_eq!(
        object["operation"]["sync"]["resources"],
        json!([
            {"group": "apps", "kind": "Deployment", "name": "myapp", "namespace": "production"},
            {"kind": "Service", "name": "myapp"},
        ])
    );
    let wrong = world
        .plumb(&["app", "sync", "my-app", "--resource", "Deployment"])
        .await;
    assert!(wrong.err.contains("write GROUP:KIND:NAME"), "{wrong:?}");
    set(
        &world,
        &json!({"operation": null, "status": {"operationState": {"phase": "Running", "message": "waiting",
            "startedAt": "2026-01-02T00:00:00Z", "operation": {}}}}),
    )
    .await;
    assert_eq!(world.plumb(&["app", "terminate-op", "my-app"]).await.code, 0);
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    assert_eq!(object["status"]["operationState"]["phase"], "Terminating");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_are_synced_by_their_labels() {
    let world = world().await;
    let none = world.plumb(&["app", "sync", "-l", "team=web", "--async"]).await;
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("no app has the labels team=web"), "{none:?}");
    set(&world, &json!({"metadata": {"labels": {"team": "web"}}})).await;
    let asked = world.plumb(&["app", "sync", "-l", "team=web", "--async"]).await;
    assert_eq!(
        (asked.code, asked.out.as_str()),
        (0, "application/argocd/my-app: a sync is asked for\n"),
        "{asked:?}"
    );
    let object = world.get(&applications(), "argocd", "my-app").await.unwrap();
    assert!(object["operation"]["sync"].is_object());
}
