//! The tree: copies that share memory, maps of any size, depth on a small stack.

use super::read;
use plumb_yaml::{Dialect, Limits, Mapping, Mark, Node, SourceId, Value, emit, parse, parse_slowly};
use proptest::prelude::*;

#[test]
fn nodes_are_small() {
    assert!(size_of::<Node>() <= 40, "{}", size_of::<Node>());
}

#[test]
fn nodes_go_between_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Node>();
}

#[test]
fn a_changed_copy_leaves_the_original() {
    let original = &read(
        "a: {b: {c: 1, d: a text of more than fifteen bytes}}\n",
        Dialect::V3,
    )
    .expect("valid")[0];
    let mut copy = original.clone();
    let inner = copy
        .get_mut("a")
        .and_then(|a| a.get_mut("b"))
        .expect("it is there");
    inner
        .as_mapping_mut()
        .expect("a map")
        .insert("c", Node::text("new"));
    assert_eq!(original.at(&["a", "b", "c"]), Some(&Value::Int(1).into()));
    assert_eq!(copy.at(&["a", "b", "c"]), Some(&Node::text("new")));
    assert_ne!(original, &copy);
}

#[test]
fn the_deepest_tree_fits_a_small_stack() {
    let block: String = (0..500)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let texts = [
        block,
        format!("{}1", "- ".repeat(500)),
        format!("{}1{}", "[".repeat(500), "]".repeat(500)),
        format!("{}1{}", "{a: ".repeat(500), "}".repeat(500)),
    ];
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for text in &texts {
            let documents = read(text, Dialect::V3).expect("500 levels are allowed");
            let mut copies = documents.clone();
            if let Some(mapping) = copies[0].as_mapping_mut() {
                mapping.insert("b", Node::default());
            }
            assert_eq!(documents, documents.clone());
            let json = documents[0].to_json();
            assert_eq!(Node::from_json(&json, Mark::default()), documents[0]);
            assert!(emit(&documents[0]).len() > 500);
        }
    });
    let ended = thread.expect("a thread can be started").join();
    assert!(ended.is_ok());
}

#[test]
fn deeper_trees_are_refused() {
    let block: String = (0..10_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert!(read(&block, Dialect::V3).is_err());
    for opener in ["- ", "[", "{a: "] {
        assert!(read(&opener.repeat(10_000), Dialect::V3).is_err(), "{opener}");
    }
}

/// With time that grows with the square of the keys, this would not end.
#[test]
fn maps_may_be_large() {
    const KEYS: usize = 200_000;
    let text: String = (0..KEYS)
        .map(|number| format!("key-{number}: {number}\n"))
        .collect();
    for dialect in [Dialect::V3, Dialect::V2] {
        let document = &read(&text, dialect).expect("valid")[0];
        let mapping = document.as_mapping().expect("a map");
        assert!((0..KEYS).all(|number| mapping.contains(&format!("key-{number}"))));
        let mut turned = Mapping::new();
        for (key, value) in mapping.iter().rev() {
            turned.insert(key, value.clone());
        }
        assert_eq!(&turned, mapping);
        turned.insert("key-7", Node::text("other"));
        assert_ne!(&turned, mapping);
        let collected: Mapping = turned.clone().into_iter().collect();
        assert_eq!(collected, turned);
    }
    let twice = format!("{text}key-7: 1\n");
    let error = read(&twice, Dialect::V3).expect_err("the key stands there twice");
    assert_eq!(
        error.to_string(),
        "line 200001, column 1: mapping key \"key-7\" already defined at line 8: remove one of the two"
    );
    let merged: String = (0..KEYS).map(|number| format!("  k{number}: 1\n")).collect();
    let merged = format!("a: &a\n{merged}b:\n  <<: *a\n{merged}");
    assert!(read(&merged, Dialect::V3).is_ok());
}

/// The same for the length of a line: JSON often has one.
#[test]
fn lines_may_be_long() {
    let items: Vec<String> = (0..100_000).map(|number| format!("{{\"é\":{number}}}")).collect();
    let text = format!("[{}]", items.join(","));
    for read in [parse, parse_slowly] {
        let documents = read(&text, SourceId(0), Dialect::V3, &Limits::default()).expect("valid");
        let last = documents[0]
            .as_sequence()
            .and_then(<[Node]>::last)
            .expect("an item");
        // Behind it, its 11 characters and a bracket end the text.
        assert_eq!(last.mark.column as usize, text.chars().count() - 11);
    }
}

/// What is done to a map.
#[derive(Clone, Debug)]
enum Step {
    Insert(u16),
    Remove(u16),
    Retain(u16),
    Change(u16),
    Copy,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..600_u16).prop_map(Step::Insert),
        4 => (0..600_u16).prop_map(Step::Remove),
        1 => (2..9_u16).prop_map(Step::Retain),
        4 => (0..600_u16).prop_map(Step::Change),
        1 => Just(Step::Copy),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Maps with and without an index do the same as a plain list.
    #[test]
    fn maps_keep_order(start in prop_oneof![Just(0_u16), 200..300_u16], steps in steps()) {
        let key = |number: u16| format!("key-{number}");
        let mut list: Vec<(u16, i64)> = (0..start).map(|number| (number, 0)).collect();
        let mut mapping: Mapping = list.iter().map(|(number, _)| (key(*number).into(), Value::Int(0).into())).collect();
        let mut copies = Vec::new();
        for (time, step) in (1_i64..).zip(steps) {
            let place = |number: u16| list.iter().position(|(known, _)| *known == number);
            match step {
                Step::Insert(number) => {
                    let before = mapping.insert(key(number), Value::Int(time).into());
                    prop_assert_eq!(before.is_some(), place(number).is_some());
                    match place(number) {
                        Some(place) => list[place].1 = time,
                        None => list.push((number, time)),
                    }
                }
                Step::Remove(number) => {
                    let removed = mapping.remove(&key(number));
                    prop_assert_eq!(removed, place(number).map(|place| Value::Int(list.remove(place).1).into()));
                }
                Step::Retain(divisor) => {
                    mapping.retain(|key, _| key.len() % usize::from(divisor) != 0);
                    list.retain(|(number, _)| key(*number).len() % usize::from(divisor) != 0);
                }
                Step::Change(number) => {
                    *mapping.entry_or_insert_with(&key(number), Node::default) = Value::Int(-time).into();
                    match place(number) {
                        Some(place) => list[place].1 = -time,
                        None => list.push((number, -time)),
                    }
                }
                Step::Copy => copies.push((mapping.clone(), list.clone())),
            }
        }
        copies.push((mapping, list));
        for (mapping, list) in copies {
            let found: Vec<_> = mapping.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
            let expected: Vec<_> = list.iter().map(|(number, value)| (key(*number), Value::Int(*value).into())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
