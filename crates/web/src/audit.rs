//! The ledger for people: every change of a cluster, newest first; found by what, who, why and when.
//!
//! **Invariant:** whatever is chosen is in the address, so that it can be shared; a page costs as much as is on it, but
//! for a search by words, which reads so many of those that the other choices let through.

mod asked;
pub(crate) mod export;
pub(crate) mod proof;
pub(crate) mod record;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::{Cause, Entry, Most, Outcome, Page};
use serde_json::{Value, json};

use self::asked::{Asked, Chosen};
use crate::{
    controls::{self, choice, scrolling, text},
    fault::{ApiFault, Fault},
    gate, layout,
    nav::Place,
    outside::Outside,
    recorded,
    site::Site,
    target::path,
    words,
};

/// So many records are read for a page of a search by words; the next page goes on from there.
const READ: usize = 10_000;

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let (found, total) = match asked.chosen() {
        Ok(chosen) => {
            let (page, total) = page(&site, chosen).await?;
            (Ok(page), total)
        }
        Err(why) => (Err(why), site.line.books.ledger().len()),
    };
    let body = html! {
        div.head {
            div { h1 { "Audit" } p.sub { "Every change of a cluster that Plumb made: " (total) " recorded" (kept(&site)) } }
            form.inline method="get" action="/audit/verify" { button type="submit" { "Verify the ledger" } }
        }
        (form(&asked))
        @match &found {
            Ok(page) => (results(page, &asked, total)),
            Err(why) => p.banner.bad role="alert" { (Outside(why.why())) },
        }
    };
    Ok(Html(
        layout::at(Some(Place::Audit), "Audit", None, &body).into_string(),
    ))
}

/// The same for programs: `GET /api/v1/audit`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, ApiFault> {
    let (page, total) = page(&site, asked.chosen()?).await?;
    let records: Vec<Value> = page.entries.iter().map(Entry::to_json).collect();
    let next = page.next.map(|next| next.to_string());
    Ok(Json(json!({"records": records, "next": next, "total": total})))
}

/// A row for each record; the same wherever records are listed.
pub(crate) fn table(entries: &[Entry], heading: &str) -> Markup {
    scrolling(
        heading,
        &html! {
            table.list {
                thead { tr {
                    th scope="col" { "When" } th scope="col" { "App" } th scope="col" { "Why" } th scope="col" { "Ended" }
                    th scope="col" { "Who" } th scope="col" { "Commit" } th scope="col" { "What" }
                } }
                tbody { @for entry in entries { (row(entry)) } }
            }
        },
    )
}

async fn page(site: &Site, chosen: Chosen) -> Result<(Page, usize), Fault> {
    let sight = gate::sight();
    recorded::ask(site, move |ledger| {
        let most = Most {
            found: chosen.rows,
            read: READ,
        };
        let mut page = ledger.search(&chosen.filter, &chosen.words, chosen.cursor, most)?;
        page.entries.retain(|entry| sight.sees(&entry.record.unit));
        Ok((page, ledger.len()))
    })
    .await
}

fn row(entry: &Entry) -> Markup {
    let record = &entry.record;
    let source = record.source.as_ref();
    html! {
        tr {
            td { a.name href={ "/audit/" (entry.id) } { span.away { "Record " (entry.id.short()) ", " } (words::when(&record.finished.to_string())) } }
            th scope="row" {
                a href=(path(&record.unit)) { (Outside(&record.unit.name)) }
                div.sub { (Outside(record.cluster.to_string())) }
            }
            td { (recorded::cause(record.cause).badge()) }
            td { (recorded::outcome(record).badge()) }
            td { (Outside(record.who())) }
            td {
                @if let Some(source) = source {
                    code { (source.commit.short()) }
                    @if let Some(subject) = &source.subject { div.sub { (Outside(subject)) } }
                }
            }
            td {
                (Outside(record.counted()))
                @for field in record.drifted.iter().take(3) { div.sub { code { (Outside(&field.path)) } } }
            }
        }
    }
}

fn results(page: &Page, asked: &Asked, total: usize) -> Markup {
    let next = page.next.as_ref().map(ToString::to_string);
    html! {
        section aria-labelledby="records" {
            h2 #records { "Records" }
            @if page.entries.is_empty() {
                p.empty {
                    @if total == 0 { "Nothing was recorded yet." }
                    @else if next.is_some() { "None of the newest " (READ) " fits; older ones have not been looked at." }
                    @else { "No record fits." }
                }
            } @else {
                (table(&page.entries, "records"))
            }
            div.actions {
                @if !asked.cursor.is_empty() { a.button href=(asked.address("/audit", "")) { "Newest" } }
                @if let Some(next) = &next { a.button rel="next" href=(asked.address("/audit", next)) { "Older" } }
                @for (format, name) in [("jsonl", "JSON lines"), ("csv", "CSV"), ("cdevents", "CDEvents")] {
                    a href=(controls::address(&asked.address("/audit/export", ""), &[("format", format)])) download {
                        "Export as " (name)
                    }
                }
            }
        }
    }
}

fn form(asked: &Asked) -> Markup {
    let words = |all: Vec<&'static str>| -> Vec<(&'static str, &'static str)> {
        [("", "any")]
            .into_iter()
            .chain(all.into_iter().map(|word| (word, word)))
            .collect()
    };
    let causes = words(Cause::ALL.map(Cause::word).to_vec());
    let outcomes = words(vec![Outcome::Succeeded.word(), Outcome::Failed.word()]);
    html! {
        form.fields role="search" aria-label="Records" method="get" action="/audit" {
            (text("q", "Words", &asked.q, "anywhere in a record"))
            (text("unit", "App", &asked.unit, "name or namespace/name"))
            (text("object", "Object", &asked.object, "Deployment/web"))
            (text("field", "Field that drifted", &asked.field, ".spec.replicas"))
            (text("actor", "Who", &asked.actor, "part of a name or address"))
            (text("commit", "Commit", &asked.commit, "how it begins"))
            (choice("cause", "Why", &asked.cause, &causes))
            (choice("outcome", "Ended", &asked.outcome, &outcomes))
            (text("since", "Since", &asked.since, "2h, 2026-01-31"))
            (text("until", "Until", &asked.until, "2026-01-31T12:00:00Z"))
            div.field.end { button.main type="submit" { "Find" } " " a.button href="/audit" { "Clear" } }
        }
    }
}

fn kept(site: &Site) -> &'static str {
    if site.line.books.folder().is_some() {
        "."
    } else {
        ", in memory: it ends with this program (--ledger DIR keeps it)."
    }
}
