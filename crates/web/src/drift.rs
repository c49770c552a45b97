//! Where and when the clusters left Git, and through whom: a strip of quarter hours for each app.
//!
//! **Invariant:** colour and pattern tell the cause, not how bad it is; beside each strip the same is said in words.

pub(crate) mod heat;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use jiff::Timestamp;
use maud::{Markup, html};
use plumb_history::Words;
use serde::Deserialize;
use serde_json::{Value, json};

use self::heat::{COLUMNS, Hand, Heat, Strip};
use crate::{
    controls::{address, choice, scrolling, text},
    fault::{ApiFault, Fault},
    gate,
    lately::{self, DRIFTS},
    layout,
    nav::Place,
    outside::Outside,
    paging::Paging,
    recorded,
    site::Site,
    target::path,
    words,
};

/// So many apps are on a page.
const ROWS: usize = 50;

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Words in names of apps.
    q: String,
    /// Through whom: see [`Hand::word`].
    by: String,
    /// The end of the day that is shown; empty = now.
    until: String,
    /// Which page.
    page: String,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let heat = find(&site, &asked).await;
    let body = html! {
        div.head { h1 { "Drift" } @if let Ok(heat) = &heat { (chips(heat)) } }
        p.sub { "Where the cluster was not as Git says, in quarter hours of a day; the colour and pattern tell through whom." }
        (form(&asked))
        @match &heat {
            Ok(heat) => (strips(heat, &asked)),
            Err(fault) => p.banner.bad role="alert" { (Outside(fault.why())) },
        }
    };
    Ok(Html(
        layout::at(Some(Place::Drift), "Drift", None, &body).into_string(),
    ))
}

/// The same for programs: `GET /api/v1/drift`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, ApiFault> {
    let heat = find(&site, &asked).await?;
    let units = heat.strips.iter().map(|strip| {
        let cells = strip.cells.iter().map(|(column, cell)| {
            json!({"from": heat.time(*column).to_string(), "by": cell.hand.word(), "times": cell.times})
        });
        json!({
            "unit": strip.unit.to_string(), "last": strip.last.to_string(), "managers": strip.managers,
            "fields": strip.fields, "now": strip.now, "cells": cells.collect::<Vec<_>>(),
        })
    });
    Ok(Json(
        json!({"until": heat.until.to_string(), "units": units.collect::<Vec<_>>()}),
    ))
}

async fn find(site: &Site, asked: &Asked) -> Result<Heat, Fault> {
    let mut heat = if asked.until.trim().is_empty() {
        let told = site.lately.told(site).await?;
        let mut heat = Heat::of(&told.drifts, told.now);
        heat.add_now(&site.units());
        heat
    } else {
        let until = plumb_history::until(asked.until.trim(), Timestamp::now())?;
        let mut drifts = recorded::ask(site, move |ledger| lately::drifts(ledger, until)).await?;
        let sight = gate::sight();
        drifts.retain(|entry| sight.sees(&entry.record.unit));
        Heat::of(&drifts, until)
    };
    let wanted = Words::of(&asked.q);
    heat.strips.retain(|strip| {
        let by = asked.by.is_empty() || strip.cells.values().any(|cell| cell.hand.word() == asked.by);
        by && wanted.all_in(&strip.unit.to_string())
    });
    Ok(heat)
}

/// The patterns that cells are filled with; once on every page that has strips.
pub(crate) fn patterns() -> Markup {
    html! {
        svg.away aria-hidden="true" width="1" height="1" { defs {
            pattern #by-person width="4" height="4" patternUnits="userSpaceOnUse" {
                rect.person width="4" height="4" {} path.ink d="M0 4L4 0" {}
            }
            pattern #by-controller width="4" height="4" patternUnits="userSpaceOnUse" {
                rect.controller width="4" height="4" {} circle.dot cx="2" cy="2" r="1" {}
            }
            pattern #by-unknown width="4" height="4" patternUnits="userSpaceOnUse" {
                rect.unknown width="4" height="4" {} path.ink d="M0 2H4" {}
            }
        } }
    }
}

/// A strip of a day.
pub(crate) fn strip(strip: &Strip) -> Markup {
    let said = format!("drift in {} of {COLUMNS} quarter hours", strip.cells.len());
    html! {
        svg.strip role="img" aria-label=(said) width=(COLUMNS * 5) height="18" viewBox={ "0 0 " (COLUMNS * 5) " 18" } preserveAspectRatio="none" {
            rect.back width=(COLUMNS * 5) height="18" {}
            @for hours in (0..COLUMNS).step_by(16) { path.hour d={ "M" (hours * 5) " 0V18" } {} }
            @for (column, cell) in &strip.cells {
                rect x=(column * 5) width="5" height="18" fill={ "url(#by-" (cell.hand.word()) ")" } {}
            }
        }
    }
}

/// What the patterns mean.
pub(crate) fn legend() -> Markup {
    html! {
        p.legend {
            @for hand in Hand::ALL {
                span {
                    svg.key aria-hidden="true" width="14" height="14" { rect width="14" height="14" fill={ "url(#by-" (hand.word()) ")" } {} }
                    " " (hand.text())
                } " "
            }
        }
    }
}

fn chips(heat: &Heat) -> Markup {
    html! {
        div.chips {
            span.chip { b { (heat.strips.len()) } @if heat.strips.len() == 1 { " app in a day" } @else { " apps in a day" } }
            @let now = heat.strips.iter().filter(|strip| strip.now).count();
            @if now > 0 { span.chip.warn { b { (now) } " right now" } }
            @if heat.records >= DRIFTS { span.chip.warn { "the newest " (DRIFTS) " records only" } }
        }
    }
}

fn form(asked: &Asked) -> Markup {
    let hands: Vec<(&str, &str)> = [("", "anybody")]
        .into_iter()
        .chain(Hand::ALL.map(|hand| (hand.word(), hand.text())))
        .collect();
    html! {
        form.fields role="search" aria-label="Drift" method="get" action="/drift" {
            (text("q", "App", &asked.q, "words in names"))
            (choice("by", "Through", &asked.by, &hands))
            (text("until", "The day before", &asked.until, "now, 2d, 2026-01-31"))
            div.field.end { button.main type="submit" { "Show" } }
        }
    }
}

fn strips(heat: &Heat, asked: &Asked) -> Markup {
    let paging = Paging::of(&asked.page, heat.strips.len(), ROWS);
    let to = |page: &str| {
        let values = [
            ("q", &*asked.q),
            ("by", &asked.by),
            ("until", &asked.until),
            ("page", page),
        ];
        address("/drift", &values)
    };
    let table = html! {
        table.list.heat {
            thead { tr {
                th scope="col" { "App" } th scope="col" { "The day, oldest first" } th scope="col" { "Last" }
                th scope="col" { "Through" } th scope="col" { "Fields" }
            } }
            tbody { @for one in &heat.strips[paging.range()] { tr {
                th scope="row" {
                    a.name href=(path(&one.unit)) { (Outside(&one.unit.name)) }
                    @if one.now { div { span.badge.warn { span aria-hidden="true" { "≠" } " now" } } }
                }
                td { (strip(one)) }
                td {
                    @match &one.record {
                        Some(record) => { a href={ "/audit/" (record) } { (words::when(&one.last.to_string())) } }
                        None => (words::when(&one.last.to_string())),
                    }
                }
                td { (Outside(one.managers.join(", "))) }
                td { @for field in one.fields.iter().take(4) { code { (Outside(field)) } " " } @if one.fields.len() > 4 { "…" } }
            } } }
        }
    };
    html! {
        section aria-labelledby="strips" {
            h2 #strips { "Apps " span.count { (heat.strips.len()) } }
            (patterns())
            (legend())
            @if heat.strips.is_empty() { p.empty { "No drift: every app was as Git says." } } @else { (scrolling("strips", &table)) }
            (paging.links(to))
        }
    }
}
