//! What people ask for, and the Secrets they have.

use plumb_model::{Approval, Fuse, GroupKind, Pause, RequestAction, Selected};
use serde_json::{Value, json};

use super::{merged, my_app, unit_of};
use crate::{
    ApplicationArgs, SyncArgs, application, approval_used_patch, approve_patch, confirm_patch, credentials,
    suspend_patch, sync_request, taken, terminate_request, warnings,
};

pub(super) fn selected() -> Vec<Selected> {
    let one = |group: &str, kind: &str, namespace: Option<&str>| Selected {
        kind: GroupKind::new(group, kind),
        namespace: namespace.map(str::to_owned),
        name: "web".to_owned(),
    };
    vec![
        one("apps", "Deployment", Some("production")),
        one("", "Service", None),
    ]
}

/// A sync that says all that can be said.
pub(super) fn everything() -> SyncArgs<'static> {
    SyncArgs {
        revision: Some("v1"),
        prune: true,
        dry_run: true,
        only: selected().leak(),
        by: "ada",
    }
}

#[test]
fn an_operation_that_is_to_end_says_so_in_its_state() {
    let mut object = my_app();
    object["status"] = json!({"operationState": {"phase": "Running", "startedAt": "2026-08-01T10:00:00Z"}});
    assert_eq!(unit_of(&object).request, None);
    let request = unit_of(&merged(&object, &terminate_request())).request;
    assert_eq!(
        request.map(|request| request.action),
        Some(RequestAction::Terminate)
    );
}

#[test]
fn what_may_be_deleted_is_said_by_annotations() {
    let nobody = unit_of(&my_app());
    assert_eq!(
        (nobody.approval, nobody.sync.conduct.fuse),
        (Approval::default(), None)
    );
    let object = merged(&my_app(), &approve_patch("0123456789ab"));
    let object = merged(&object, &confirm_patch("2026-08-01T10:00:00Z"));
    let object = merged(
        &object,
        &json!({"metadata": {"annotations": {"plumb.dev/deletion-fuse": "3,25%"}}}),
    );
    let unit = unit_of(&object);
    assert_eq!(
        unit.approval,
        Approval {
            deletions: Some("0123456789ab".to_owned()),
            confirmed_at: Some("2026-08-01T10:00:00Z".to_owned()),
        }
    );
    assert_eq!(
        unit_of(&merged(&object, &approval_used_patch())).approval,
        Approval::default()
    );
    let fuse = Fuse {
        count: Some(3),
        percent: Some(25),
    };
    assert_eq!(unit.sync.conduct.fuse, Some(fuse));
    for (annotation, value) in [
        ("plumb.dev/deletion-fuse", "lots"),
        ("plumb.dev/deletion-fuse", "200%"),
        ("argocd.argoproj.io/deletion-approved", "yesterday"),
    ] {
        let wrong = merged(
            &my_app(),
            &json!({"metadata": {"annotations": {annotation: value}}}),
        );
        assert!(
            crate::unit(&wrong, &crate::Defaults::default()).is_err(),
            "{annotation}: {value}"
        );
    }
}

#[test]
fn a_request_that_is_written_is_read_back() {
    let object = merged(&my_app(), &sync_request(everything()));
    let request = unit_of(&object).request.expect("a sync is asked for");
    assert_eq!(request.by, "ada");
    assert_eq!(
        request.action,
        RequestAction::Sync {
            prune: true,
            dry_run: true,
            revision: Some("v1".to_owned()),
            only: selected(),
            hookless: false,
        }
    );
    assert_eq!(merged(&object, &taken(&request.action)), my_app());
    let pause = Pause {
        by: "ada".to_owned(),
        reason: Some("load test".to_owned()),
        at: "2026-08-01T10:00:00Z".to_owned(),
        until: Some("2026-08-01T12:00:00Z".to_owned()),
    };
    let paused = merged(&my_app(), &suspend_patch(Some(&pause)));
    assert!(unit_of(&paused).suspended);
    assert_eq!(unit_of(&paused).pause, Some(pause));
    let goes_on = unit_of(&merged(&paused, &suspend_patch(None)));
    assert_eq!((goes_on.suspended, goes_on.pause), (false, None));
}

#[test]
fn a_built_application_is_the_one_of_the_guide() {
    let built = application(&ApplicationArgs {
        name: "my-app".to_owned(),
        namespace: "argocd".to_owned(),
        repo_url: "https://github.com/org/repo".to_owned(),
        path: "apps/my-app/overlays/production".to_owned(),
        destination_namespace: "production".to_owned(),
        automated: true,
        prune: true,
        self_heal: true,
        create_namespace: true,
        ..ApplicationArgs::default()
    });
    let mut guide = my_app();
    for (pointer, key) in [
        ("/metadata", "uid"),
        ("/metadata", "generation"),
        ("/spec/syncPolicy/automated", "allowEmpty"),
    ] {
        guide
            .pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .expect("the guide has it")
            .remove(key);
    }
    assert_eq!(built, guide);
    assert_eq!(warnings(&built), Vec::<String>::new());
}

#[test]
fn an_application_can_name_a_cluster_and_take_its_objects_along() {
    let built = application(&ApplicationArgs {
        name: "a".to_owned(),
        namespace: "argocd".to_owned(),
        repo_url: "https://x/y".to_owned(),
        cluster: "east".to_owned(),
        cascade: true,
        ..ApplicationArgs::default()
    });
    assert_eq!(built["spec"]["destination"], json!({"name": "east"}));
    assert_eq!(built["spec"]["source"]["path"], ".");
    assert_eq!(
        built["metadata"]["finalizers"],
        json!(["resources-finalizer.argocd.argoproj.io"])
    );
    unit_of(&built);
}

#[test]
fn the_nearest_secret_opens_a_repository() {
    let secret = |name: &str, kind: &str, data: Value| {
        json!({
            "metadata": {
                "name": name, "namespace": "argocd",
                "labels": {"argocd.argoproj.io/secret-type": kind},
            },
            "stringData": data,
        })
    };
    let encoded = json!({
        "metadata": {"name": "encoded", "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "repository"}},
        "data": {"url": "aHR0cHM6Ly9naXQvZW5jb2RlZA==", "password": "cA=="},
    });
    let secrets = [
        secret(
            "org",
            "repo-creds",
            json!({"url": "https://git/org", "password": "p"}),
        ),
        secret(
            "team",
            "repo-creds",
            json!({"url": "https://git/org/team", "password": "p"}),
        ),
        secret(
            "own",
            "repository",
            json!({"url": "https://git/org/team/own.git", "password": "p"}),
        ),
        secret("bare", "repository", json!({"url": "https://git/org/bare"})),
        secret("public", "repository", json!({"url": "https://elsewhere/public"})),
        secret(
            "ssh",
            "repository",
            json!({"url": "git@host:a/b.git", "sshPrivateKey": "k"}),
        ),
        secret("other", "cluster", json!({"url": "https://git/cluster"})),
        encoded,
    ];
    for (url, name) in [
        ("https://git/org/x", Some("org")),
        ("https://git/org/team/x", Some("team")),
        ("https://git/org/team/own", Some("own")),
        ("https://git/org/bare", Some("org")),
        ("https://elsewhere/public", Some("public")),
        ("ssh://git@host/a/b", Some("ssh")),
        ("https://git/encoded", Some("encoded")),
        ("https://git/cluster", None),
    ] {
        assert_eq!(
            credentials(&secrets, url).map(|found| found.name).as_deref(),
            name,
            "{url}"
        );
    }
}
