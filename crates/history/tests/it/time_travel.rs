//! The state then, what changed, and who set a field.

use plumb_history::{At, Content, HistoryError, ObjectChange};
use plumb_model::ActionDone;
use serde_json::json;

use crate::fixture::{objects, open, push, record, source_commit, time, unit};

#[test]
fn the_state_then_is_what_was_rendered_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let first = push(&ledger, 1, 1, 3);
    push(&ledger, 2, 2, 2);
    push(&ledger, 1, 3, 2);
    ledger
        .append(record(2, 4, &[]), Content::Objects(&[]))
        .expect("recorded");
    ledger.pack().expect("packed");
    let names = |at: &At| {
        let states = ledger.state_at(at, None).expect("a state");
        let of_unit =
            |state: &plumb_history::UnitState| format!("{} {}", state.unit.name, state.objects.len());
        states.iter().map(of_unit).collect::<Vec<_>>()
    };
    assert_eq!(names(&At::Time(time(1))), ["app-0001 3"]);
    assert_eq!(names(&At::Record(first.id)), ["app-0001 3"]);
    assert_eq!(names(&At::Source(source_commit(2))), ["app-0001 3", "app-0002 2"]);
    assert_eq!(names(&At::Time(time(3))), ["app-0001 2", "app-0002 2"]);
    assert_eq!(names(&At::Newest), ["app-0001 2"]);
    let state = ledger
        .state_at(&At::Time(time(2)), Some(&unit(1)))
        .expect("a state");
    let web = state[0]
        .objects
        .iter()
        .find(|object| object.id.name == "web-0")
        .expect("it is there");
    let expected = &objects(1, 1, 1)[0];
    let node = plumb_yaml::Node::from_json(&expected.body, plumb_yaml::Mark::default());
    assert_eq!(web.text, plumb_yaml::emit(&node));
    for (at, told) in [
        (At::Time(time(0)), "the ledger has no record before"),
        (At::Source(source_commit(9)), "the ledger has no record of commit"),
    ] {
        let error = ledger.state_at(&at, None).expect_err("nothing yet");
        assert!(matches!(error, HistoryError::NotFound(_)));
        assert!(error.to_string().starts_with(told), "{error}");
    }
}

#[test]
fn a_diff_tells_units_and_objects_that_differ_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    push(&ledger, 1, 1, 3);
    push(&ledger, 2, 2, 3);
    push(&ledger, 1, 3, 3);
    push(&ledger, 3, 4, 1);
    let diff = ledger.diff(&At::Time(time(2)), &At::Newest).expect("a diff");
    let units: Vec<&str> = diff.iter().map(|diff| diff.unit.name.as_str()).collect();
    assert_eq!(units, ["app-0001", "app-0003"]);
    assert_eq!(diff[0].objects.len(), 1);
    let changed = &diff[0].objects[0];
    assert!(
        changed
            .before
            .as_ref()
            .is_some_and(|text| text.contains("replicas: 1\n"))
    );
    assert!(
        changed
            .after
            .as_ref()
            .is_some_and(|text| text.contains("replicas: 3\n"))
    );
    assert_eq!(diff[1].objects[0].before, None);
    let back = ledger.diff(&At::Newest, &At::Time(time(2))).expect("a diff");
    assert_eq!(back[1].objects[0].after, None);
    assert_eq!(ledger.diff(&At::Newest, &At::Newest).expect("a diff"), []);
}

#[test]
fn blame_finds_the_record_that_set_a_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    push(&ledger, 1, 1, 2);
    push(&ledger, 1, 2, 2);
    push(&ledger, 2, 3, 2);
    // The image changes, the replicas stay; then they go away and come back.
    let mut things = objects(1, 2, 2);
    let mut body = (*things[0].body).clone();
    body["spec"]["template"]["spec"]["containers"][0]["image"] = json!("other:2");
    things[0] = things[0].with_body(body).expect("an object");
    let mut fourth = record(1, 4, &things);
    fourth.changes = vec![ObjectChange {
        object: things[0].id.clone(),
        action: ActionDone::Configured,
        origin: Some(things[0].origin.clone()),
    }];
    ledger
        .append(fourth, Content::Objects(&things))
        .expect("recorded");
    let object = &things[0].id;
    let lines = ledger.blame(object, None, Some(&unit(1))).expect("known");
    let of = |path: &str| {
        let line = lines.iter().find(|line| line.path == path).expect(path);
        (line.entry.place.sequence.0, line.value.clone())
    };
    assert_eq!(of(".spec.replicas"), (2, json!(2)));
    assert_eq!(
        of(".spec.template.spec.containers[name=\"web\"].image"),
        (4, json!("other:2"))
    );
    assert_eq!(of(".metadata.name"), (1, json!("web-0")));
    let image = ledger
        .blame(object, Some(".spec.template.spec.containers"), Some(&unit(1)))
        .expect("known");
    assert_eq!(image.len(), 4);
    let line = image
        .iter()
        .find(|line| line.path.ends_with(".image"))
        .expect("the image");
    assert_eq!(
        line.origin.as_ref().map(ToString::to_string).as_deref(),
        Some("apps/1/deploy-0.yaml:1")
    );
    let source = line.entry.record.source.as_ref().expect("a push");
    assert_eq!(source.commit, source_commit(4));
    assert_eq!(
        line.entry
            .record
            .pull_request
            .as_ref()
            .map(|request| &*request.number),
        Some("#4")
    );
    let error = ledger
        .blame(object, Some(".spec.nothing"), None)
        .expect_err("no such field");
    assert!(matches!(error, HistoryError::NotFound(_)));
    // A unit that goes and comes back: what came back was set then.
    ledger
        .append(record(1, 5, &[]), Content::Objects(&[]))
        .expect("recorded");
    ledger
        .append(record(1, 6, &things), Content::Objects(&things))
        .expect("recorded");
    let lines = ledger
        .blame(object, Some(".spec.replicas"), Some(&unit(1)))
        .expect("known");
    assert_eq!(lines[0].entry.place.sequence.0, 6);
}
