//! What people ask for, and the Secrets they have.

use plumb_model::RequestAction;
use serde_json::{Value, json};

use super::{merged, my_app, unit_of};
use crate::{ApplicationArgs, application, credentials, suspend_patch, sync_request, taken, warnings};

#[test]
fn a_request_that_is_written_is_read_back() {
    let object = merged(&my_app(), &sync_request(Some("v1"), true, true, "ada"));
    let request = unit_of(&object).request.expect("a sync is asked for");
    assert_eq!(request.by, "ada");
    assert_eq!(
        request.action,
        RequestAction::Sync {
            prune: true,
            dry_run: true,
            revision: Some("v1".to_owned())
        }
    );
    assert_eq!(merged(&object, &taken(&request.action)), my_app());
    let paused = merged(&my_app(), &suspend_patch(true));
    assert!(unit_of(&paused).suspended);
    assert!(!unit_of(&merged(&paused, &suspend_patch(false))).suspended);
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
