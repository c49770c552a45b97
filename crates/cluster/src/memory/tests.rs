use std::sync::Arc;

use plumb_expressions::lua::Script;
use plumb_health::{Rules, ScriptRule};
use plumb_model::{Digest, GroupVersionKind, Health, HealthStatus};
use plumb_schema::FieldSet;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{Finding, Key, LiveChange, LiveEvent, Record, Table};
use crate::{ownership, watcher::Seen};

const MANAGER: &str = "plumb";

fn object(version: u64, image: &str) -> Value {
    json!({"apiVersion": "example.org/v1", "kind": "Thing",
        "metadata": {"name": "web", "namespace": "a", "resourceVersion": version.to_string(), "managedFields": [
            {"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:image": {}}}}]},
        "spec": {"image": image, "replicas": version}})
}

fn line(event: &str, object: &Value) -> Seen {
    Seen::Line(json!({"type": event, "object": object}).to_string().into())
}

fn record(body: &Value) -> Record {
    let fields = FieldSet::decode(&json!({"f:spec": {"f:image": {}}})).unwrap();
    Record {
        desired: Digest::of(b"desired"),
        projection: ownership::projection(&fields, MANAGER, body),
        fields: Arc::new(fields),
        finding: Finding::Settled,
    }
}

fn key() -> Key {
    Key::new(Some("a"), "web")
}

fn table() -> (Table, broadcast::Receiver<LiveEvent>) {
    let (sender, events) = broadcast::channel(16);
    (
        Table::new(
            GroupVersionKind::new("example.org", "v1", "Thing"),
            sender,
            Rules::default(),
        ),
        events,
    )
}

/// A table in which `web` was applied as of version 5.
fn settled() -> (Table, broadcast::Receiver<LiveEvent>) {
    let (mut table, events) = table();
    table.begin();
    table.end(1);
    table.hold(&key(), MANAGER);
    let body = Arc::new(object(5, "one"));
    table.learn(&key(), &body, Some(record(&body)));
    table.release(&key());
    (table, events)
}

fn told(events: &mut broadcast::Receiver<LiveEvent>) -> Vec<LiveChange> {
    std::iter::from_fn(|| events.try_recv().ok())
        .map(|event| event.kind)
        .collect()
}

#[test]
fn only_a_change_of_our_fields_is_drift() {
    let (mut table, mut events) = settled();
    table.event(line("MODIFIED", &object(6, "one")));
    assert_eq!(told(&mut events), []);
    table.event(line("MODIFIED", &object(7, "two")));
    assert_eq!(told(&mut events), [LiveChange::Drifted]);
    assert!(!table.entry(&key()).unwrap().is_unchanged());
    table.event(line("MODIFIED", &object(8, "one")));
    assert_eq!(told(&mut events), [LiveChange::Settled]);
}

#[test]
fn losing_a_field_to_another_manager_is_drift_though_its_value_stays() {
    let (mut table, mut events) = settled();
    let mut taken = object(6, "one");
    taken["metadata"]["managedFields"][0]["manager"] = json!("other");
    table.event(line("MODIFIED", &taken));
    assert_eq!(told(&mut events), [LiveChange::Drifted]);
}

#[test]
fn an_event_older_than_the_answer_of_an_apply_says_nothing() {
    let (mut table, mut events) = settled();
    table.event(line("MODIFIED", &object(4, "before")));
    table.event(line("MODIFIED", &object(5, "one")));
    assert_eq!(told(&mut events), []);
    assert!(table.entry(&key()).unwrap().is_unchanged());
}

#[test]
fn an_event_that_overtakes_the_answer_is_judged_when_the_answer_comes() {
    let (mut table, mut events) = settled();
    table.hold(&key(), MANAGER);
    // Our own write, version 6, was changed by somebody else (7) before its answer reached us.
    table.event(line("MODIFIED", &object(6, "two")));
    table.event(line("MODIFIED", &object(7, "three")));
    let answer = Arc::new(object(6, "two"));
    table.learn(&key(), &answer, Some(record(&answer)));
    assert_eq!(told(&mut events), []);
    table.release(&key());
    assert_eq!(told(&mut events), [LiveChange::Drifted]);
    assert_eq!(table.entry(&key()).unwrap().version, 7);
}

#[test]
fn the_event_of_our_own_write_is_no_drift() {
    let (mut table, mut events) = settled();
    table.hold(&key(), MANAGER);
    table.event(line("MODIFIED", &object(6, "two")));
    let answer = Arc::new(object(6, "two"));
    table.learn(&key(), &answer, Some(record(&answer)));
    table.release(&key());
    table.event(line("MODIFIED", &object(6, "two")));
    assert_eq!(told(&mut events), []);
    assert!(table.entry(&key()).unwrap().is_unchanged());
}

#[test]
fn a_deleted_object_is_gone_and_a_late_answer_does_not_bring_it_back() {
    let (mut table, mut events) = settled();
    table.deleted(&line("DELETED", &object(9, "one")));
    assert_eq!(told(&mut events), [LiveChange::Gone]);
    assert!(!table.exists(&key()));
    let late = Arc::new(object(8, "one"));
    table.learn(&key(), &late, Some(record(&late)));
    assert!(!table.exists(&key()));
    table.event(line("ADDED", &object(10, "one")));
    assert_eq!(told(&mut events), [LiveChange::Drifted]);
    assert!(table.exists(&key()));
}

#[test]
fn a_new_list_tells_what_went_meanwhile_but_not_what_came_after_it() {
    let (mut table, mut events) = settled();
    table.begin();
    // The list is of version 4; the apply of version 5 came later.
    table.end(4);
    assert!(table.exists(&key()));
    table.begin();
    table.end(8);
    assert!(!table.exists(&key()));
    assert_eq!(told(&mut events), [LiveChange::Gone]);
}

#[test]
fn of_what_nobody_manages_only_its_existence_is_kept() {
    let (mut table, mut events) = table();
    table.begin();
    table.event(line("ADDED", &object(3, "one")));
    table.end(3);
    table.event(line("MODIFIED", &object(4, "two")));
    assert!(table.exists(&key()) && table.entry(&key()).is_none());
    table.deleted(&line("DELETED", &object(5, "two")));
    assert!(!table.exists(&key()));
    assert_eq!(told(&mut events), []);
}

#[test]
fn what_is_listed_while_somebody_waits_for_it_need_not_be_read_again() {
    let (mut table, _events) = table();
    table.hold(&key(), MANAGER);
    table.begin();
    table.event(line("ADDED", &object(3, "one")));
    table.end(3);
    let kept = table.entry(&key()).unwrap().kept().cloned();
    assert_eq!(kept.unwrap()["spec"]["image"], "one");
    table.release(&key());
    assert!(table.entry(&key()).unwrap().kept().is_none());
}

#[test]
fn other_rules_tell_another_health_of_an_object_that_stayed_as_it_was() {
    let (mut table, mut events) = settled();
    let script = |of: &str, text: &str| ScriptRule {
        of: of.to_owned(),
        written_in: of.to_owned(),
        script: Script::new(text),
    };
    let stopped = "return {status = 'Suspended', message = obj.spec.image}";
    assert!(!table.judge_by(&Rules::new(&[], vec![script("example.org/Other", stopped)])));
    assert!(table.judge_by(&Rules::new(&[], vec![script("example.org/Thing", stopped)])));
    let list = |table: &mut Table| {
        table.begin();
        table.event(line("ADDED", &object(5, "one")));
        table.end(9);
    };
    list(&mut table);
    let health = Some(Health::new(HealthStatus::Suspended, "one"));
    assert_eq!(told(&mut events), [LiveChange::HealthChanged(health.clone())]);
    list(&mut table);
    assert_eq!(told(&mut events), []);
    assert_eq!(table.entry(&key()).unwrap().health, health);
    assert!(table.judge_by(&Rules::default()));
    list(&mut table);
    assert_eq!(told(&mut events), [LiveChange::HealthChanged(None)]);
}
