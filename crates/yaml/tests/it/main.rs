//! What the outside sees of the crate, checked against what kustomize v5.8.2 does.

use plumb_yaml::{Dialect, Limits, SourceId, emit_documents, parse};

fn build(text: &str) -> String {
    match parse(text, SourceId(0), Dialect::V3, &Limits::default()) {
        Ok(documents) => emit_documents(&documents),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn reads_and_writes_a_resource() {
    let text = "# c\nkind: ConfigMap\nmetadata: {name: a, labels: {a10: x, a2: \"y\"}}\ndata:\n  t: |\n    one\n    two\n  l:\n    - 1.0\n    - on\n---\n---\nb: &x {c: 0644}\nd: *x\n";
    assert_eq!(
        build(text),
        "data:\n  l:\n  - 1\n  - \"on\"\n  t: |\n    one\n    two\nkind: ConfigMap\nmetadata:\n  labels:\n    a2: \"y\"\n    a10: x\n  name: a\n---\nb:\n  c: 420\nd:\n  c: 420\n"
    );
}
