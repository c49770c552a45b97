//! Listing and searching.

use plumb_history::{
    Cause, Content, Cursor, DriftedField, Filter, Format, HistoryError, Ledger, Most, Outcome, Words,
};

use crate::fixture::{manual, objects, open, push, record, source_commit, time, unit};

fn found(ledger: &Ledger, filter: &Filter) -> Vec<u64> {
    let page = ledger.page(filter, None, 100).expect("a page");
    assert_eq!(ledger.count(filter), page.entries.len());
    page.entries.iter().map(|entry| entry.place.sequence.0).collect()
}

fn filled(folder: &std::path::Path) -> Ledger {
    let ledger = open(folder);
    for number in 1..=6 {
        push(&ledger, number % 3, number, 2);
    }
    let mut drift = record(2, 7, &[]);
    drift.cause = Cause::Drift;
    drift.drifted = vec![DriftedField {
        object: objects(2, 1, 1)[0].id.clone(),
        path: ".spec.replicas".to_owned(),
        manager: Some("kubectl-edit".to_owned()),
        since: None,
    }];
    ledger.append(drift, Content::Same).expect("recorded");
    let mut failed = manual(0, 8, "bob@example.com");
    failed.outcome = Outcome::Failed;
    ledger.append(failed, Content::Same).expect("recorded");
    ledger
}

#[test]
fn every_filter_finds_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path());
    let with = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        found(&ledger, &filter)
    };
    assert_eq!(with(&|_| {}), [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(with(&|f| f.unit = Some("app-0001".to_owned())), [4, 1]);
    assert_eq!(with(&|f| f.unit = Some("0001".to_owned())), [] as [u64; 0]);
    assert_eq!(with(&|f| f.cause = Some(Cause::Drift)), [7]);
    assert_eq!(with(&|f| f.outcome = Some(Outcome::Failed)), [8]);
    assert_eq!(with(&|f| f.actor = Some("BOB".to_owned())), [8]);
    assert_eq!(with(&|f| f.actor = Some("ann author".to_owned())).len(), 8);
    assert_eq!(
        with(&|f| f.object = Some("deployment/web-0".to_owned())),
        [7, 6, 5, 4, 3, 2, 1]
    );
    assert_eq!(with(&|f| f.field = Some(".spec".to_owned())), [7]);
    assert_eq!(with(&|f| f.cluster = Some("staging".to_owned())), [] as [u64; 0]);
    assert_eq!(
        with(&|f| f.commit = Some(source_commit(5).short().to_owned())),
        [5]
    );
    assert_eq!(
        with(&|f| {
            f.since = Some(time(3));
            f.until = Some(time(5));
        }),
        [5, 4, 3]
    );
    assert_eq!(
        with(&|f| {
            f.unit = Some("argocd/app-0002".to_owned());
            f.cause = Some(Cause::Push);
        }),
        [5, 2]
    );
}

#[test]
fn pages_go_on_where_the_last_ended_whatever_was_recorded_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path());
    let filter = Filter {
        cause: Some(Cause::Push),
        ..Filter::default()
    };
    let mut all = Vec::new();
    let mut cursor = None;
    for pages in 1.. {
        let page = ledger.page(&filter, cursor.as_ref(), 4).expect("a page");
        all.extend(page.entries.iter().map(|entry| entry.place.sequence.0));
        push(&ledger, 1, 100 + pages, 1);
        let Some(next) = page.next else { break };
        cursor = Some(Cursor::parse(&next.to_string()).expect("its own text"));
        assert!(pages < 5);
    }
    assert_eq!(all, [6, 5, 4, 3, 2, 1]);
}

#[test]
fn the_last_record_of_a_unit_is_known_and_what_lacks_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path());
    let last = ledger
        .last_of(&unit(2))
        .expect("it can be read")
        .expect("there is one");
    assert_eq!(last.record.cause, Cause::Drift);
    assert_eq!(ledger.last_of(&unit(9)).expect("it can be read"), None);
    let applied = |unit_number, number, second| plumb_history::Applied {
        unit: unit(unit_number),
        commit: source_commit(number),
        finished: time(second),
    };
    let statuses = [
        applied(1, 4, 4),
        applied(1, 4, 9),
        applied(9, 4, 4),
        applied(2, 99, 4),
    ];
    let missing = ledger.unrecorded(&statuses);
    assert_eq!(missing, [&statuses[1], &statuses[2], &statuses[3]]);
}

#[test]
fn a_reader_sees_what_a_writer_adds_and_needs_no_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let writer = filled(folder.path());
    let reader = Ledger::open_for_reading(folder.path()).expect("it opens");
    assert_eq!(reader.len(), 8);
    push(&writer, 1, 9, 1);
    writer.pack().expect("packed");
    push(&writer, 1, 10, 1);
    reader.refresh().expect("it can be read");
    assert_eq!(reader.len(), 10);
    for entry in reader
        .page(&Filter::default(), None, 100)
        .expect("a page")
        .entries
    {
        assert_eq!(writer.entry(entry.id).expect("it is there"), entry);
    }
    drop(writer);
    std::fs::remove_dir_all(folder.path().join("index")).expect("removed");
    let reopened = open(folder.path());
    assert_eq!(reopened.tips(), reader.tips());
    assert_eq!(
        reopened.page(&Filter::default(), None, 100).expect("a page"),
        reader.page(&Filter::default(), None, 100).expect("a page")
    );
}

#[test]
fn words_are_found_page_by_page_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path());
    let words = Words::of("REPLICAS app-0001");
    let first = ledger
        .search(&Filter::default(), &words, None, Most::found(1))
        .expect("a page");
    assert_eq!(first.entries[0].place.sequence.0, 4);
    let second = ledger
        .search(&Filter::default(), &words, first.next, Most::found(1))
        .expect("a page");
    assert_eq!(second.entries[0].place.sequence.0, 1);
    let none = ledger
        .search(&Filter::default(), &Words::of("nowhere"), None, Most::found(5))
        .expect("a page");
    assert!(none.entries.is_empty() && none.next.is_none());
    // A search that leaves off early tells where it was.
    let most = Most { found: 5, read: 6 };
    let early = ledger
        .search(&Filter::default(), &words, None, most)
        .expect("a page");
    assert_eq!(early.entries.len(), 1);
    let rest = ledger
        .search(&Filter::default(), &words, early.next, most)
        .expect("a page");
    assert_eq!(rest.entries[0].place.sequence.0, 1);
    assert!(rest.next.is_none());
    let mut text = String::new();
    let ids = ledger.ids(&Filter::default());
    ledger
        .export(&ids, &words, Format::JsonLines, |part| {
            text.push_str(part);
            Ok::<_, HistoryError>(())
        })
        .expect("exported");
    assert_eq!(text.lines().count(), 2);
}
