//! Applications as units.

use std::time::Duration;

use plumb_model::{ClusterRef, Reference, Removal, RenderMode, RequestAction, SyncPhase, UnitKind};
use serde_json::{Value, json};

use super::{my_app, set, unit_of, with};
use crate::{Defaults, TrackingMethod, deletion, directives, survives_deletion, unit, warnings};

#[test]
fn the_guides_application_is_a_unit() {
    let unit = unit_of(&my_app());
    assert_eq!(unit.id.to_string(), "application/argocd/my-app");
    assert_eq!(unit.id.kind, UnitKind::Application);
    assert_eq!(unit.uid, "u-1");
    let mut written = my_app();
    set(&mut written, "/metadata/generation", json!(4));
    assert_eq!(
        unit_of(&written),
        unit,
        "a write of the status makes no other unit"
    );
    set(&mut written, "/spec/source/path", json!("elsewhere"));
    assert_ne!(unit_of(&written).generation, unit.generation);
    assert_eq!(unit.source.url, "https://github.com/org/repo");
    assert_eq!(unit.source.reference, Reference::Head);
    assert_eq!(unit.render.path, "apps/my-app/overlays/production");
    assert_eq!(unit.render.mode, RenderMode::Detect);
    assert_eq!(unit.render.overlay, Value::Null);
    assert_eq!(unit.render.default_namespace.as_deref(), Some("production"));
    assert_eq!(unit.destination.cluster, ClusterRef::Own);
    let sync = &unit.sync;
    assert!(sync.automated && sync.prune && sync.self_heal && sync.create_namespace);
    assert!(!sync.allow_empty && !sync.wait && !sync.force);
    assert_eq!((sync.retry.limit, sync.history_limit), (Some(5), 10));
    assert_eq!(unit.field_manager, "argocd-controller");
    let tracking = unit.marks.tracking.expect("objects are marked by an annotation");
    assert_eq!(
        tracking.value(&super::object("apps", "Deployment", "web")),
        "my-app:apps/Deployment:production/web"
    );
    assert_eq!(
        (unit.suspended, unit.request, unit.hold, unit.deletion),
        (false, None, None, None)
    );
    assert_eq!(warnings(&my_app()), Vec::<String>::new());
}

#[test]
fn automation_is_on_when_present_and_empty() {
    for (automated, on) in [
        (json!({}), true),
        (json!({"enabled": null}), true),
        (json!({"enabled": true}), true),
        (json!({"enabled": false, "prune": true, "selfHeal": true}), false),
        (Value::Null, false),
    ] {
        let sync = unit_of(&with("/spec/syncPolicy/automated", automated.clone())).sync;
        assert_eq!(sync.automated, on, "{automated}");
        assert!(!sync.prune && !sync.self_heal, "{automated}");
    }
}

#[test]
fn retries_are_read_as_go_writes_durations() {
    let retry = |value: Value| unit_of(&with("/spec/syncPolicy/retry", value)).sync.retry;
    let read = retry(json!({"limit": 3, "backoff": {"duration": "5s", "factor": 3, "maxDuration": "3m0s"}}));
    assert_eq!((read.limit, read.factor), (Some(3), 3));
    assert_eq!(
        (read.first, read.longest),
        (Duration::from_secs(5), Duration::from_secs(180))
    );
    assert_eq!(retry(json!({"limit": -1})).limit, None);
    assert_eq!(
        retry(json!({"limit": 1, "backoff": {"duration": "7"}})).first,
        Duration::from_secs(7)
    );
    assert_eq!(
        retry(json!({"limit": 1, "backoff": {"maxDuration": "1h2m0.5s"}})).longest,
        Duration::from_millis(3_720_500)
    );
}

#[test]
fn kustomize_options_become_an_overlay() {
    let unit = unit_of(&with(
        "/spec/source/kustomize",
        json!({
            "namePrefix": "pre-", "nameSuffix": "-suf", "namespace": "other",
            "images": ["nginx:1.27", "a=registry:5000/b:v2@sha256:ff", "c@sha256:00", "d=*:v3", "host:5000/e"],
            "replicas": [{"name": "web", "count": 3}, {"name": "job", "count": "2"}],
            "commonLabels": {"team": "x"}, "labelWithoutSelector": true,
            "commonAnnotations": {"k": "v"},
            "components": ["../c"],
            "patches": [{"target": {"kind": "Deployment"}, "patch": "- op: remove\n  path: /a"}],
        }),
    ));
    assert_eq!(
        unit.render.overlay,
        json!({
            "namePrefix": "pre-", "nameSuffix": "-suf", "namespace": "other",
            "images": [
                {"name": "nginx", "newTag": "1.27"},
                {"name": "a", "newName": "registry:5000/b", "newTag": "v2", "digest": "sha256:ff"},
                {"name": "c", "digest": "sha256:00"},
                {"name": "d", "newTag": "v3"},
                {"name": "host:5000/e"},
            ],
            "replicas": [{"name": "web", "count": 3}, {"name": "job", "count": 2}],
            "labels": [{"pairs": {"team": "x"}, "includeSelectors": false, "includeTemplates": false}],
            "commonAnnotations": {"k": "v"},
            "components": ["../c"],
            "patches": [{"target": {"kind": "Deployment"}, "patch": "- op: remove\n  path: /a"}],
        })
    );
    let labelled = unit_of(&with(
        "/spec/source/kustomize",
        json!({"commonLabels": {"team": "x"}}),
    ));
    assert_eq!(labelled.render.overlay, json!({"commonLabels": {"team": "x"}}));
}

#[test]
fn a_directory_is_read_as_told() {
    let mode = |value: Value| unit_of(&with("/spec/source/directory", value)).render.mode;
    assert_eq!(
        mode(json!({"recurse": true, "include": "{a,b}/*.yaml", "exclude": "x.yaml"})),
        RenderMode::Directory {
            recurse: true,
            include: vec!["{a,b}/*.yaml".to_owned()],
            exclude: vec!["x.yaml".to_owned()],
        }
    );
    assert_eq!(mode(json!({})), RenderMode::Detect);
}

#[test]
fn one_of_several_sources_is_a_source() {
    let mut object = with(
        "/spec/sources",
        json!([{"repoURL": "https://x/y", "path": "p", "targetRevision": "v1.*"}]),
    );
    let unit = unit_of(&object);
    assert_eq!(unit.source.url, "https://x/y");
    assert_eq!(unit.source.reference, Reference::Any("v1.*".to_owned()));
    set(
        &mut object,
        "/spec/sources",
        json!([{"repoURL": "a", "path": "a"}, {"repoURL": "b", "path": "b"}]),
    );
    refused(&object, &["spec.sources: 2 sources"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let mut object = my_app();
    set(
        &mut object,
        "/spec/source",
        json!({"path": "../x", "helm": {"releaseName": "r"}}),
    );
    set(
        &mut object,
        "/spec/destination",
        json!({"server": "a", "name": "b"}),
    );
    set(&mut object, "/spec/syncPolicy/automated/prune", json!("yes"));
    set(
        &mut object,
        "/spec/syncPolicy/retry",
        json!({"backoff": {"duration": "soon"}}),
    );
    refused(
        &object,
        &[
            "spec.destination: has both server and name",
            "spec.source.helm: Helm is not supported yet",
            "spec.source.repoURL: is missing",
            "spec.source.path: ",
            "spec.syncPolicy.automated.prune: true or false is expected, not \"yes\"",
            "spec.syncPolicy.retry.backoff.duration: \"soon\" is not a duration",
        ],
    );
    refused(
        &json!({}),
        &[
            "metadata.name: is missing",
            "spec.destination: names no cluster",
            "spec.source: is missing",
        ],
    );
}

#[test]
fn what_is_not_supported_is_refused() {
    for (pointer, value, said) in [
        (
            "/spec/source/chart",
            json!("nginx"),
            "spec.source.chart: Helm charts are not",
        ),
        (
            "/spec/source/plugin",
            json!({"name": "p"}),
            "spec.source.plugin: config",
        ),
        (
            "/spec/source/directory",
            json!({"jsonnet": {"libs": ["a"]}}),
            "spec.source.directory.jsonnet",
        ),
        (
            "/spec/source/repoURL",
            json!("oci://r/x"),
            "spec.source.repoURL: OCI",
        ),
        (
            "/spec/sourceHydrator",
            json!({"drySource": {}}),
            "spec.sourceHydrator: the source",
        ),
        ("/spec/source/path", Value::Null, "spec.source.path: is missing"),
        (
            "/metadata/annotations/plumb.dev~1hold",
            json!("x"),
            "metadata.annotations[\"plumb.dev/hold\"]: is not",
        ),
    ] {
        refused(&with(pointer, value), &[said]);
    }
}

fn refused(object: &Value, said: &[&str]) {
    let error = unit(object, &Defaults::default()).expect_err("the Application is unsound");
    let problems: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), said.len(), "{problems:#?}");
    for (problem, said) in problems.iter().zip(said) {
        assert!(
            problem.starts_with(said),
            "{problem:?} does not begin with {said:?}"
        );
    }
}

#[test]
fn clusters_are_named_by_server_or_by_name() {
    for (destination, cluster) in [
        (json!({"name": "in-cluster"}), ClusterRef::Own),
        (
            json!({"server": "https://kubernetes.default.svc"}),
            ClusterRef::Own,
        ),
        (json!({"name": "east"}), ClusterRef::Named("east".to_owned())),
        (
            json!({"server": "https://c2"}),
            ClusterRef::Server("https://c2".to_owned()),
        ),
    ] {
        let unit = unit(&with("/spec/destination", destination), &Defaults::default()).expect("sound");
        assert_eq!(unit.destination.cluster, cluster);
    }
}

#[test]
fn an_application_elsewhere_marks_with_its_namespace() {
    let object = with("/metadata/namespace", json!("team"));
    let mut defaults = Defaults {
        tracking: TrackingMethod::AnnotationAndLabel,
        ..Defaults::default()
    };
    let marks = unit(&object, &defaults).expect("sound").marks;
    assert_eq!(
        marks.tracking.map(|tracking| tracking.owner).as_deref(),
        Some("team_my-app")
    );
    assert_eq!(marks.labels["app.kubernetes.io/instance"], "team_my-app");
    defaults.tracking = TrackingMethod::Label;
    assert_eq!(unit(&object, &defaults).expect("sound").marks.tracking, None);
}

#[test]
fn requests_are_read_and_told_apart() {
    let asked = |value: Value| {
        unit_of(&with("/operation", value))
            .request
            .expect("something is asked")
    };
    let first =
        asked(json!({"sync": {"prune": true, "revision": "abc"}, "initiatedBy": {"username": "ada"}}));
    assert_eq!(first.by, "ada");
    assert_eq!(
        first.action,
        RequestAction::Sync {
            prune: true,
            dry_run: false,
            revision: Some("abc".to_owned()),
            only: Vec::new(),
            hookless: false,
        }
    );
    assert_eq!(
        first,
        asked(json!({"initiatedBy": {"username": "ada"}, "sync": {"revision": "abc", "prune": true}}))
    );
    let second = asked(json!({"sync": {"revision": "HEAD", "dryRun": true}}));
    assert_ne!(first.token, second.token);
    assert_eq!(
        second.action,
        RequestAction::Sync {
            prune: false,
            dry_run: true,
            revision: None,
            only: Vec::new(),
            hookless: false,
        }
    );
    let refresh = unit_of(&with(
        "/metadata/annotations/argocd.argoproj.io~1refresh",
        json!("hard"),
    ));
    assert_eq!(
        refresh.request.map(|request| request.action),
        Some(RequestAction::Refresh)
    );
    let paused = with(
        "/metadata/annotations/argocd.argoproj.io~1skip-reconcile",
        json!("true"),
    );
    assert!(unit_of(&paused).suspended);
}

#[test]
fn deletion_takes_objects_along_only_when_asked() {
    let mut object = with(
        "/metadata/finalizers",
        json!(["resources-finalizer.argocd.argoproj.io", "x/y"]),
    );
    assert_eq!(deletion(&object), None);
    set(
        &mut object,
        "/metadata/deletionTimestamp",
        json!("2026-08-01T10:00:00Z"),
    );
    let asked = deletion(&object).expect("it is being deleted");
    assert!(asked.cascade);
    assert_eq!(asked.finalizers, ["resources-finalizer.argocd.argoproj.io"]);
    set(
        &mut object,
        "/spec/syncPolicy/syncOptions",
        json!(["Delete=false"]),
    );
    assert!(!deletion(&object).expect("it is being deleted").cascade);
    set(
        &mut object,
        "/metadata/finalizers",
        json!(["post-delete-finalizer.argocd.argoproj.io/cleanup"]),
    );
    set(&mut object, "/spec", Value::Null);
    let left = deletion(&object).expect("a broken spec does not hinder it");
    assert_eq!((left.cascade, left.finalizers.len()), (false, 1));
}

#[test]
fn what_is_not_done_is_told() {
    let object = with(
        "/spec",
        json!({
            "project": "secure",
            "source": {"repoURL": "a", "path": "b", "kustomize": {"version": "v4"}},
            "syncPolicy": {
                "syncOptions": ["Replace=true", "Colour=blue", "ServerSideApply=false"],
                "managedNamespaceMetadata": {"labels": {"a": "b"}},
            },
        }),
    );
    let fields: Vec<String> = warnings(&object)
        .iter()
        .map(|line| line.split([':', '=']).next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.syncPolicy.syncOptions",
            "spec.syncPolicy.syncOptions",
            "spec.syncPolicy.managedNamespaceMetadata",
            "spec.project",
            "spec.source.kustomize.version",
        ]
    );
}

#[test]
fn annotations_become_directives() {
    let read = |annotations: Value| directives(&json!({"metadata": {"annotations": annotations}}));
    let plain = read(Value::Null);
    assert_eq!(plain, plumb_model::Directives::default());
    assert_eq!(
        read(json!({"argocd.argoproj.io/sync-wave": "-5", "helm.sh/hook-weight": "9"})).wave,
        -5
    );
    assert_eq!(read(json!({"helm.sh/hook-weight": "9"})).wave, 9);
    let options = |text: &str| read(json!({"argocd.argoproj.io/sync-options": text}));
    let forced = options("Prune=false, Force=true,Replace=false");
    assert_eq!(
        (forced.prune, forced.replace),
        (Some(Removal::Forbidden), Some(false))
    );
    assert!(forced.force);
    let asks = options("Prune=confirm,Delete=confirm,PruneLast=true,Validate=false");
    assert_eq!(
        (asks.prune, asks.delete),
        (Some(Removal::Confirmed), Removal::Confirmed)
    );
    assert!(asks.prune_last && asks.lenient);
    let patient = options("Prune=true,SkipDryRunOnMissingResource=true,Replace=true");
    assert_eq!(
        (patient.prune, patient.replace),
        (Some(Removal::Allowed), Some(true))
    );
    assert!(patient.skip_missing_kind);
    let checks = read(json!({
        "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
        "argocd.argoproj.io/ignore-healthcheck": "true",
    }));
    assert!(checks.ignore_extraneous && checks.ignore_health);
}

#[test]
fn hooks_are_read_in_the_words_of_argo_cd_and_of_helm() {
    let read = |annotations: Value| directives(&json!({"metadata": {"annotations": annotations}}));
    let argo = "argocd.argoproj.io/hook";
    let helm = "helm.sh/hook";
    for (annotation, value, phases, ignore) in [
        (argo, "PreSync", vec![SyncPhase::PreSync], false),
        (
            argo,
            "PostSync, Sync",
            vec![SyncPhase::Sync, SyncPhase::PostSync],
            false,
        ),
        (
            argo,
            "SyncFail,PreDelete,PostDelete",
            vec![SyncPhase::PreDelete, SyncPhase::SyncFail, SyncPhase::PostDelete],
            false,
        ),
        (argo, "Skip", vec![], true),
        (helm, "pre-install,pre-upgrade", vec![SyncPhase::PreSync], false),
        (helm, "post-upgrade", vec![SyncPhase::PostSync], false),
        (helm, "pre-delete", vec![SyncPhase::PreDelete], false),
        (helm, "test", vec![], true),
        (helm, "crd-install", vec![], false),
    ] {
        let read = read(json!({annotation: value}));
        let found = read.hook.map(|hook| hook.phases).unwrap_or_default();
        assert_eq!((found, read.ignore), (phases, ignore), "{annotation}: {value}");
    }
    let both = read(json!({argo: "Sync", helm: "pre-install"}))
        .hook
        .expect("a hook");
    assert_eq!(both.phases, [SyncPhase::Sync], "the annotation of Argo CD wins");
    let policy = |ours: &str, helms: &str| {
        let hook = read(json!({
            argo: "Sync",
            "argocd.argoproj.io/hook-delete-policy": ours,
            "helm.sh/hook-delete-policy": helms,
        }));
        let hook = hook.hook.expect("a hook");
        (hook.delete_on_success, hook.delete_on_failure, hook.delete_before)
    };
    assert_eq!(policy("", ""), (false, false, true));
    assert_eq!(policy("HookSucceeded", ""), (true, false, false));
    assert_eq!(policy("HookSucceeded", "hook-failed"), (true, true, false));
    assert_eq!(
        policy("BeforeHookCreation", "hook-succeeded"),
        (true, false, true)
    );
}

#[test]
fn definitions_and_kept_objects_survive_deletion() {
    let kept = json!({"kind": "Secret", "metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}});
    assert!(survives_deletion(&kept));
    assert!(survives_deletion(&json!({"kind": "CustomResourceDefinition"})));
    assert!(!survives_deletion(&json!({"kind": "Secret"})));
}
