//! The objects of an app: how they are, where they drifted, and what the last operation did to them.

use std::cmp::Reverse;

use maud::{Markup, html};
use plumb_model::{ActionDone, FieldDrift, ObjectId, ResourceReport, SyncStatus, UnitReport};
use serde_json::Value;

use crate::{outside::Outside, words};

/// So many rows of a table are shown.
const ROWS: usize = 500;
/// So much of a value is shown.
const VALUE: usize = 200;

/// The fields that are not as Git says.
pub(crate) fn drift(report: &UnitReport) -> Markup {
    let fields: Vec<(&ObjectId, &FieldDrift)> = report
        .resources
        .iter()
        .flat_map(|resource| resource.drift.iter().map(move |drift| (&resource.id, drift)))
        .collect();
    html! {
        @if !fields.is_empty() {
            section aria-labelledby="drift" {
                h2 #drift { "Drift " span.count { (fields.len()) } }
                div.scroll tabindex="0" role="group" aria-labelledby="drift" { table {
                    thead { tr { th { "Field" } th { "Git says" } th { "The cluster says" } th { "Set by" } th { "Since" } } }
                    tbody {
                        @for (id, drift) in fields.iter().take(ROWS) {
                            tr {
                                th scope="row" { code { (Outside(&drift.path)) } div.sub { (Outside(id.to_string())) } }
                                td { (value(drift.desired.as_ref(), is_secret(id), "in")) }
                                td { (value(drift.live.as_ref(), is_secret(id), "out")) }
                                td { (Outside(drift.manager.as_deref().unwrap_or("unknown"))) }
                                td { (words::when(drift.since.as_deref().unwrap_or_default())) }
                            }
                        }
                    }
                } }
                (more(fields.len()))
            }
        }
    }
}

/// Every object, those that need somebody first.
pub(crate) fn resources(report: &UnitReport) -> Markup {
    let mut resources: Vec<&ResourceReport> = report.resources.iter().collect();
    resources.sort_by_key(|it| {
        (
            Reverse(it.health.as_ref().map(|it| it.status)),
            it.sync == SyncStatus::Synced,
        )
    });
    html! {
        section aria-labelledby="objects" {
            h2 #objects { "Objects " span.count { (resources.len()) } }
            @if resources.is_empty() { p.empty { "None yet." } } @else {
                div.scroll tabindex="0" role="group" aria-labelledby="objects" { table {
                    thead { tr { th { "Kind" } th { "Name" } th { "Sync" } th { "Health" } th { "Message" } } }
                    tbody { @for resource in resources.iter().take(ROWS) { (row(resource)) } }
                } }
                (more(resources.len()))
            }
        }
    }
}

/// The last thing done, or being done.
pub(crate) fn operation(report: &UnitReport) -> Markup {
    html! {
        @if let Some(operation) = &report.operation {
            section aria-labelledby="operation" {
                h2 #operation { "Last operation " (words::phase(operation.phase).badge()) }
                p { (Outside(words::deed(operation))) " " span.sub { (words::when(operation.finished_at.as_deref().unwrap_or(&operation.started_at))) } }
                @if !operation.message.is_empty() { p.message { (Outside(&operation.message)) } }
                @let touched = operation.results.iter().filter(|it| it.action != ActionDone::Unchanged);
                @if touched.clone().next().is_some() {
                    details #touched {
                        summary { "What it did to each object" }
                        ul.plain {
                            @for result in touched.take(ROWS) {
                                li {
                                    b { (words::action(result.action)) } " " (Outside(result.id.to_string()))
                                    @if !result.message.is_empty() { " " span.sub { (Outside(&result.message)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(resource: &ResourceReport) -> Markup {
    let id = &resource.id;
    html! {
        tr {
            td { (Outside(&id.kind.kind)) @if !id.kind.group.is_empty() { div.sub { (Outside(&id.kind.group)) } } }
            th scope="row" {
                @if let Some(namespace) = &id.namespace { span.sub { (Outside(namespace)) " / " } }
                (Outside(&id.name))
            }
            td { (words::sync(resource.sync).badge()) }
            td { @match &resource.health { Some(health) => (words::health(health.status).badge()), None => span.sub { "–" } } }
            td {
                @if let Some(health) = &resource.health { (Outside(&health.message)) }
                @if resource.requires_pruning { " " span.sub { "left Git, still in the cluster" } }
            }
        }
    }
}

fn value(value: Option<&Value>, secret: bool, class: &str) -> Markup {
    let text = match value {
        None => return html! { span.sub { "nothing" } },
        Some(_) if secret => "<hidden>".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let cut: String = text.chars().take(VALUE).collect();
    html! { code class=(class) { (Outside(&cut)) @if cut.len() < text.len() { "…" } } }
}

fn is_secret(id: &ObjectId) -> bool {
    id.kind.kind == "Secret" && id.kind.group.is_empty()
}

fn more(rows: usize) -> Markup {
    html! { @if rows > ROWS { p.empty { "Showing " (ROWS) " of " (rows) "; the rest is in the JSON under /api/v1." } } }
}
