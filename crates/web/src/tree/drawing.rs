//! The tree as a drawing, laid out here, so that browsers need not.
//!
//! **Invariant:** it says nothing that the treegrid below it does not, so those who cannot see it miss nothing.

use std::fmt::Write as _;

use maud::{Markup, html};
use plumb_model::UnitId;

use super::Node;
use crate::{outside::Outside, words};

/// Sizes, in pixels.
const WIDTH: usize = 210;
const HEIGHT: usize = 36;
const ACROSS: usize = 250;
const DOWN: usize = 44;
const EDGE: usize = 8;
/// The longest name that fits.
const LONGEST: usize = 26;

/// Where a node stands: how far down.
struct Places {
    rows: Vec<usize>,
    count: usize,
}

/// The drawing.
pub(super) fn svg(id: &UnitId, nodes: &[Node]) -> Markup {
    let places = places(nodes);
    let deepest = nodes.iter().map(|node| node.level).max().unwrap_or(0);
    let (width, height) = (
        deepest * ACROSS + WIDTH + EDGE * 2,
        places.count.max(1) * DOWN + EDGE * 2,
    );
    html! {
        div.drawing aria-hidden="true" {
            svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
                path.edges d=(edges(nodes, &places)) {}
                g transform={ "translate(" (EDGE) " " (EDGE) ")" } class="node plain" {
                    rect width=(WIDTH) height=(HEIGHT) rx="7" {}
                    text x="12" y="15" class="kind" { (id.kind.word()) }
                    text x="12" y="29" { (Outside(short(&id.name))) }
                }
                @for (index, node) in nodes.iter().enumerate() { (one(index, node, places.rows[index])) }
            }
        }
    }
}

fn one(index: usize, node: &Node, row: usize) -> Markup {
    let (x, y) = (node.level * ACROSS + EDGE, row * DOWN + EDGE);
    let health = node.health.as_ref().map(|health| words::health(health.status));
    let sync = node.sync.map(words::sync);
    html! {
        a href={ "#n" (index) } tabindex="-1" class={ "node " (health.as_ref().map_or("plain", words::Word::tone)) } transform={ "translate(" (x) " " (y) ")" } {
            rect width=(WIDTH) height=(HEIGHT) rx="7" {}
            text x="12" y="15" class="kind" {
                (Outside(&node.id.kind.kind))
                @if let Some(health) = &health { " · " (health.symbol()) " " (health.text) }
                @if let Some(sync) = sync.as_ref().filter(|sync| sync.text != "Synced") { " · " (sync.symbol()) " " (sync.text) }
            }
            text x="12" y="29" { (Outside(short(&node.id.name))) }
            title { (Outside(node.id.to_string())) @if !node.note.is_empty() { ": " (Outside(&node.note)) } }
        }
    }
}

/// Leaves below each other; what owns them beside the first.
fn places(nodes: &[Node]) -> Places {
    let mut rows = vec![0; nodes.len()];
    let mut next = 0;
    for (index, node) in nodes.iter().enumerate() {
        // The first child of its owner stands beside it; every other begins a row of its own.
        let first = match node.owner {
            Some(owner) => owner + 1 == index,
            None => index == 0,
        };
        if !first {
            next += 1;
        }
        rows[index] = next;
    }
    Places {
        rows,
        count: next + 1,
    }
}

/// One path for all edges: a browser draws one faster than a thousand.
fn edges(nodes: &[Node], places: &Places) -> String {
    let mut path = String::new();
    for (index, node) in nodes.iter().enumerate() {
        let from_row = node.owner.map_or(0, |owner| places.rows[owner]);
        let x = (node.level - 1) * ACROSS + WIDTH + EDGE;
        let middle = |row: usize| row * DOWN + EDGE + HEIGHT / 2;
        let _ = write!(
            path,
            "M{x} {}h20V{}h20",
            middle(from_row),
            middle(places.rows[index])
        );
    }
    path
}

fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    // The end of a name tells Pods from each other.
    let chars: Vec<char> = name.chars().collect();
    let head: String = chars[..LONGEST - 9].iter().collect();
    let tail: String = chars[chars.len() - 8..].iter().collect();
    format!("{head}…{tail}")
}
