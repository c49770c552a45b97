//! One record: all that it says, and what it changed.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::{Entry, ObjectDiff, Record, Source};
use serde_json::{Value, json};

use crate::{
    controls::{address, scrolling},
    diff::{changes_or, switch},
    fault::{ApiFault, Fault},
    gate, layout,
    nav::Place,
    outside::Outside,
    recorded,
    site::Site,
    target::path,
    words,
};

/// So many objects and fields are listed.
const ROWS: usize = 500;

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(record): Path<String>,
) -> Result<Html<String>, Fault> {
    let (entry, diffs) = find(&site, record).await?;
    let record = &entry.record;
    let diffs: Vec<&ObjectDiff> = diffs.iter().collect();
    let body = html! {
        nav.trail aria-label="Where you are" {
            a href="/audit" { "Audit" } " / " span aria-current="page" { (entry.id.short()) }
        }
        div.head {
            div { h1 { (Outside(record.subject())) } p.sub { "Record " code { (entry.id) } } }
            p.states { (recorded::cause(record.cause).badge()) " " (recorded::outcome(record).badge()) }
        }
        @if let Some(message) = &record.message { p.message { (Outside(message)) } }
        (facts(&entry))
        div.actions {
            a.button href=(path(&record.unit)) { "Open the app" }
            a.button href=(address("/time", &[("at", &entry.id.to_string()), ("unit", &record.unit.to_string())])) { "The app just after it" }
            a.button href=(address("/audit", &[("unit", &record.unit.to_string())])) { "All records of the app" }
            @if let Some(parent) = entry.parent { a.button href={ "/audit/" (parent) } { "The record before it" } }
        }
        (objects(record))
        (fields(record))
        section aria-labelledby="diff" {
            h2 #diff { "What Git says, before and after " span.count { (diffs.len()) } }
            (switch())
            (changes_or(&diffs, "The same as before: nothing of what Git says of the app changed."))
        }
    };
    let title = format!("Record {}", entry.id.short());
    Ok(Html(
        layout::at(Some(Place::Audit), &title, None, &body).into_string(),
    ))
}

/// The same for programs: `GET /api/v1/audit/RECORD`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Path(record): Path<String>,
) -> Result<Json<Value>, ApiFault> {
    let (entry, diffs) = find(&site, record).await?;
    let mut data = entry.to_json();
    data["diffs"] = diffs
        .iter()
        .map(|diff| json!({"object": diff.id.to_string(), "before": diff.before, "after": diff.after}))
        .collect();
    Ok(Json(data))
}

async fn find(site: &Site, record: String) -> Result<(Entry, Vec<ObjectDiff>), Fault> {
    let sight = gate::sight();
    recorded::ask(site, move |ledger| {
        let entry = ledger.entry(ledger.record_like(&record)?)?;
        if !sight.sees(&entry.record.unit) {
            return Err(Fault::forbidden("get", &format!("the app of record {record}")));
        }
        let diffs = ledger.changes_of(&entry)?;
        Ok((entry, diffs))
    })
    .await
}

fn facts(entry: &Entry) -> Markup {
    let record = &entry.record;
    html! {
        dl.facts {
            div { dt { "App" } dd { a href=(path(&record.unit)) { (Outside(record.unit.to_string())) } } }
            div { dt { "Cluster" } dd { (Outside(record.cluster.to_string())) } }
            div { dt { "Who" } dd { (Outside(Some(record.who()).filter(|who| !who.is_empty()).unwrap_or_else(|| "unknown".to_owned()))) } }
            div { dt { "Began" } dd { (words::when(&record.started.to_string())) } }
            div { dt { "Ended" } dd { (words::when(&record.finished.to_string())) " " span.sub { (length(record)) } } }
            div { dt { "Place" } dd {
                (Outside(entry.place.shard.as_str())) " " (entry.place.sequence)
                ", " (if entry.signed { "signed" } else { "not signed" })
                @if record.recovered { ", written later, from the app's status" }
            } }
            @if let Some(source) = &record.source { (commit(source)) }
            @if let Some(request) = &record.pull_request {
                div { dt { "Pull request" } dd { (Outside(&request.number)) @if let Some(url) = &request.url { " " (link(url)) } } }
            }
            @for approval in &record.approvals {
                div { dt { "Approved by" } dd { (Outside(approval.by.to_string())) } }
            }
            @if let Some(plan) = &record.plan { div.broad { dt { "Plan" } dd { code { "hmac-sha256:" (plan) } } } }
        }
    }
}

fn commit(source: &Source) -> Markup {
    html! {
        div.broad { dt { "Source commit" } dd {
            code { (source.commit) }
            @if let Some(reference) = &source.reference { " " span.sub { (Outside(reference)) } }
            @if let Some(subject) = &source.subject { div { (Outside(subject)) } }
            @if let Some(author) = &source.author { div.sub { (Outside(&author.name)) " <" (Outside(&author.email)) ">" } }
            div.sub { (Outside(source.repository.as_str())) }
        } }
    }
}

/// A link to elsewhere, where it is one that a browser may follow.
fn link(url: &str) -> Markup {
    let safe = url.starts_with("https://") || url.starts_with("http://");
    html! {
        @if safe { a href=(Outside(url)) rel="noreferrer noopener" { (Outside(url)) } } @else { (Outside(url)) }
    }
}

fn length(record: &Record) -> String {
    let took = record.finished.duration_since(record.started);
    format!("after {} ms", took.as_millis().max(0))
}

fn objects(record: &Record) -> Markup {
    let table = html! {
        table {
            thead { tr { th scope="col" { "What was done" } th scope="col" { "Object" } th scope="col" { "Written in" } } }
            tbody { @for change in record.changes.iter().take(ROWS) { tr {
                td { (recorded::action(change.action).badge()) }
                th scope="row" { (Outside(change.object.to_string())) }
                td { @if let Some(origin) = &change.origin { code { (Outside(origin.to_string())) } } }
            } } }
        }
    };
    html! {
        @if !record.changes.is_empty() {
            section aria-labelledby="objects" {
                h2 #objects { "Objects " span.count { (record.changes.len()) } }
                (scrolling("objects", &table))
                (more(record.changes.len()))
            }
        }
    }
}

fn fields(record: &Record) -> Markup {
    let table = html! {
        table {
            thead { tr { th scope="col" { "Field" } th scope="col" { "Taken by" } th scope="col" { "Since" } } }
            tbody { @for field in record.drifted.iter().take(ROWS) { tr {
                th scope="row" { code { (Outside(&field.path)) } div.sub { (Outside(field.object.to_string())) } }
                td { (Outside(field.manager.as_deref().unwrap_or("unknown"))) }
                td { (words::when(field.since.as_deref().unwrap_or_default())) }
            } } }
        }
    };
    html! {
        @if !record.drifted.is_empty() {
            section aria-labelledby="drifted" {
                h2 #drifted { "Fields that were not as Git says " span.count { (record.drifted.len()) } }
                (scrolling("drifted", &table))
                (more(record.drifted.len()))
            }
        }
    }
}

fn more(rows: usize) -> Markup {
    html! { @if rows > ROWS { p.empty { "Showing " (ROWS) " of " (rows) "; the rest is in the JSON under /api/v1/audit." } } }
}
