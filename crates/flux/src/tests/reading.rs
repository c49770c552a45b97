//! Kustomizations as units, GitRepositories as sources.

use std::{collections::BTreeMap, time::Duration};

use plumb_model::{
    ClusterRef, Directives, GroupKind, HealthExpressions, ObjectId, Reference, Removal, RenderMode,
    RequestAction, SecretRef,
};
use serde_json::{Value, json};

use super::{kustomization, merged, repository, unit_of, with};
use crate::{
    SubstituteFrom, UnitError, add_variables, deletion, directives, refresh_request, source, source_request,
    source_suspended, source_warnings, substitute_from, substitutes, suspend_patch, unit, warnings,
};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn the_guides_kustomization_is_a_unit() {
    let unit = unit_of(&kustomization());
    assert_eq!(unit.id.to_string(), "kustomization/flux-system/my-app");
    assert_eq!((unit.uid.as_str(), unit.generation), ("u-1", 4));
    assert_eq!(unit.source.url, "https://github.com/org/repo");
    assert_eq!(unit.source.reference, Reference::Branch("main".to_owned()));
    assert_eq!(unit.source.timeout, Some(MINUTE));
    assert_eq!(
        unit.source.object,
        Some(("flux-system".to_owned(), "my-app".to_owned()))
    );
    assert_eq!(unit.render.path, "./deploy/production");
    assert_eq!(unit.render.mode, RenderMode::Generate);
    assert_eq!((unit.render.overlay, unit.render.substitute), (Value::Null, None));
    assert_eq!(unit.destination.cluster, ClusterRef::Own);
    let sync = &unit.sync;
    assert!(sync.automated && sync.prune && sync.self_heal && sync.allow_empty);
    assert!(!sync.wait && !sync.force && !sync.create_namespace);
    assert_eq!(sync.interval, Some(5 * MINUTE));
    assert_eq!(sync.timeout, Duration::from_secs(270));
    assert_eq!((sync.retry.limit, sync.retry.wait(9)), (None, Some(5 * MINUTE)));
    assert_eq!(unit.field_manager, "kustomize-controller");
    assert_eq!(unit.marks.tracking, None);
    assert_eq!(unit.marks.labels["kustomize.toolkit.fluxcd.io/name"], "my-app");
    assert_eq!(
        unit.marks.labels["kustomize.toolkit.fluxcd.io/namespace"],
        "flux-system"
    );
    assert_eq!(
        (unit.suspended, unit.request, unit.hold, unit.deletion),
        (false, None, None, None)
    );
    assert_eq!(warnings(&kustomization()), Vec::<String>::new());
}

#[test]
fn every_field_has_its_place() {
    let mut object = kustomization();
    object["spec"] = json!({
        "sourceRef": {"kind": "GitRepository", "name": "my-app"},
        "prune": false, "selfHeal": false, "force": true, "wait": true, "suspend": true,
        "interval": "10m", "retryInterval": "2m", "timeout": "3m30s",
        "targetNamespace": "prod", "namePrefix": "p-", "nameSuffix": "-s",
        "commonMetadata": {"labels": {"l": "1"}, "annotations": {"a": "2"}},
        "components": ["../c"],
        "images": [{"name": "nginx", "newTag": "1.27"}],
        "patches": [{"patch": "p0", "target": {"kind": "Deployment"}}],
        "patchesStrategicMerge": [{"kind": "Service"}],
        "patchesJson6902": [{"target": {"kind": "Ingress"}, "patch": [{"op": "remove", "path": "/a"}]}],
        "postBuild": {"substitute": {"region": "eu"}},
        "dependsOn": [{"name": "base"}, {"name": "db", "namespace": "infra"}],
    });
    let unit = unit_of(&object);
    assert!(!unit.sync.prune && !unit.sync.self_heal && unit.sync.force && unit.sync.wait && unit.suspended);
    assert_eq!(unit.sync.interval, Some(10 * MINUTE));
    assert_eq!(unit.sync.retry.first, 2 * MINUTE);
    assert_eq!(unit.sync.timeout, Duration::from_secs(210));
    assert_eq!(unit.render.default_namespace.as_deref(), Some("prod"));
    assert_eq!(
        unit.render.overlay,
        json!({
            "namespace": "prod", "namePrefix": "p-", "nameSuffix": "-s",
            "components": ["../c"],
            "images": [{"name": "nginx", "newTag": "1.27"}],
            "patches": [
                {"patch": "p0", "target": {"kind": "Deployment"}},
                {"patch": r#"{"kind":"Service"}"#},
                {"patch": r#"[{"op":"remove","path":"/a"}]"#, "target": {"kind": "Ingress"}},
            ],
        })
    );
    assert_eq!(
        unit.render.labels,
        BTreeMap::from([("l".to_owned(), "1".to_owned())])
    );
    assert_eq!(
        unit.render.annotations,
        BTreeMap::from([("a".to_owned(), "2".to_owned())])
    );
    assert_eq!(
        unit.render.substitute,
        Some(BTreeMap::from([("region".to_owned(), "eu".to_owned())]))
    );
    let needs: Vec<String> = unit.depends_on.iter().map(ToString::to_string).collect();
    assert_eq!(
        needs,
        ["kustomization/flux-system/base", "kustomization/infra/db"]
    );
}

#[test]
fn a_short_interval_still_leaves_half_a_minute() {
    let object = with(kustomization(), "/spec/interval", json!("40s"));
    assert_eq!(unit_of(&object).sync.timeout, Duration::from_secs(30));
}

#[test]
fn references_have_their_order() {
    let full = "a".repeat(40);
    let of = |value: Value| {
        source(&with(repository(), "/spec/ref", value))
            .expect("sound")
            .reference
    };
    let all = json!({"branch": "b", "tag": "t", "semver": ">=1", "name": "refs/pull/1/head", "commit": full});
    let mut left = all;
    let mut seen = Vec::new();
    for key in ["commit", "name", "semver", "tag", "branch"] {
        seen.push(of(left.clone()));
        left[key] = Value::Null;
    }
    assert!(matches!(&seen[0], Reference::Commit(commit) if commit.as_str() == full));
    assert_eq!(
        seen[1..],
        [
            Reference::Name("refs/pull/1/head".to_owned()),
            Reference::SemVer(">=1".to_owned()),
            Reference::Tag("t".to_owned()),
            Reference::Branch("b".to_owned()),
        ]
    );
    assert_eq!(of(left), Reference::BranchOrHead("master".to_owned()));
}

#[test]
fn a_source_names_its_secret_and_pauses() {
    let object = with(repository(), "/spec/secretRef", json!({"name": "key"}));
    assert_eq!(
        source(&object).expect("sound").credentials,
        Some(SecretRef {
            namespace: "flux-system".to_owned(),
            name: "key".to_owned()
        })
    );
    assert!(!source_suspended(&object));
    let pause = plumb_model::Pause {
        by: "ada".to_owned(),
        reason: None,
        at: "2026-08-01T10:00:00Z".to_owned(),
        until: None,
    };
    assert!(source_suspended(&merged(&object, &suspend_patch(Some(&pause)))));
    assert_eq!(source_warnings(&object), Vec::<String>::new());
    let told = source_warnings(&with(object, "/spec/recurseSubmodules", json!(true)));
    assert_eq!(
        told,
        ["spec.recurseSubmodules: not supported yet; submodules are not read"]
    );
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let mut object = kustomization();
    object["spec"] = json!({
        "sourceRef": {"kind": "Bucket"},
        "decryption": {"provider": "sops"},
        "kubeConfig": {"configMapRef": {"name": "x"}},
        "path": "../../etc",
        "interval": "often",
        "dependsOn": [{"readyExpr": "true"}],
        "images": [{"newTag": "1"}],
        "postBuild": {"substitute": {"a": 1}},
    });
    let Err(UnitError::Spec(error)) = unit(&object, None) else {
        panic!("the Kustomization is unsound");
    };
    let fields: Vec<&str> = error
        .problems
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.sourceRef.kind",
            "spec.sourceRef.name",
            "spec.decryption",
            "spec.path",
            "spec.images[0].name",
            "spec.postBuild.substitute.a",
            "spec.interval",
            "spec.dependsOn[0].name",
            "spec.kubeConfig.configMapRef",
        ]
    );
    assert_eq!(
        error.problems[0].to_string(),
        "spec.sourceRef.kind: Bucket is not supported yet (use a GitRepository)"
    );
}

#[test]
fn a_source_that_is_wrong_is_told_with_its_name() {
    for (pointer, value, said) in [
        ("/spec/url", Value::Null, "spec.url: is missing"),
        (
            "/spec/verify",
            json!({"secretRef": {"name": "k"}}),
            "spec.verify: verification",
        ),
        ("/spec/provider", json!("azure"), "spec.provider: logging in"),
        (
            "/spec/ref/commit",
            json!("abc"),
            "spec.ref.commit: \"abc\" is not a commit id",
        ),
    ] {
        let error = unit(&kustomization(), Some(&with(repository(), pointer, value))).expect_err("unsound");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("GitRepository flux-system/my-app: {said}")),
            "{text}"
        );
    }
}

#[test]
fn a_missing_source_is_waited_for_except_on_the_way_out() {
    let missing = unit(&kustomization(), None).expect_err("there is no source");
    assert!(
        matches!(&missing, UnitError::NoSource { namespace, name } if namespace == "flux-system" && name == "my-app")
    );
    let leaving = with(
        kustomization(),
        "/metadata/deletionTimestamp",
        json!("2026-08-01T10:00:00Z"),
    );
    assert!(
        unit(&leaving, None)
            .expect("deletion needs no source")
            .deletion
            .is_some()
    );
}

#[test]
fn the_policy_decides_what_deletion_takes_along() {
    let mut object = with(
        kustomization(),
        "/metadata/finalizers",
        json!(["finalizers.fluxcd.io", "x/y"]),
    );
    assert_eq!(deletion(&object), None);
    object["metadata"]["deletionTimestamp"] = json!("2026-08-01T10:00:00Z");
    for (policy, prune, suspend, cascade) in [
        (Value::Null, true, false, true),
        (Value::Null, false, false, false),
        (json!("MirrorPrune"), true, false, true),
        (json!("Delete"), false, false, true),
        (json!("WaitForTermination"), false, false, true),
        (json!("Orphan"), true, false, false),
        (json!("Delete"), true, true, false),
    ] {
        object["spec"]["deletionPolicy"] = policy;
        object["spec"]["prune"] = prune.into();
        object["spec"]["suspend"] = suspend.into();
        let deletion = deletion(&object).expect("it is being deleted");
        assert_eq!(deletion.cascade, cascade, "{}", object["spec"]);
        assert_eq!(deletion.finalizers, ["finalizers.fluxcd.io"]);
    }
}

#[test]
fn variables_from_the_cluster_give_way_to_those_inline() {
    let object = with(
        kustomization(),
        "/spec/postBuild",
        json!({
            "substitute": {"a": "inline"},
            "substituteFrom": [{"kind": "ConfigMap", "name": "one"}, {"kind": "Secret", "name": "two", "optional": true}],
        }),
    );
    let from = |secret, name: &str, optional| SubstituteFrom {
        secret,
        namespace: "flux-system".to_owned(),
        name: name.to_owned(),
        optional,
    };
    assert_eq!(
        substitute_from(&object),
        [from(false, "one", false), from(true, "two", true)]
    );
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    };
    let mut unit = unit_of(&object);
    add_variables(
        &mut unit,
        [map(&[("a", "1"), ("b", "1"), ("c", "1")]), map(&[("b", "2")])],
    );
    assert_eq!(
        unit.render.substitute,
        Some(map(&[("a", "inline"), ("b", "2"), ("c", "1")]))
    );
}

#[test]
fn a_request_waits_until_it_is_answered() {
    let object = merged(&kustomization(), &refresh_request("2026-08-01T10:00:00Z"));
    let request = unit_of(&object).request.expect("a look is asked for");
    assert_eq!(
        (request.token.as_str(), request.action),
        ("2026-08-01T10:00:00Z", RequestAction::Refresh)
    );
    let answered = with(
        object,
        "/status/lastHandledReconcileAt",
        json!("2026-08-01T10:00:00Z"),
    );
    assert_eq!(unit_of(&answered).request, None);
    assert_eq!(source_request(&answered), None);
}

#[test]
fn what_is_not_done_is_told() {
    let mut object = kustomization();
    object["spec"]["ignoreMissingComponents"] = json!(true);
    assert_eq!(
        warnings(&object),
        ["spec.ignoreMissingComponents: not supported yet; a missing component is an error"]
    );
}

#[test]
fn what_is_waited_for_can_be_said() {
    let mut object = kustomization();
    object["spec"]["healthChecks"] =
        json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop"}]);
    object["spec"]["healthCheckExprs"] =
        json!([{"apiVersion": "a.io/v1", "kind": "X", "current": "true", "failed": "false"}]);
    object["spec"]["dependsOn"] = json!([{"name": "base", "readyExpr": "dep.status.done"}, {"name": "db"}]);
    let unit = unit_of(&object);
    assert!(unit.sync.wait);
    let web = ObjectId {
        kind: GroupKind::new("apps", "Deployment"),
        namespace: Some("shop".to_owned()),
        name: "web".to_owned(),
    };
    assert_eq!(unit.readiness.only, Some([web].into()));
    let expected = HealthExpressions {
        kind: GroupKind::new("a.io", "X"),
        current: "true".to_owned(),
        in_progress: None,
        failed: Some("false".to_owned()),
    };
    assert_eq!(unit.readiness.expressions, [expected]);
    let (base, db) = (&unit.depends_on[0], &unit.depends_on[1]);
    assert_eq!(unit.readiness.dependencies[base], "dep.status.done");
    assert!(!unit.readiness.dependencies.contains_key(db));
    object["spec"]["wait"] = json!(true);
    assert_eq!(unit_of(&object).readiness.only, None);
}

#[test]
fn an_expression_that_is_no_cel_is_told_before_anything_is_done() {
    let mut object = kustomization();
    object["spec"]["healthCheckExprs"] = json!([{"apiVersion": "v1", "kind": "X", "current": "status.=="}]);
    let error = unit(&object, Some(&repository())).unwrap_err();
    let UnitError::Expression(problems) = &error else {
        panic!("{error}");
    };
    assert_eq!(problems.problems[0].field, "spec.healthCheckExprs[0].current");
    let patch = crate::refused_status(&object, &error, "2026-08-01T10:00:00Z").unwrap();
    let conditions = patch["status"]["conditions"].as_array().unwrap();
    let told: Vec<(&str, &str)> = conditions
        .iter()
        .map(|condition| {
            (
                condition["type"].as_str().unwrap(),
                condition["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Ready", "InvalidCELExpression"),
            ("Stalled", "InvalidCELExpression")
        ]
    );
}

#[test]
fn annotations_and_labels_become_directives() {
    let nothing = Directives::default();
    let ignored = Directives {
        ignore: true,
        ..nothing.clone()
    };
    let untouched = Directives {
        prune: Some(Removal::Forbidden),
        delete: Removal::Forbidden,
        ignore: true,
        ..nothing.clone()
    };
    let kept = Directives {
        prune: Some(Removal::Forbidden),
        delete: Removal::Forbidden,
        ..nothing.clone()
    };
    let forced = Directives {
        force: true,
        ..nothing.clone()
    };
    let created = Directives {
        create_only: true,
        ..nothing.clone()
    };
    for place in ["annotations", "labels"] {
        for (key, value, expected) in [
            ("ssa", "ifnotpresent", &created),
            ("ssa", "Ignore", &ignored),
            ("ssa", "Merge", &nothing),
            ("ssa", "Override", &nothing),
            ("force", "Enabled", &forced),
            ("force", "disabled", &nothing),
            ("prune", "DISABLED", &kept),
            ("reconcile", "disabled", &untouched),
        ] {
            let key = format!("kustomize.toolkit.fluxcd.io/{key}");
            let object = json!({"metadata": {place: {key.as_str(): value}}});
            assert_eq!(directives(&object), *expected, "{place} {key}={value}");
        }
    }
    let exact =
        |value: &str| json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/substitute": value}}});
    assert!(!substitutes(&exact("disabled")));
    assert!(substitutes(&exact("Disabled")));
}

#[test]
fn ignored_fields_are_neither_compared_nor_applied() {
    let rules = json!([
        {"paths": ["/spec/replicas"], "target": {"kind": "Deployment", "name": "web-.*", "labelSelector": "tier=front"}},
        {"paths": ["/data/a~1b", "/metadata/annotations/x"]},
    ]);
    let sync = unit_of(&with(kustomization(), "/spec/ignore", rules)).sync;
    assert!(sync.keeps_ignored && sync.ignore.iter().all(|rule| rule.fields.kept));
    let target = &sync.ignore[0].target;
    assert_eq!(
        (target.kind.as_deref(), target.name.as_deref()),
        (Some("Deployment"), Some("web-.*"))
    );
    assert_eq!(
        (target.labels.as_deref(), target.group.as_deref()),
        (Some("tier=front"), None)
    );
    assert_eq!(
        sync.ignore[1].fields.pointers,
        ["/data/a~1b", "/metadata/annotations/x"]
    );
    let wrong = with(
        kustomization(),
        "/spec/ignore",
        json!([{"paths": ["spec.replicas"]}]),
    );
    let error = unit(&wrong, Some(&repository())).expect_err("it is no pointer");
    assert!(error.to_string().contains("spec.ignore[0].paths[0]"), "{error}");
}
