//! YAML documents as kustomize reads and writes them, with the place of every node.
//!
//! **Invariant:** nothing here reads a file, and no input makes it panic or use memory beyond [`Limits`].
//! **Absent:** comments (the `edit` side of kustomize works on text), tags beyond the core schema.
//! **Start at** [`parse`] and [`emit`]; the tree is [`Node`].

mod emit;
mod node;
mod parse;
mod text;

pub use emit::{emit, emit_documents, emit_to, go_yaml_float, short_float};
pub use node::{Lexical, Mapping, Mark, Node, SourceId, Value, Written};
pub use parse::{
    AsWritten, Dialect, Limits, ParseError, ParseErrorKind, folded, parse, parse_keeping_texts, parse_slowly,
    parse_strictly,
};
pub use text::Text;
