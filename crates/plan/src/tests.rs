use std::{collections::BTreeMap, sync::Arc, time::Duration};

use plumb_model::*;
use serde_json::{Value, json};

use super::*;

mod course;

fn unit() -> Unit {
    Unit {
        id: UnitId {
            kind: UnitKind::Application,
            namespace: "argocd".into(),
            name: "my-app".into(),
        },
        uid: "1".into(),
        generation: 1,
        source: SourceSpec {
            url: "https://github.com/org/repo".into(),
            reference: Reference::Head,
            credentials: None,
            interval: None,
            timeout: None,
            object: None,
        },
        render: RenderSpec {
            path: "apps/my-app".into(),
            ..RenderSpec::default()
        },
        destination: Destination {
            cluster: ClusterRef::Own,
            namespace: Some("production".into()),
        },
        sync: SyncPolicy {
            automated: true,
            prune: true,
            self_heal: true,
            allow_empty: false,
            create_namespace: true,
            wait: false,
            force: false,
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            interval: None,
            history_limit: 10,
            conduct: Conduct::default(),
            ignore: Vec::new(),
            keeps_ignored: false,
        },
        marks: Marks::default(),
        field_manager: "plumb".into(),
        acts_as: ActsAs::Plumb,
        suspended: false,
        pause: None,
        deletion: None,
        hold: None,
        request: None,
        approval: Approval::default(),
        depends_on: Vec::new(),
        readiness: plumb_model::Readiness::default(),
    }
}

fn object(kind: &str, name: &str) -> Object {
    let api_version = if kind == "Deployment" { "apps/v1" } else { "v1" };
    let namespace = if kind == "Namespace" {
        Value::Null
    } else {
        json!("production")
    };
    let body =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}});
    Object::new(
        body,
        Origin {
            path: TreePath::parse("a.yaml").unwrap(),
            line: 1,
        },
    )
    .unwrap()
}

fn revision(digit: char) -> Revision {
    Revision {
        commit: CommitId::parse(&digit.to_string().repeat(40)).unwrap(),
        name: Some("main".into()),
    }
}

const APPLY: Scope = Scope {
    extent: Extent::Apply,
    prune: true,
};

/// Plans `wanted` over `seen`; one line for each step and each verdict that is not Synced.
fn check(
    unit: &Unit,
    wanted: &[Object],
    seen: Vec<(Object, Live)>,
    scope: Scope,
) -> Result<String, PlanError> {
    let rendered = Rendered {
        objects: wanted.to_vec(),
        ..Rendered::default()
    };
    let inventory: BTreeMap<ObjectId, String> = seen
        .iter()
        .map(|(object, _)| (object.id.clone(), object.gvk.version.clone()))
        .collect();
    let objects = seen
        .into_iter()
        .map(|(object, live)| (object.id, Observation { live, health: None }))
        .collect();
    let observed = Observed {
        objects,
        namespace_exists: Some(false),
        ..Observed::default()
    };
    let revision = revision('a');
    let input = Input {
        unit,
        revision: Some(&revision),
        rendered: &rendered,
        inventory: &inventory,
        observed: &observed,
        scope,
        directives: |_| Directives::default(),
        course: None,
    };
    let plan = plan(input)?;
    let mut lines = Vec::new();
    for step in plan.steps() {
        let what = match &step.action {
            Action::CreateNamespace => "create namespace".to_owned(),
            Action::Apply { change, .. } => format!("apply ({})", change_name(change)),
            Action::Delete { .. } => "delete".to_owned(),
            Action::RunHook { .. } | Action::EndHook { .. } => "hook".to_owned(),
        };
        lines.push(format!("{} {what} {}", step.stage, step.id));
    }
    for verdict in plan
        .verdicts()
        .iter()
        .filter(|verdict| verdict.sync != SyncStatus::Synced)
    {
        lines.push(format!("{} {}", verdict.sync_word(), verdict.id));
    }
    Ok(lines.join("\n"))
}

fn change_name(change: &Change) -> String {
    match change {
        Change::Create => "create".into(),
        Change::Update => "update".into(),
        Change::TakeOver => "take over".into(),
        Change::Correct(fields) => fields
            .iter()
            .map(|field| {
                let manager = field.manager.as_deref().unwrap_or("nobody");
                format!(
                    "{} {:?} -> {:?} by {manager}",
                    field.path, field.live, field.desired
                )
            })
            .collect::<Vec<_>>()
            .join(", "),
    }
}

impl Verdict {
    fn sync_word(&self) -> String {
        format!(
            "{:?}{}",
            self.sync,
            if self.requires_pruning { " (prune)" } else { "" }
        )
    }
}

#[test]
fn an_empty_cluster_gets_namespaces_then_kinds_then_the_rest() {
    let crd = object("CustomResourceDefinition", "a.b");
    let wanted = [object("Deployment", "web"), object("ConfigMap", "settings"), crd];
    let done = check(&unit(), &wanted, Vec::new(), APPLY).unwrap();
    insta::assert_snapshot!(done, @r"
    0 create namespace Namespace production
    1 apply (create) CustomResourceDefinition production/a.b
    2 apply (create) ConfigMap production/settings
    2 apply (create) Deployment.apps production/web
    OutOfSync CustomResourceDefinition production/a.b
    OutOfSync ConfigMap production/settings
    OutOfSync Deployment.apps production/web
    ");
}

#[test]
fn a_token_is_not_sent_before_its_account_is_there() {
    let token = object("Secret", "robot-token");
    let mut body = token.body.as_ref().clone();
    body["type"] = "kubernetes.io/service-account-token".into();
    let wanted = [
        token.with_body(body).unwrap(),
        object("Secret", "key"),
        object("ServiceAccount", "robot"),
    ];
    let done = check(&unit(), &wanted, Vec::new(), APPLY).unwrap();
    let steps: Vec<&str> = done.lines().filter(|line| line.contains("apply")).collect();
    assert_eq!(
        steps,
        [
            "1 apply (create) ServiceAccount production/robot",
            "1 apply (create) Secret production/key",
            "2 apply (create) Secret production/robot-token",
        ]
    );
}

#[test]
fn what_is_settled_needs_nothing_and_what_git_changed_is_updated() {
    let (web, settings) = (object("Deployment", "web"), object("ConfigMap", "settings"));
    let seen = vec![(web.clone(), Live::Settled), (settings.clone(), Live::Outdated)];
    let mut unit = unit();
    unit.sync.create_namespace = false;
    let done = check(&unit, &[web, settings], seen, APPLY).unwrap();
    insta::assert_snapshot!(done, @r"
    0 apply (update) ConfigMap production/settings
    OutOfSync ConfigMap production/settings
    ");
}

#[test]
fn drift_names_the_field_and_who_took_it() {
    let web = object("Deployment", "web");
    let live = json!({"metadata": {"managedFields": [
        {"manager": "plumb", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:paused": {}}}},
        {"manager": "kubectl", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    ]}, "spec": {"replicas": 9}});
    let seen = vec![(
        web.clone(),
        Live::Present {
            body: Arc::new(live),
            predicted: Some(Arc::new(json!({"metadata": {}, "spec": {"replicas": 3}}))),
        },
    )];
    let mut unit = unit();
    unit.sync.create_namespace = false;
    let done = check(&unit, &[web], seen, APPLY).unwrap();
    insta::assert_snapshot!(done, @r"
    0 apply (.spec.replicas Some(Number(9)) -> Some(Number(3)) by kubectl) Deployment.apps production/web
    OutOfSync Deployment.apps production/web
    ");
}

#[test]
fn what_left_git_is_deleted_in_reverse_and_only_where_that_is_allowed() {
    let seen = || {
        vec![
            (object("ConfigMap", "old"), Live::Outdated),
            (object("Deployment", "old"), Live::Outdated),
            (object("Namespace", "old"), Live::Outdated),
            (object("Secret", "gone"), Live::Absent),
        ]
    };
    let mut unit = unit();
    unit.sync.create_namespace = false;
    let wanted = [object("ConfigMap", "new")];
    insta::assert_snapshot!(check(&unit, &wanted, seen(), APPLY).unwrap(), @"
    0 delete Deployment.apps production/old
    0 delete ConfigMap production/old
    1 delete Namespace old
    2 apply (create) ConfigMap production/new
    OutOfSync ConfigMap production/new
    OutOfSync (prune) Deployment.apps production/old
    OutOfSync (prune) ConfigMap production/old
    OutOfSync (prune) Namespace old
    ");
    let keep = Scope {
        prune: false,
        ..APPLY
    };
    assert!(!check(&unit, &wanted, seen(), keep).unwrap().contains("delete"));
}

#[test]
fn rendering_to_nothing_never_empties_a_unit_that_does_not_allow_it() {
    let seen = vec![(object("ConfigMap", "old"), Live::Outdated)];
    let mut unit = unit();
    let refused = check(&unit, &[], seen.clone(), APPLY);
    assert_eq!(
        refused,
        Err(PlanError::EmptyRefused {
            count: 1,
            path: "apps/my-app".into()
        })
    );
    unit.sync.allow_empty = true;
    unit.sync.create_namespace = false;
    insta::assert_snapshot!(check(&unit, &[], seen, APPLY).unwrap(), @"
    0 delete ConfigMap production/old
    OutOfSync (prune) ConfigMap production/old
    ");
}

#[test]
fn looking_changes_nothing() {
    let look = Scope {
        extent: Extent::Look,
        prune: true,
    };
    let seen = vec![(object("ConfigMap", "old"), Live::Outdated)];
    let done = check(&unit(), &[object("ConfigMap", "new")], seen, look).unwrap();
    insta::assert_snapshot!(done, @r"
    OutOfSync ConfigMap production/new
    OutOfSync (prune) ConfigMap production/old
    ");
}

#[test]
fn scope_follows_the_units_policy() {
    let mut unit = unit();
    let mut report = UnitReport::unknown();
    assert_eq!(scope(&unit, &report, &revision('a')).extent, Extent::Apply);
    report.applied = Some(revision('a'));
    unit.sync.self_heal = false;
    assert_eq!(
        scope(&unit, &report, &revision('a')).extent,
        Extent::Look,
        "applied already, and nothing heals"
    );
    assert_eq!(
        scope(&unit, &report, &revision('b')).extent,
        Extent::Apply,
        "a new commit"
    );
    unit.sync.automated = false;
    assert_eq!(
        scope(&unit, &report, &revision('b')).extent,
        Extent::Look,
        "nobody asked"
    );
    let action = RequestAction::Sync {
        prune: false,
        dry_run: false,
        revision: None,
        only: Vec::new(),
        hookless: false,
    };
    unit.request = Some(Request {
        token: "1".into(),
        action,
        by: "me".into(),
    });
    assert_eq!(
        scope(&unit, &report, &revision('b')),
        Scope {
            extent: Extent::Apply,
            prune: false
        }
    );
}

#[test]
fn secrets_are_hidden_in_diffs() {
    let mut secret = object("Secret", "key");
    secret = secret.with_body(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "data": {"a": "c2VjcmV0"}})).unwrap();
    let unit = unit();
    let rendered = Rendered {
        objects: vec![secret],
        ..Rendered::default()
    };
    let (inventory, observed) = (BTreeMap::new(), Observed::default());
    let revision = revision('a');
    let plan = plan(Input {
        unit: &unit,
        revision: Some(&revision),
        rendered: &rendered,
        inventory: &inventory,
        observed: &observed,
        scope: APPLY,
        directives: |_| Directives::default(),
        course: None,
    })
    .unwrap();
    let shown = format!("{:?}", diff(&plan, &observed));
    assert!(
        shown.contains("<hidden>") && !shown.contains("c2VjcmV0"),
        "{shown}"
    );
}

#[test]
fn an_object_of_another_unit_is_a_fault_only_where_that_is_said() {
    let web = object("Deployment", "web");
    let theirs = |value: &str| {
        let body = json!({"metadata": {"annotations": {"owner": value}}, "spec": {"paused": true}});
        let predicted = Some(Arc::new(json!({"metadata": {}, "spec": {"paused": false}})));
        vec![(
            web.clone(),
            Live::Present {
                body: Arc::new(body),
                predicted,
            },
        )]
    };
    let mut unit = unit();
    unit.marks.tracking = Some(Tracking {
        key: "owner".into(),
        owner: "my-app".into(),
    });
    let wanted = std::slice::from_ref(&web);
    let other = "other:apps/Deployment:production/web";
    assert!(check(&unit, wanted, theirs(other), APPLY).is_ok());
    unit.sync.conduct.fail_on_shared = true;
    let refused = check(&unit, wanted, theirs(other), APPLY)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("web belongs to other already"), "{refused}");
    for (value, why) in [
        ("my-app:apps/Deployment:production/web", "it is ours"),
        (
            "other:apps/Deployment:production/first",
            "it is a copy of another object",
        ),
        ("", "nobody says anything"),
    ] {
        assert!(check(&unit, wanted, theirs(value), APPLY).is_ok(), "{why}");
    }
}

#[test]
fn an_unknown_kind_is_told_unless_it_may_come_later() {
    let thing = object("Thing", "one");
    let seen = || vec![(thing.clone(), Live::UnknownKind)];
    let problem = |unit: &Unit, thing: &Object| {
        let rendered = Rendered {
            objects: vec![thing.clone()],
            ..Rendered::default()
        };
        let objects = seen()
            .into_iter()
            .map(|(object, live)| (object.id, Observation { live, health: None }));
        let observed = Observed {
            objects: objects.collect(),
            namespace_exists: None,
            ..Observed::default()
        };
        let revision = revision('a');
        let plan = plan(Input {
            unit,
            revision: Some(&revision),
            rendered: &rendered,
            inventory: &BTreeMap::new(),
            observed: &observed,
            scope: APPLY,
            directives: |_| Directives::default(),
            course: None,
        });
        plan.unwrap().verdicts()[0].problem.is_some()
    };
    let mut unit = unit();
    assert!(problem(&unit, &thing));
    let mut patient = thing.clone();
    patient.directives.skip_missing_kind = true;
    assert!(!problem(&unit, &patient));
    unit.sync.conduct.skip_missing_kinds = true;
    assert!(!problem(&unit, &thing));
}

#[test]
fn an_operation_under_way_is_gone_on_with_and_corrections_are_none() {
    let mut unit = unit();
    let mut report = UnitReport::unknown();
    report.applied = Some(revision('a'));
    assert_eq!(scope(&unit, &report, &revision('a')).extent, Extent::Heal);
    let running = |cause| OperationReport {
        phase: Phase::Running,
        message: String::new(),
        revision: Some(revision('b')),
        started_at: String::new(),
        finished_at: None,
        results: Vec::new(),
        cause,
        retries: 0,
        prune: false,
        pinned: true,
        only: Vec::new(),
        hookless: false,
    };
    unit.sync.automated = false;
    report.operation = Some(running(Cause::Manual { by: "me".into() }));
    let goes_on = Scope {
        extent: Extent::Apply,
        prune: false,
    };
    assert_eq!(scope(&unit, &report, &revision('b')), goes_on);
    assert_eq!(
        scope(&unit, &report, &revision('c')).extent,
        Extent::Look,
        "nobody asked for that one"
    );
    report.operation = Some(running(Cause::Drift));
    assert_eq!(scope(&unit, &report, &revision('b')).extent, Extent::Look);
}
