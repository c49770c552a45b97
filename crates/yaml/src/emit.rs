//! Documents to text.

use crate::Node;

/// Writes a document as sigs.k8s.io/yaml's `JSONToYAML` does: go-yaml v2, keys in natural order, folded at 80 columns.
#[must_use]
pub fn emit(node: &Node) -> String {
    let _ = node;
    String::new()
}

/// Writes documents with `---` between them.
#[must_use]
pub fn emit_documents<'a>(documents: impl IntoIterator<Item = &'a Node>) -> String {
    documents.into_iter().map(emit).collect::<Vec<_>>().join("---\n")
}
