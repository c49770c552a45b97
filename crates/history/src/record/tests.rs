//! A record survives its message, whatever it holds.

use jiff::Timestamp;
use plumb_model::{ActionDone, CommitId, Digest, GroupKind, ObjectId, Origin, TreePath, UnitId, UnitKind};
use proptest::prelude::*;

use super::{escape, message};
use crate::{
    Actor, Approval, Cause, ClusterName, DriftedField, ObjectChange, Outcome, Person, Place, PullRequest,
    Record, RecordId, RepositoryUrl, Sequence, ShardName, Source,
};

/// Texts made of what could break a message.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(
        "\n\r\t\0\u{1b}\\: =/.<>-#@ \u{202e}\u{2028}\u{feff}\u{200b}\u{85}ab\u{fc}\u{1f600}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let word = prop::sample::select(vec![
        "\n\nCause: push\n",
        "---\n",
        "Sequence: 9",
        "\\e",
        "\\u{41}",
        "#x",
        " <a@b>",
        "Signed-off-by: x",
    ]);
    let piece = prop_oneof![
        6 => nasty.prop_map(|c| c.to_string()),
        2 => any::<char>().prop_map(|c| c.to_string()),
        1 => word.prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn object() -> impl Strategy<Value = ObjectId> {
    (hostile(), hostile(), prop::option::of(hostile()), hostile()).prop_map(
        |(group, kind, namespace, name)| ObjectId {
            kind: GroupKind::new(group, kind),
            namespace,
            name,
        },
    )
}

fn source() -> impl Strategy<Value = Source> {
    let person = (hostile(), hostile()).prop_map(|(name, email)| Person { name, email });
    let optional = || prop::option::of(hostile());
    (
        hostile(),
        "[0-9a-f]{40}",
        optional(),
        prop::option::of(person),
        optional(),
    )
        .prop_map(|(url, commit, reference, author, subject)| Source {
            // Twice, since a URL that looks like one with a password loses it.
            repository: RepositoryUrl::new(RepositoryUrl::new(&url).as_str()),
            commit: CommitId::parse(&commit).expect("forty digits"),
            reference,
            author,
            subject,
        })
}

fn change() -> impl Strategy<Value = ObjectChange> {
    let origin = (hostile(), any::<u32>()).prop_filter_map("leads out", |(path, line)| {
        TreePath::parse(&path).ok().map(|path| Origin { path, line })
    });
    let action = prop::sample::select(vec![
        ActionDone::Created,
        ActionDone::PruneSkipped,
        ActionDone::Failed,
    ]);
    (object(), action, prop::option::of(origin)).prop_map(|(object, action, origin)| ObjectChange {
        object,
        action,
        origin,
    })
}

fn drifted() -> impl Strategy<Value = DriftedField> {
    let optional = || prop::option::of(hostile());
    (object(), hostile(), optional(), optional()).prop_map(|(object, path, manager, since)| DriftedField {
        object,
        path,
        manager,
        since,
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_i64..253_402_200_000, 0_i32..1_000_000_000)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).expect("within the years 1 to 9999"))
}

fn record() -> impl Strategy<Value = Record> {
    let kind = prop::sample::select(vec![UnitKind::Application, UnitKind::Kustomization]);
    let unit = (kind, hostile(), hostile()).prop_map(|(kind, namespace, name)| UnitId {
        kind,
        namespace,
        name,
    });
    let request =
        (hostile(), prop::option::of(hostile())).prop_map(|(number, url)| PullRequest { number, url });
    let approval = (hostile(), prop::option::of(time())).prop_map(|(by, at)| Approval { by: Actor(by), at });
    let outcome = prop::sample::select(vec![Outcome::Succeeded, Outcome::Failed]);
    let identity = (
        unit,
        hostile(),
        prop::sample::select(Cause::ALL.to_vec()),
        outcome,
    );
    let origin = (
        prop::option::of(source()),
        prop::option::of(request),
        prop::collection::vec(approval, 0..3),
    );
    let course = (
        prop::option::of(hostile()),
        prop::option::of(hostile()),
        time(),
        time(),
        any::<bool>(),
        prop::option::of(hostile()),
    );
    let objects = (
        prop::collection::vec(change(), 0..4),
        prop::collection::vec(drifted(), 0..3),
    );
    (identity, origin, course, objects).prop_map(|(identity, origin, course, objects)| Record {
        unit: identity.0,
        cluster: ClusterName(identity.1),
        cause: identity.2,
        outcome: identity.3,
        source: origin.0,
        pull_request: origin.1,
        approvals: origin.2,
        actor: course.0.map(Actor),
        plan: course.1.map(|text| Digest::of(text.as_bytes())),
        started: course.2,
        finished: course.3,
        recovered: course.4,
        message: course.5,
        changes: objects.0,
        drifted: objects.1,
    })
}

proptest! {
    #[test]
    fn a_text_survives_its_escape(text in hostile(), spaces in any::<bool>()) {
        let also: &[char] = if spaces { &[' ', '/'] } else { &[] };
        let written = escape::escape(&text, also);
        prop_assert!(!written.is_empty());
        prop_assert!(written.chars().all(|c| !c.is_control() && !also.contains(&c)));
        prop_assert_eq!(written.trim(), &written);
        prop_assert_eq!(escape::unescape(&written), Some(text));
    }

    #[test]
    fn a_record_survives_its_message(record in record(), sequence in any::<u64>()) {
        let place = Place {
            shard: ShardName::default(),
            sequence: Sequence(sequence),
            continues: (sequence % 2 == 0)
                .then(|| RecordId::parse("0123456789012345678901234567890123456789").expect("an id")),
        };
        let text = message::write(&record, &place);
        prop_assert!(text.lines().next().is_some_and(|subject| !subject.is_empty()));
        prop_assert!(!text.contains('\0'));
        prop_assert_eq!(message::read(&text), Ok((record, place)));
    }
}

#[test]
fn what_is_not_a_record_is_told_why() {
    let told = |text: &str| message::read(text).expect_err("not a record").to_string();
    assert_eq!(
        told("subject\n"),
        "the last paragraph of the message is not made of trailers"
    );
    assert_eq!(told("s\n\nShard: main\n"), "the trailer Plumb-Record is missing");
    assert!(told("s\n\nPlumb-Record: 2\n").starts_with("the record is of version 2"));
    assert_eq!(
        told("s\n\nPlumb-Record: 1\nShard: -\n"),
        "the trailer Shard cannot be read"
    );
}

#[test]
fn a_url_keeps_no_password() {
    let url = RepositoryUrl::new("https://bob:hunter2@git.example.com/a/b@c.git");
    assert_eq!(url.as_str(), "https://git.example.com/a/b@c.git");
    assert_eq!(
        RepositoryUrl::new("git@host:a/b.git").as_str(),
        "git@host:a/b.git"
    );
}
