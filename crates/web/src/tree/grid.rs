//! The tree as a treegrid: what those who do not see the drawing, use a keyboard or hold a phone work with.

use maud::{Markup, html};
use plumb_model::UnitId;

use super::Node;
use crate::{outside::Outside, touch, words};

/// The treegrid.
pub(super) fn table(id: &UnitId, nodes: &[Node]) -> Markup {
    let places = siblings(nodes);
    html! {
        div.scroll tabindex="0" role="group" aria-labelledby="tree" {
            table.grid role="treegrid" aria-labelledby="tree" {
                thead { tr role="row" {
                    th role="columnheader" scope="col" { "Object" } th role="columnheader" scope="col" { "Health" }
                    th role="columnheader" scope="col" { "Sync" } th role="columnheader" scope="col" { "Age" }
                    th role="columnheader" scope="col" { "More" } th role="columnheader" scope="col" { span.away { "Do" } }
                } }
                tbody role="rowgroup" {
                    @for (index, node) in nodes.iter().enumerate() { (row(id, index, node, &places[index])) }
                }
            }
        }
    }
}

/// Where a node is among those of the same owner.
#[derive(Clone, Debug, Default)]
struct Sibling {
    position: usize,
    count: usize,
    owns: bool,
}

fn siblings(nodes: &[Node]) -> Vec<Sibling> {
    // By owner; that of the roots comes last.
    let mut counts = vec![0; nodes.len() + 1];
    let place = |node: &Node| node.owner.unwrap_or(nodes.len());
    let mut places: Vec<Sibling> = nodes
        .iter()
        .map(|node| {
            counts[place(node)] += 1;
            Sibling {
                position: counts[place(node)],
                ..Sibling::default()
            }
        })
        .collect();
    for (index, node) in nodes.iter().enumerate() {
        places[index].count = counts[place(node)];
        places[index].owns = counts[index] > 0;
    }
    places
}

fn row(id: &UnitId, index: usize, node: &Node, place: &Sibling) -> Markup {
    let tab = if index == 0 { "0" } else { "-1" };
    html! {
        tr #{ "n" (index) } role="row" tabindex=(tab) aria-level=(node.level) aria-posinset=(place.position) aria-setsize=(place.count)
            aria-expanded=[place.owns.then_some("true")]
        {
            th role="rowheader" scope="row" class={ "level-" (node.level.min(6)) } {
                span.sub { (Outside(&node.id.kind.kind)) } " " (Outside(&node.id.name))
                @if let Some(namespace) = node.id.namespace.as_ref().filter(|_| node.level == 1) { div.sub { (Outside(namespace)) } }
            }
            td role="gridcell" {
                @match &node.health {
                    Some(health) => {
                        (words::health(health.status).badge())
                        @if !health.message.is_empty() { div.sub { (Outside(&health.message)) } }
                    }
                    None => { span.sub { "–" } }
                }
            }
            td role="gridcell" { @match node.sync { Some(sync) => (words::sync(sync).badge()), None => span.sub { "–" } } }
            td role="gridcell" { (words::when(&node.created)) }
            td role="gridcell" { (Outside(&node.note)) }
            td.end.deeds role="gridcell" { (touch::links(id, node)) }
        }
    }
}
