//! Units, objects and records to put into ledgers.

use std::{path::Path, process::Command};

use jiff::Timestamp;
use plumb_history::{
    Actor, Cause, ClusterName, Content, Entry, Ledger, LedgerOptions, ObjectChange, Outcome, Person,
    PullRequest, Record, RepositoryUrl, ShardName, Source,
};
use plumb_model::{ActionDone, CommitId, Digest, Object, Origin, TreePath, UnitId, UnitKind};
use serde_json::json;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;

pub(crate) fn unit(number: usize) -> UnitId {
    UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: format!("app-{number:04}"),
    }
}

pub(crate) fn time(seconds: usize) -> Timestamp {
    Timestamp::from_second(START + i64::try_from(seconds).expect("small")).expect("in range")
}

/// Objects of a unit: Deployments that differ by `version` in the first of them only, and a Secret.
pub(crate) fn objects(unit: usize, count: usize, version: usize) -> Vec<Object> {
    (0..count)
        .map(|number| {
            let replicas = if number == 0 { version } else { 1 };
            let origin = Origin {
                path: TreePath::parse(&format!("apps/{unit}/deploy-{number}.yaml")).expect("inside"),
                line: 1,
            };
            let body = if number == 1 {
                json!({"apiVersion": "v1", "kind": "Secret",
                    "metadata": {"name": "login", "namespace": "web"},
                    "stringData": {"password": format!("hunter2-{unit}")}})
            } else {
                json!({"apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": {"name": format!("web-{number}"), "namespace": "web",
                        "labels": {"app": format!("app-{unit}"), "team": "shop"}},
                    "spec": {"replicas": replicas,
                        "selector": {"matchLabels": {"app": format!("app-{unit}-{number}")}},
                        "template": {"metadata": {"labels": {"app": format!("app-{unit}-{number}")}},
                            "spec": {"containers": [{"name": "web",
                                "image": format!("registry.example/web-{unit}:{number}"),
                                "ports": [{"containerPort": 8080}],
                                "resources": {"limits": {"memory": "64Mi"}}}]}}}})
            };
            Object::new(body, origin).expect("an object")
        })
        .collect()
}

pub(crate) fn source_commit(number: usize) -> CommitId {
    CommitId::parse(&Digest::of(&number.to_be_bytes()).to_string()[..40]).expect("forty digits")
}

/// What is recorded when `unit` got the commit `number`.
pub(crate) fn record(unit_number: usize, number: usize, objects: &[Object]) -> Record {
    Record {
        unit: unit(unit_number),
        cluster: ClusterName("production".to_owned()),
        cause: Cause::Push,
        outcome: Outcome::Succeeded,
        source: Some(Source {
            repository: RepositoryUrl::new("https://git.example.com/shop/deploy.git"),
            commit: source_commit(number),
            reference: Some("main".to_owned()),
            author: Some(Person {
                name: "Ann Author".to_owned(),
                email: "ann@example.com".to_owned(),
            }),
            subject: Some(format!("Set replicas to {number}")),
        }),
        actor: None,
        pull_request: Some(PullRequest {
            number: format!("#{number}"),
            url: None,
        }),
        approvals: Vec::new(),
        plan: Some(Digest::of(&number.to_le_bytes())),
        started: time(number),
        finished: time(number),
        message: None,
        changes: objects
            .iter()
            .take(1)
            .map(|object| ObjectChange {
                object: object.id.clone(),
                action: ActionDone::Configured,
                origin: Some(object.origin.clone()),
            })
            .collect(),
        drifted: Vec::new(),
        recovered: false,
    }
}

/// Records a push to a unit of `count` objects.
pub(crate) fn push(ledger: &Ledger, unit: usize, number: usize, count: usize) -> Entry {
    let objects = objects(unit, count, number);
    ledger
        .append(record(unit, number, &objects), Content::Objects(&objects))
        .expect("recorded")
}

/// A record by hand that changes no objects.
pub(crate) fn manual(unit: usize, number: usize, by: &str) -> Record {
    Record {
        cause: Cause::Manual,
        actor: Some(Actor(by.to_owned())),
        changes: Vec::new(),
        ..record(unit, number, &[])
    }
}

pub(crate) fn open(folder: &Path) -> Ledger {
    Ledger::open(folder, LedgerOptions::default()).expect("the ledger opens")
}

pub(crate) fn open_shard(folder: &Path, shard: &str) -> Ledger {
    let options = LedgerOptions {
        shard: ShardName::parse(shard).expect("a name"),
        ..LedgerOptions::default()
    };
    Ledger::open(folder, options).expect("the ledger opens")
}

/// Runs git on the ledger in `folder`; `None` where there is no git.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("--git-dir")
        .arg(folder.join("ledger.git"))
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", folder)
        .output();
    let Ok(output) = output else {
        println!("skipped: there is no git program");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    Some(text(&output.stdout) + &text(&output.stderr))
}
