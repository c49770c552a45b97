//! How fast documents are read, written, and copied, in bytes of their text.
//!
//! `cargo bench -p plumb-yaml`. `PLUMB_YAML_FILE=path` measures that file instead of generated texts.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    reason = "a bench is asked by its environment"
)]

mod inputs;

use divan::{Bencher, counter::BytesCount};
use plumb_yaml::{Dialect, Limits, Node, SourceId, emit_documents, parse};

/// Bytes of each text.
const SIZE: usize = 5 << 20;

fn main() {
    divan::main();
}

#[divan::bench(args = ["workloads", "definitions"])]
fn parse_v3(bencher: Bencher<'_, '_>, kind: &str) {
    let text = text(kind);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| read(&text));
}

#[divan::bench(args = ["workloads", "definitions"])]
fn parse_and_drop(bencher: Bencher<'_, '_>, kind: &str) {
    let text = text(kind);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| read(&text).len());
}

#[divan::bench(args = ["workloads", "definitions"])]
fn emit(bencher: Bencher<'_, '_>, kind: &str) {
    let documents = read(&text(kind));
    bencher
        .counter(BytesCount::of_str(&emit_documents(&documents)))
        .bench_local(|| emit_documents(&documents));
}

#[divan::bench(args = ["workloads", "definitions"])]
fn clone_and_drop(bencher: Bencher<'_, '_>, kind: &str) {
    let text = text(kind);
    let documents = read(&text);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| documents.clone().len());
}

/// A copy of which every document is changed at one deep place, as a patch does.
#[divan::bench(args = ["workloads", "definitions"])]
fn clone_change_and_drop(bencher: Bencher<'_, '_>, kind: &str) {
    let text = text(kind);
    let documents = read(&text);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut copies = documents.clone();
        for copy in &mut copies {
            if let Some(name) = copy
                .get_mut("metadata")
                .and_then(|metadata| metadata.get_mut("name"))
            {
                *name = Node::text("changed");
            }
        }
        copies.len()
    });
}

fn text(kind: &str) -> String {
    if let Some(path) = std::env::var_os("PLUMB_YAML_FILE") {
        return std::fs::read_to_string(path).expect("PLUMB_YAML_FILE names a text");
    }
    match kind {
        "workloads" => inputs::workloads(SIZE),
        _ => inputs::definitions(SIZE),
    }
}

fn read(text: &str) -> Vec<Node> {
    parse(text, SourceId(0), Dialect::V3, &Limits::default()).expect("the text is valid")
}
