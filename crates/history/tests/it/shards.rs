//! Several writers, each with a chain of its own.

use plumb_history::{At, Cursor, Filter, VerifyOptions};

use crate::fixture::{git, objects, open_shard, push, time, unit};

#[test]
fn writers_of_one_folder_do_not_meet_and_readers_see_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (
        open_shard(folder.path(), "replica-1"),
        open_shard(folder.path(), "replica-2"),
    );
    push(&one, 1, 1, 3);
    push(&two, 2, 2, 3);
    push(&one, 1, 3, 3);
    // The unit goes to the other replica.
    push(&two, 1, 4, 2);
    one.pack().expect("packed");
    two.pack().expect("packed");
    one.refresh().expect("it can be read");
    assert_eq!(one.len(), 4);
    let mut numbers = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = one.page(&Filter::default(), cursor.as_ref(), 1).expect("a page");
        numbers.extend(page.entries.iter().map(|entry| entry.record.finished));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(numbers, [time(4), time(3), time(2), time(1)]);
    let now = one.state_at(&At::Newest, Some(&unit(1))).expect("a state");
    assert_eq!(
        now[0].objects.len(),
        2,
        "as the replica says that wrote of it last"
    );
    let then = one.state_at(&At::Time(time(3)), Some(&unit(1))).expect("a state");
    assert_eq!(then[0].objects.len(), 3);
    let diff = one.diff(&At::Time(time(3)), &At::Newest).expect("a diff");
    assert_eq!(diff.len(), 1);
    assert_eq!(diff[0].objects.len(), 2, "one changed, one left");
    let lines = one
        .blame(&objects(1, 1, 1)[0].id, Some(".spec.replicas"), None)
        .expect("known");
    assert_eq!(lines[0].entry.record.finished, time(4));
    let report = one.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good() && report.records == 4, "{report:?}");
    if let Some(told) = git(folder.path(), &["fsck", "--strict", "--full"]) {
        assert!(!told.contains("error"), "{told}");
    }
}
