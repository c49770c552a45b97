//! The objects of an app and what they have brought forth, as a drawing and as a treegrid.
//!
//! **Invariant:** both show the same nodes in the same order; what is left out is counted where everybody sees it.
//! **Start at** [`tab`]; where nodes stand: [`drawing`].

mod drawing;
mod grid;
mod node;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use maud::{Markup, html};
use plumb_history::Words;
use plumb_model::UnitId;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use self::node::{Node, nodes};
use crate::{
    controls::address,
    fault::{ApiFault, Fault},
    outside::Outside,
    site::Site,
    target::Target,
};

/// With more nodes than this, only those that need somebody are shown unless all are asked for.
const CALM: usize = 300;
/// So many nodes are shown at most.
const MOST: usize = 3000;

/// Which nodes are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// `all`, `trouble`, or as fits.
    show: String,
    /// Words in names and kinds.
    q: String,
}

/// What is shown of a tree.
struct Shown {
    /// The nodes, owners first.
    nodes: Vec<Node>,
    /// How many there are in all.
    total: usize,
    /// Only those that need somebody are shown.
    trouble: bool,
    /// More would have been shown.
    cut: bool,
    gaps: Vec<String>,
}

/// The tab.
pub(crate) async fn tab(site: &Site, target: &Target, asked: &Asked) -> Result<Markup, Fault> {
    let shown = find(site, target, asked).await?;
    Ok(html! {
        section aria-labelledby="tree" {
            h2 #tree { "Tree " span.count { (shown.total) } }
            (filter(&target.id, asked, &shown))
            @for gap in &shown.gaps { p.banner.warn { (Outside(gap)) } }
            @if shown.nodes.is_empty() { p.empty { "Nothing to show." } } @else {
                (drawing::svg(&target.id, &shown.nodes))
                (grid::table(&target.id, &shown.nodes))
            }
        }
    })
}

/// What is shown of a target's tree.
async fn find(site: &Site, target: &Target, asked: &Asked) -> Result<Shown, Fault> {
    let unit = target.unit()?;
    let report = &target.view.report;
    let family = site.families.of(site, unit, report).await?;
    Ok(sift(nodes(report, &family), asked, family.gaps.clone()))
}

/// The same for programs: `GET /api/v1/apps/KIND/NAMESPACE/NAME/tree`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    target: Result<Target, Fault>,
) -> Result<Json<Value>, ApiFault> {
    let shown = find(&site, &target?, &asked).await?;
    let nodes = shown.nodes.iter().map(|node| {
        json!({
            "group": node.id.kind.group, "version": node.version, "kind": node.id.kind.kind,
            "namespace": node.id.namespace, "name": node.id.name, "level": node.level,
            "owner": node.owner.map(|owner| shown.nodes[owner].id.to_string()),
            "health": node.health, "sync": node.sync, "created": node.created, "note": node.note,
            "containers": node.containers,
        })
    });
    let nodes: Vec<Value> = nodes.collect();
    Ok(Json(
        json!({"nodes": nodes, "total": shown.total, "troubleOnly": shown.trouble, "gaps": shown.gaps}),
    ))
}

/// The nodes that are asked for, with all that they belong to.
fn sift(nodes: Vec<Node>, asked: &Asked, gaps: Vec<String>) -> Shown {
    let total = nodes.len();
    let trouble = match &*asked.show {
        "all" => false,
        "trouble" => true,
        _ => total > CALM && asked.q.trim().is_empty(),
    };
    let wanted = Words::of(&asked.q);
    let mut keep: Vec<bool> = nodes
        .iter()
        .map(|node| (!trouble || node.needs_somebody()) && node.matches(&wanted))
        .collect();
    // Owners come before what they own.
    for index in (0..nodes.len()).rev() {
        if let (true, Some(owner)) = (keep[index], nodes[index].owner) {
            keep[owner] = true;
        }
    }
    let mut places = vec![None; nodes.len()];
    let mut shown: Vec<Node> = Vec::new();
    for (index, mut node) in nodes.into_iter().enumerate() {
        if !keep[index] || shown.len() >= MOST {
            continue;
        }
        node.owner = node.owner.and_then(|owner| places[owner]);
        places[index] = Some(shown.len());
        shown.push(node);
    }
    let wanted = keep.iter().filter(|keep| **keep).count();
    Shown {
        cut: shown.len() < wanted,
        nodes: shown,
        total,
        trouble,
        gaps,
    }
}

fn filter(id: &UnitId, asked: &Asked, shown: &Shown) -> Markup {
    let path = crate::target::path(id);
    let to = |show: &str| address(&path, &[("tab", "tree"), ("show", show), ("q", &asked.q)]);
    html! {
        form.filter role="search" method="get" action=(path) {
            input type="hidden" name="tab" value="tree";
            @if !asked.show.is_empty() { input type="hidden" name="show" value=(Outside(&asked.show)); }
            label.away for="q" { "Find objects" }
            input #q type="search" name="q" value=(Outside(&asked.q)) placeholder="Kind or name" autocomplete="off" spellcheck="false";
            button type="submit" { "Find" }
        }
        p.chips {
            @if shown.nodes.len() < shown.total {
                span.chip.warn role="status" { "Showing " (shown.nodes.len()) " of " (shown.total) }
            }
            @if shown.trouble { span.chip { "unhealthy and changed, and what they belong to" } a href=(to("all")) { "Show all" } }
            @else { a href=(to("trouble")) { "Only what is unhealthy or changed" } }
            @if shown.cut { span.chip { "the first " (MOST) " only: find fewer" } }
        }
    }
}

#[cfg(test)]
mod tests;
