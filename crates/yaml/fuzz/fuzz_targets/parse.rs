//! Any text: reading it neither panics nor hangs, both ways to read it agree, and what is written of it reads as the
//! same value again.
//!
//! `cargo fuzz run parse` in `crates/yaml`; with a stable toolchain, `RUSTC_BOOTSTRAP=1` before it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumb_yaml::{Dialect, Limits, Node, SourceId, Value, emit_documents, parse, parse_slowly};

const LIMITS: Limits = Limits {
    bytes: 1 << 16,
    depth: 60,
    nodes: 20_000,
    documents: 50,
};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::V3, Dialect::V2] {
        let quick = parse(text, SourceId(0), dialect, &LIMITS);
        let slow = parse_slowly(text, SourceId(0), dialect, &LIMITS);
        // Unlike `==`, this compares marks too.
        assert_eq!(format!("{quick:?}"), format!("{slow:?}"), "{dialect:?}");
        if let Ok(documents) = &quick
            && documents.iter().all(reads_back)
        {
            // Written as go-yaml v2 does, and read as such: document by document, for v2 reads only the first.
            for document in documents {
                let written = emit_documents([document]);
                let again = parse(&written, SourceId(0), Dialect::V2, &Limits::default());
                assert_eq!(again.as_deref(), Ok(std::slice::from_ref(document)), "{written}");
            }
        }
    }
});

/// Whether go-yaml v2 writes a value in a way that reads as the same. It does not for floats that are whole, some
/// characters, and keys that it takes for a merge.
fn reads_back(node: &Node) -> bool {
    let is_clear = |text: &str| !text.chars().any(|character| matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\r'));
    match node.value.plain() {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Uint(_) => true,
        Value::Float(_) | Value::Lexical(_) => false,
        Value::String(text) => is_clear(text),
        Value::Sequence(items) => items.iter().all(reads_back),
        Value::Mapping(mapping) => mapping
            .iter()
            .all(|(key, value)| is_clear(key) && key != "<<" && reads_back(value)),
    }
}
