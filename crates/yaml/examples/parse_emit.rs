//! Reads and writes generated text, for counting instructions; unlike times, they are the same on a busy machine.
//!
//! `valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/parse_emit 3` prints
//! `Collected : N`; fewer rounds subtract what making the texts costs:
//! instructions per round = (N of 3 rounds - N of 1 round) / 2. When this was written, 39 per byte read and 24 per byte
//! written.
//!
//! Arguments: how many rounds (1), and `parse` or `emit` to do only that (both; `emit` reads once).

#![allow(clippy::print_stdout, reason = "an example says what it did")]

#[path = "../benches/inputs.rs"]
mod inputs;

use plumb_yaml::{Dialect, Limits, Node, ParseError, SourceId, emit_documents, parse};
use std::hint::black_box;

/// Bytes of the text: half workloads, half definitions.
const SIZE: usize = 5 << 20;

fn main() -> Result<(), ParseError> {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments
        .next()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(1);
    let part = arguments.next().unwrap_or_default();
    let mut text = inputs::workloads(SIZE / 2);
    text.push_str(&inputs::definitions(SIZE / 2));
    let mut documents = Vec::new();
    let mut written = 0;
    for round in 0..rounds {
        if round == 0 || part != "emit" {
            documents = read(black_box(&text))?;
        }
        if part != "parse" {
            written = emit_documents(black_box(&documents)).len();
        }
    }
    println!(
        "{rounds} rounds: {} bytes, {} documents, {written} bytes written",
        text.len(),
        documents.len()
    );
    Ok(())
}

fn read(text: &str) -> Result<Vec<Node>, ParseError> {
    parse(text, SourceId(0), Dialect::V3, &Limits::default())
}
