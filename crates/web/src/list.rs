//! The list of apps: what needs somebody first.
//!
//! It is searched with `?q=` and `?need=`, sorted with `?sort=` and paged with `?page=`, so that what one sees can be
//! shared; with script, the filter works while one types, and rows change as their units do.

use std::sync::Arc;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::Words;
use plumb_model::UnitKind;
use serde::Deserialize;

use crate::{
    commits,
    controls::{self, kept},
    layout::{self, Live},
    nav::Place,
    now::{self, Want},
    outside::Outside,
    paging::Paging,
    row::{Column, Need, Row, Sort},
    site::Site,
    target::{path, segment},
    words,
};

/// So many rows are on a page: more than that nobody reads, and browsers become slow.
const ROWS: usize = 100;

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Words to find.
    pub(crate) q: String,
    /// See [`Sort::parse`].
    pub(crate) sort: String,
    /// See [`Want::parse`].
    pub(crate) need: String,
    /// Which page.
    pub(crate) page: String,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Html<String> {
    let stamp = site.changes.stamp();
    let Query(asked) = asked.unwrap_or_default();
    let sort = Sort::parse(&asked.sort);
    let rows = rows(&site);
    let summary = summary(&rows);
    let needs_you = now::needs_you(&rows);
    let total = rows.len();
    let rows = sifted(rows, &asked);
    let paging = Paging::of(&asked.page, rows.len(), ROWS);
    let shown = &rows[paging.range()];
    // Then the browser does not have every row, and must ask us to find more.
    let partial = shown.len() < total;
    let body = html! {
        div.head { h1 { "Now" } div #summary .chips { (summary) } }
        (needs_you)
        (now::bands(&site).await)
        section aria-labelledby="apps" {
            h2 #apps { "Apps " span.count { (total) } }
            (filter(&asked, sort))
            @if total == 0 {
                p.empty #empty { "No apps yet. Apply an Application or a Kustomization, and it appears here." }
            }
            p.empty #none hidden[paging.total > 0 || total == 0] { "No app fits." }
            table #list .list data-reversed=[sort.reversed.then_some("")] data-partial=[partial.then_some("")] hidden[total == 0] {
                caption.away { "Apps, sync, health, revision and last change" }
                (heads(&asked, sort))
                tbody { @for row in shown { (row_markup(row, sort)) } }
            }
            div #pages { (paging.links(|page| address(&asked, sort, page))) }
        }
    };
    let live = Live {
        stream: format!("/events?sort={}", sort.text()),
        stamp,
    };
    Html(layout::at(Some(Place::Now), "Now", Some(&live), &body).into_string())
}

/// The units that are asked for, in that order.
pub(crate) fn found(site: &Site, asked: &Asked) -> Vec<Row> {
    sifted(rows(site), asked)
}

fn sifted(mut rows: Vec<Row>, asked: &Asked) -> Vec<Row> {
    let want = Want::parse(&asked.need);
    let wanted = Words::of(&asked.q);
    rows.retain(|row| want.is_none_or(|want| want.fits(row)) && row.matches(&wanted));
    Sort::parse(&asked.sort).sort(&mut rows);
    rows
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
            @if sort != Sort::parse("") { (kept("sort", &sort.text())) }
            label.away for="need" { "State" }
            select #need name="need" {
                option value="" { "every state" }
                @for want in Want::ALL { option value=(want.word()) selected[asked.need == want.word()] { (want.text()) } }
            }
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
                a href=(address(asked, next, "")) {
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

fn address(asked: &Asked, sort: Sort, page: &str) -> String {
    let values = [
        ("sort", &*sort.text()),
        ("q", &asked.q),
        ("need", &asked.need),
        ("page", page),
    ];
    controls::address("/", &values)
}
