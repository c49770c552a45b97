//! The list of apps: what needs somebody first.
//!
//! Without script it is searched with `?q=` and sorted with `?sort=`; with it, the filter works while one types, and
//! rows change as their units do.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_model::UnitKind;
use serde::Deserialize;

use crate::{
    commits,
    layout::{self, Live},
    outside::Outside,
    row::{Column, Need, Row, Sort},
    site::Site,
    target::{path, segment},
    words,
};

/// So many rows are shown unless all are asked for: more than that nobody reads, and browsers become slow.
const ROWS: usize = 1000;

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Words to find.
    pub(crate) q: String,
    /// See [`Sort::parse`].
    pub(crate) sort: String,
    /// Show every row.
    pub(crate) all: bool,
}

/// The page.
pub(crate) async fn show(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Html<String> {
    let stamp = site.changes.stamp();
    let sort = Sort::parse(&asked.sort);
    let mut rows = rows(&site);
    let summary = summary(&rows);
    let total = rows.len();
    rows.retain(|row| row.matches(&asked.q));
    sort.sort(&mut rows);
    let found = rows.len();
    if !asked.all {
        rows.truncate(ROWS);
    }
    // Then the browser does not have every row, and must ask us to find more.
    let partial = rows.len() < total;
    let body = html! {
        div.head { h1 { "Apps" } div #summary .chips { (summary) } }
        (filter(&asked, sort))
        @if total == 0 {
            p.empty #empty { "No apps yet. Apply an Application or a Kustomization, and it appears here." }
        }
        p.empty #none hidden[found > 0 || total == 0] { "No app has all of these words." }
        table #list .list data-reversed=[sort.reversed.then_some("")] data-partial=[partial.then_some("")] hidden[total == 0] {
            caption.away { "Apps, sync, health, revision and last change" }
            (heads(&asked, sort))
            tbody { @for row in &rows { (row_markup(row, sort)) } }
        }
        @if rows.len() < found {
            p.empty {
                "Showing " (rows.len()) " of " (found) ". Find fewer, or "
                a href=(address(&asked.q, sort, true)) { "show all" } "."
            }
        }
    };
    let live = Live {
        stream: format!("/events?sort={}", sort.text()),
        stamp,
    };
    Html(layout::page("Apps", Some(&live), &body).into_string())
}

/// Every unit.
pub(crate) fn rows(site: &Site) -> Vec<Row> {
    site.units()
        .into_iter()
        .map(|(id, view)| Row::of(site, id, view))
        .collect()
}

/// How many there are, and of those that need somebody how many of which sort.
pub(crate) fn summary(rows: &[Row]) -> Markup {
    let count = |needs: &[Need]| rows.iter().filter(|row| needs.contains(&row.need())).count();
    let chips = [
        ("bad", "broken", count(&[Need::Broken])),
        ("warn", "waiting for approval", count(&[Need::Approval])),
        ("mute", "unclear", count(&[Need::Unclear])),
        ("warn", "out of sync", count(&[Need::OutOfSync])),
        ("busy", "on the way", count(&[Need::Moving])),
        (
            "warn",
            "held",
            rows.iter().filter(|row| row.view.report.held).count(),
        ),
        ("mute", "paused", count(&[Need::Paused])),
        ("good", "fine", count(&[Need::Good])),
    ];
    html! {
        span.chip { b { (rows.len()) } " in all" }
        @for (tone, what, count) in chips {
            @if count > 0 { span class={ "chip " (tone) } { b { (count) } " " (what) } }
        }
    }
}

/// One row.
pub(crate) fn row_markup(row: &Row, sort: Sort) -> Markup {
    let report = &row.view.report;
    let kind = match row.id.kind {
        UnitKind::Application => "Application",
        UnitKind::Kustomization => "Kustomization",
    };
    html! {
        tr #(key(row)) data-order=(Outside(row.order(sort.by))) {
            th scope="row" {
                a.name href=(path(&row.id)) { (Outside(&row.id.name)) }
                div.sub { (kind) " · " (Outside(&row.id.namespace)) }
                @if let Some(condition) = report.conditions.first() {
                    div.sub.trouble { (words::condition(condition.kind).0) }
                }
            }
            td { (words::sync(report.sync).badge()) @if report.held { " " span.badge.warn { span aria-hidden="true" { "↶" } " Held" } } }
            td { (words::health(report.health.status).badge()) }
            td.wide { (revision(row)) }
            td.wide { div { (Outside(row.change())) } div.sub { (words::when(row.changed_at())) } }
        }
    }
}

/// What tells the row of a unit from others in the page.
pub(crate) fn key(row: &Row) -> String {
    key_of(&row.id)
}

/// See [`key`].
pub(crate) fn key_of(id: &plumb_model::UnitId) -> String {
    format!("row-{}", segment(&id.to_string()))
}

fn revision(row: &Row) -> Markup {
    html! {
        @match commits::shown(&row.view) {
            Some(commit) => {
                code { (commit.short()) }
                @if let Some(told) = &row.told {
                    " " span.subject { (Outside(&told.subject)) }
                    div.sub { (Outside(&told.author)) }
                }
            }
            None => { span.sub { "none yet" } }
        }
    }
}

fn filter(asked: &Asked, sort: Sort) -> Markup {
    html! {
        form.filter role="search" action="/" method="get" {
            label.away for="q" { "Filter apps" }
            input #q type="search" name="q" value=(Outside(&asked.q)) placeholder="Filter: name, namespace, state, commit, author"
                autocomplete="off" spellcheck="false" aria-keyshortcuts="/" aria-controls="list";
            @if sort != Sort::parse("") { input type="hidden" name="sort" value=(sort.text()); }
            button type="submit" { "Filter" }
        }
    }
}

fn heads(asked: &Asked, sort: Sort) -> Markup {
    let head = |column: Column, text: &str, class: Option<&str>| {
        let here = sort.by == column;
        let next = Sort {
            by: column,
            reversed: here && !sort.reversed,
        };
        let aria = here.then_some(if sort.reversed { "descending" } else { "ascending" });
        html! {
            th scope="col" class=[class] aria-sort=[aria] {
                a href=(address(&asked.q, next, asked.all)) {
                    (text) @if here { " " span aria-hidden="true" { (if sort.reversed { "▾" } else { "▴" }) } }
                }
            }
        }
    };
    html! {
        thead { tr {
            (head(Column::Name, "App", None))
            (head(Column::Sync, "Sync", None))
            (head(Column::Health, "Health", None))
            th.wide scope="col" { "Revision" }
            (head(Column::Changed, "Last change", Some("wide")))
        } }
    }
}

fn address(q: &str, sort: Sort, all: bool) -> String {
    let all = if all { "&all=true" } else { "" };
    format!("/?sort={}&q={}{all}", sort.text(), segment(q))
}
