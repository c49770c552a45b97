//! What the apps had rendered to at a moment, and what changed between two.
//!
//! **Invariant:** a moment is in the address as it was written, so that it can be shared; what is shown of Secrets are
//! the ledger's digests.

mod moment;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::{At, Entry, StoredObject, UnitDiff, Words};
use plumb_model::{ObjectId, UnitId};
use serde::Deserialize;
use serde_json::{Value, json};

use self::moment::{Around, around};
use crate::{
    controls::{address, kept, scrolling, text},
    diff::{changes_or, switch},
    fault::{ApiFault, Fault},
    gate::{self, Sight},
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
const ROWS: usize = 100;
/// So much of an object is shown.
const LINES: usize = 2000;
/// So many objects are shown whole.
const OBJECTS: usize = 200;

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The moment; empty = now.
    at: String,
    /// The moment to compare with; empty = none.
    from: String,
    /// One app, as `kind/namespace/name`; empty = all.
    unit: String,
    /// Words in the names of apps.
    q: String,
    /// Which page of the apps.
    page: String,
}

/// What was found.
struct Then {
    around: Around,
    what: What,
}

enum What {
    /// Apps, of which these are on the page.
    Units(Paging, Vec<Row>),
    /// What one app had rendered to.
    Objects(UnitId, Vec<StoredObject>),
    /// How apps differ.
    Changes(Vec<UnitDiff>),
}

struct Row {
    unit: UnitId,
    objects: usize,
    last: Option<Entry>,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let body = if site.line.books.ledger().is_empty() {
        html! {
            div.head { h1 { "Time" } }
            p.empty { "Nothing was recorded yet, so there is no past to look at." }
        }
    } else {
        let found = find(&site, asked.clone()).await;
        html! {
            div.head { h1 { "Time" } }
            p.sub { "What Git had rendered to at a moment, as the ledger recorded it." }
            (form(&asked))
            @match &found {
                Ok(then) => { (steps(&then.around, &asked)) (what(&then.what, &asked)) }
                Err(fault) => p.banner.bad role="alert" { (Outside(fault.why())) },
            }
        }
    };
    Ok(Html(
        layout::at(Some(Place::Time), "Time", None, &body).into_string(),
    ))
}

/// The same for programs: `GET /api/v1/time`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, ApiFault> {
    let then = find(&site, asked).await?;
    let at = then.around.time.to_string();
    Ok(Json(match then.what {
        What::Units(paging, rows) => {
            let units = rows.iter().map(|row| {
                let last = row.last.as_ref().map(|entry| entry.id.to_string());
                json!({"unit": row.unit.to_string(), "objects": row.objects, "record": last})
            });
            json!({"at": at, "units": units.collect::<Vec<_>>(), "total": paging.total, "pages": paging.pages()})
        }
        What::Objects(unit, objects) => {
            let objects = objects
                .iter()
                .map(|object| json!({"object": object.id.to_string(), "yaml": object.text}));
            json!({"at": at, "unit": unit.to_string(), "objects": objects.collect::<Vec<_>>()})
        }
        What::Changes(diffs) => {
            let diffs = diffs.iter().flat_map(|diff| {
                let unit = diff.unit.to_string();
                diff.objects.iter().map(move |object| {
                    json!({"unit": unit, "object": object.id.to_string(), "before": object.before, "after": object.after})
                })
            });
            json!({"at": at, "diffs": diffs.collect::<Vec<_>>()})
        }
    }))
}

async fn find(site: &Site, asked: Asked) -> Result<Then, Fault> {
    let sight = gate::sight();
    recorded::ask(site, move |ledger| {
        let now = jiff::Timestamp::now();
        let unit = match asked.unit.trim() {
            "" => None,
            text => Some(moment::unit(ledger, text)?),
        };
        if let Some(unit) = unit.as_ref().filter(|unit| !sight.sees(unit)) {
            return Err(Fault::forbidden("get", &unit.to_string()));
        }
        let moment = |text: &str| match text.trim() {
            "" => Ok(At::Newest),
            text => ledger.moment(text, unit.as_ref(), now),
        };
        let at = moment(&asked.at)?;
        let mut around = around(ledger, &at, unit.as_ref(), now)?;
        around.here = around.here.filter(|entry| sight.sees(&entry.record.unit));
        let what = if !asked.from.trim().is_empty() {
            let mut diffs = ledger.diff(&moment(&asked.from)?, &at)?;
            diffs
                .retain(|diff| unit.as_ref().is_none_or(|unit| *unit == diff.unit) && sight.sees(&diff.unit));
            What::Changes(diffs)
        } else if let Some(unit) = unit {
            let states = ledger.state_at(&at, Some(&unit))?;
            let objects = states.into_iter().flat_map(|state| state.objects);
            What::Objects(unit, objects.collect())
        } else {
            units(ledger, (&at, &around), &asked, &sight)?
        };
        Ok(Then { around, what })
    })
    .await
}

fn units(
    ledger: &plumb_history::Ledger,
    (at, around): (&At, &Around),
    asked: &Asked,
    sight: &Sight,
) -> Result<What, Fault> {
    let wanted = Words::of(&asked.q);
    let fits = |unit: &UnitId| sight.sees(unit) && wanted.all_in(&unit.to_string());
    let all: Vec<UnitId> = ledger.unit_ids_at(at)?.into_iter().filter(fits).collect();
    let paging = Paging::of(&asked.page, all.len(), ROWS);
    let rows = ledger
        .names_of(at, &all[paging.range()])?
        .into_iter()
        .map(|(unit, objects)| {
            let last = moment::last(ledger, &unit, around.time)?;
            Ok(Row {
                unit,
                objects: objects.len(),
                last,
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(What::Units(paging, rows))
}

impl Asked {
    fn address(&self, at: &str, unit: &str, page: &str) -> String {
        let values = [
            ("at", at),
            ("from", &self.from),
            ("unit", unit),
            ("q", &self.q),
            ("page", page),
        ];
        address("/time", &values)
    }
}

fn form(asked: &Asked) -> Markup {
    html! {
        form.fields role="search" aria-label="Moment" method="get" action="/time" {
            (text("at", "At", &asked.at, "now, 2h, 2026-01-31, a commit or record"))
            (text("from", "Compare with", &asked.from, "nothing"))
            (text("unit", "App", &asked.unit, "all"))
            @if asked.unit.is_empty() && asked.from.is_empty() { (text("q", "Name", &asked.q, "words in names")) }
            @else { (kept("q", &asked.q)) }
            div.field.end { button.main type="submit" { "Go there" } " " a.button href="/time" { "Now" } }
        }
    }
}

/// Where the moment is among the records, and the ways to its neighbours.
fn steps(around: &Around, asked: &Asked) -> Markup {
    let step = |entry: &Option<Entry>, rel: &str, name: &str| {
        html! {
            @if let Some(entry) = entry {
                a.button rel=(rel) href=(asked.address(&entry.id.to_string(), &asked.unit, "")) { (name) }
            }
        }
    };
    html! {
        div.actions {
            (step(&around.before, "prev", "◂ One record earlier"))
            (step(&around.after, "next", "One record later ▸"))
            @for (text, at) in [("1 h ago", "1h"), ("1 day ago", "1d"), ("7 days ago", "7d")] {
                a href=(asked.address(at, &asked.unit, "")) { (text) }
            }
        }
        p {
            "It is " b { (around.time.strftime("%Y-%m-%d %H:%M:%S UTC")) }
            @if let Some(entry) = &around.here {
                ", just after " a href={ "/audit/" (entry.id) } { (Outside(entry.record.subject())) }
            }
            "."
        }
    }
}

fn what(what: &What, asked: &Asked) -> Markup {
    match what {
        What::Units(paging, rows) => units_table(paging, rows, asked),
        What::Objects(unit, objects) => objects_of(unit, objects, asked),
        What::Changes(diffs) => differences(diffs),
    }
}

fn units_table(paging: &Paging, rows: &[Row], asked: &Asked) -> Markup {
    let table = html! {
        table.list {
            thead { tr { th scope="col" { "App" } th scope="col" { "Objects" } th scope="col" { "Commit" } th scope="col" { "Last changed" } } }
            tbody { @for row in rows { tr {
                th scope="row" {
                    a.name href=(asked.address(&asked.at, &row.unit.to_string(), "")) { (Outside(&row.unit.name)) }
                    div.sub { (Outside(row.unit.to_string())) }
                }
                td { (row.objects) }
                td { @if let Some(source) = row.last.as_ref().and_then(|entry| entry.record.source.as_ref()) {
                    code { (source.commit.short()) }
                    @if let Some(subject) = &source.subject { " " span.subject { (Outside(subject)) } }
                } }
                td { @if let Some(entry) = &row.last {
                    a href={ "/audit/" (entry.id) } { (entry.record.cause.word()) " " (words::when(&entry.record.finished.to_string())) }
                } }
            } } }
        }
    };
    html! {
        section aria-labelledby="units" {
            h2 #units { "Apps then " span.count { (paging.total) } }
            @if rows.is_empty() { p.empty { "None." } } @else { (scrolling("units", &table)) }
            (paging.links(|page| asked.address(&asked.at, "", page)))
        }
    }
}

fn objects_of(unit: &UnitId, objects: &[StoredObject], asked: &Asked) -> Markup {
    html! {
        section aria-labelledby="objects" {
            h2 #objects { (Outside(&unit.name)) " then " span.count { (objects.len()) } }
            div.actions {
                a.button href=(asked.address(&asked.at, "", "")) { "All apps then" }
                a.button href=(path(unit)) { "The app now" }
            }
            @if objects.is_empty() { p.empty { "It had no objects then." } }
            @for object in objects.iter().take(OBJECTS) { (yaml(&object.id, &object.text)) }
            @if objects.len() > OBJECTS {
                p.empty { "Showing " (OBJECTS) " of " (objects.len()) "; plumb state --at has all." }
            }
        }
    }
}

fn yaml(id: &ObjectId, text: &str) -> Markup {
    let lines = text.lines().count();
    html! {
        details.diff {
            summary { b { (Outside(id.to_string())) } " " span.sub { (lines) " lines" } }
            pre tabindex="0" {
                @for line in text.lines().take(LINES) { span { (Outside(line)) "\n" } }
                @if lines > LINES { span.hunk { (lines - LINES) " more lines\n" } }
            }
        }
    }
}

fn differences(diffs: &[UnitDiff]) -> Markup {
    html! {
        section aria-labelledby="differences" {
            h2 #differences { "What differs " span.count { (diffs.len()) " apps" } }
            @if diffs.is_empty() { p.empty { "Nothing: Git said the same at both moments." } }
            (switch())
            @for diff in diffs.iter().take(ROWS) {
                h3 { a href=(path(&diff.unit)) { (Outside(diff.unit.to_string())) } }
                (changes_or(&diff.objects.iter().collect::<Vec<_>>(), "Nothing."))
            }
            @if diffs.len() > ROWS { p.empty { "Showing " (ROWS) " of " (diffs.len()) " apps: name one to see it." } }
        }
    }
}
