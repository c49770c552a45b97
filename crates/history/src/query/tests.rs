//! What a filter means, and how long a search takes.
#![allow(clippy::print_stdout, reason = "it tells what it measured")]

use std::{collections::BTreeMap, time::Instant};

use jiff::Timestamp;
use plumb_model::{ActionDone, CommitId, GroupKind, ObjectId, UnitId, UnitKind};

use super::{Cursor, Filter, Merge, is_field, is_object, is_person, is_unit};
use crate::{
    Cause, ClusterName, Entry, ObjectChange, Outcome, Person, Place, Record, RecordId, RepositoryUrl,
    Sequence, ShardName, Source, index::IndexFile,
};

#[test]
fn names_are_found_as_people_write_them() {
    let unit = "application/argocd/my-app";
    for query in [unit, "argocd/my-app", "my-app"] {
        assert!(is_unit(query, unit), "{query}");
    }
    assert!(!is_unit("app", unit));
    let object = "Deployment.apps/web/frontend";
    for query in [
        object,
        "frontend",
        "web/frontend",
        "deployment/frontend",
        "Deployment.apps/frontend",
    ] {
        assert!(is_object(query, object), "{query}");
    }
    for query in [
        "end",
        "db/frontend",
        "Service/frontend",
        "Deployment/db/frontend",
        "",
    ] {
        assert!(!is_object(query, object), "{query}");
    }
    assert!(is_field(".spec", ".spec.replicas") && is_field(".spec.replicas", ".spec.replicas"));
    assert!(is_field(".spec.containers", ".spec.containers[name=\"a\"].image"));
    assert!(!is_field(".spec.rep", ".spec.replicas"));
    assert!(is_person("ann", "Ann Author <ann@example.com>") && !is_person("", ""));
}

#[test]
fn a_cursor_survives_its_text() {
    let cursor = Cursor::parse("a:7,b-2:0").expect("a cursor");
    assert_eq!(cursor.to_string(), "a:7,b-2:0");
    assert!(Cursor::parse("").is_err() && Cursor::parse("a").is_err() && Cursor::parse("a:x").is_err());
}

/// `PLUMB_LEDGER_RECORDS=1000000 cargo test --release -p plumb-history indexed -- --nocapture` tells how long it takes.
#[test]
fn many_records_are_indexed_and_searched() {
    let count: usize =
        std::env::var("PLUMB_LEDGER_RECORDS").map_or(2000, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    let shard = ShardName::default();
    let start = Instant::now();
    let (mut file, mut index) = IndexFile::open(&path).expect("it opens");
    for number in 0..count {
        index.push(&entry(number));
        if number % 1000 == 999 {
            file.follow(&index).expect("written");
        }
    }
    file.follow(&index).expect("written");
    println!("made: {:?}", start.elapsed());
    let start = Instant::now();
    let read = IndexFile::read(&path);
    let bytes = std::fs::metadata(&path).expect("it is there").len();
    println!("read: {:?}, {} MB", start.elapsed(), bytes >> 20);
    assert_eq!(read.rows(), index.rows());
    let indexes = BTreeMap::from([(shard, read)]);
    let search = |what: &str, filter: &Filter, expected: usize| {
        let start = Instant::now();
        let found = Merge::new(&indexes, filter, None).take(50).count();
        let first = start.elapsed();
        let all = Merge::new(&indexes, filter, None).count();
        println!(
            "{what}: first 50 {first:?}, all {all} {:?}",
            start.elapsed() - first
        );
        assert_eq!((found, all), (expected.min(50), expected));
    };
    let text = |text: &str| Some(text.to_owned());
    let none = Filter::default();
    search("newest", &none, count);
    search(
        "unit",
        &Filter {
            unit: text("app-7"),
            ..none.clone()
        },
        count / 1000,
    );
    search(
        "cause",
        &Filter {
            cause: Some(Cause::Drift),
            ..none.clone()
        },
        count / 1000,
    );
    search(
        "no actor",
        &Filter {
            actor: text("nobody"),
            ..none.clone()
        },
        0,
    );
    search(
        "object",
        &Filter {
            object: text("Deployment/web-7"),
            ..none.clone()
        },
        count / 1000,
    );
    search(
        "no object",
        &Filter {
            object: text("Deployment/none"),
            ..none.clone()
        },
        0,
    );
    search(
        "commit",
        &Filter {
            commit: text(&format!("{:040x}", 3)),
            ..none.clone()
        },
        1,
    );
    let time = |second| Timestamp::from_second(second).ok();
    search(
        "time",
        &Filter {
            since: time(10),
            until: time(19),
            ..none
        },
        10,
    );
}

fn entry(number: usize) -> Entry {
    let time = Timestamp::from_second(i64::try_from(number).expect("small")).expect("in range");
    let id = format!("{number:040x}");
    Entry {
        id: RecordId::parse(&id).expect("an id"),
        parent: None,
        place: Place {
            shard: ShardName::default(),
            sequence: Sequence(number as u64 + 1),
            continues: None,
        },
        signed: false,
        record: Record {
            unit: UnitId {
                kind: UnitKind::Application,
                namespace: "argocd".to_owned(),
                name: format!("app-{}", number % 1000),
            },
            cluster: ClusterName("production".to_owned()),
            cause: if number % 1000 == 5 {
                Cause::Drift
            } else {
                Cause::Push
            },
            outcome: Outcome::Succeeded,
            source: Some(Source {
                repository: RepositoryUrl::new("https://git.example.com/a"),
                commit: CommitId::parse(&id).expect("an id"),
                reference: None,
                author: Some(Person {
                    name: format!("author {}", number % 50),
                    email: String::new(),
                }),
                subject: None,
            }),
            actor: None,
            pull_request: None,
            approvals: Vec::new(),
            plan: None,
            started: time,
            finished: time,
            message: None,
            changes: (0..3)
                .map(|part| ObjectChange {
                    object: ObjectId {
                        kind: GroupKind::new("apps", ["Deployment", "Service", "Ingress"][part]),
                        namespace: Some("web".to_owned()),
                        name: format!("web-{}", number % 1000),
                    },
                    action: ActionDone::Configured,
                    origin: None,
                })
                .collect(),
            drifted: Vec::new(),
            recovered: false,
        },
    }
}
