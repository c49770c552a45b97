//! How every app is kept, side by side, and where that is said.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::Words;
use plumb_model::{ClusterRef, Unit, UnitId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::policy_facts,
    controls::{address, choice, scrolling, text},
    layout,
    nav::Place,
    outside::Outside,
    paging::Paging,
    row::Row,
    site::Site,
    tabs::Tab,
    words::Word,
};

/// So many apps are on a page.
const ROWS: usize = 100;

/// Which apps are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    /// See [`fits`].
    is: String,
    page: String,
}

/// Which apps one can ask for.
const SORTS: [(&str, &str); 5] = [
    ("", "all"),
    ("manual", "apply only when asked"),
    ("no-heal", "only report drift"),
    ("no-prune", "keep what leaves Git"),
    ("suspended", "are suspended"),
];

/// The page.
pub(crate) async fn show(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Html<String> {
    let rows = find(&site, &asked);
    let paging = Paging::of(&asked.page, rows.len(), ROWS);
    let to = |page: &str| address("/policy", &[("q", &*asked.q), ("is", &asked.is), ("page", page)]);
    let body = html! {
        div.head { h1 { "Policy" } }
        p.sub { "How each app is kept, as its custom resource says. Change it there: in Git, where the custom resource is from Git." }
        form.fields role="search" aria-label="Apps" method="get" action="/policy" {
            (text("q", "App", &asked.q, "name, repository, path"))
            (choice("is", "That", &asked.is, &SORTS))
            div.field.end { button.main type="submit" { "Show" } }
        }
        section aria-labelledby="policies" {
            h2 #policies { "Apps " span.count { (rows.len()) } }
            @if rows.is_empty() { p.empty { "None." } } @else { (scrolling("policies", &table(&rows[paging.range()]))) }
            (paging.links(to))
        }
    };
    Html(layout::at(Some(Place::Policy), "Policy", None, &body).into_string())
}

/// The same for programs: `GET /api/v1/policy`.
pub(crate) async fn json(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Json<Value> {
    let rows = find(&site, &asked);
    let paging = Paging::of(&asked.page, rows.len(), ROWS);
    let units = rows[paging.range()].iter().map(|row| {
        let policy = row.view.unit.as_ref().map(|unit| {
            let told: serde_json::Map<String, Value> = policy_facts(unit)
                .into_iter()
                .map(|(what, is)| (what.to_owned(), Value::from(is)))
                .collect();
            json!({
                "automated": unit.sync.automated, "selfHeal": unit.sync.self_heal, "prune": unit.sync.prune,
                "suspended": unit.suspended, "source": unit.source.url, "path": unit.render.path, "inWords": told,
            })
        });
        json!({"unit": row.id.to_string(), "policy": policy})
    });
    Json(json!({"units": units.collect::<Vec<_>>(), "total": paging.total, "pages": paging.pages()}))
}

fn find(site: &Site, asked: &Asked) -> Vec<Row> {
    let wanted = Words::of(&asked.q);
    let mut rows = crate::list::rows(site);
    rows.retain(|row| {
        let unit = row.view.unit.as_ref();
        let source = unit
            .map(|unit| format!("{} {}", unit.source.url, unit.render.path))
            .unwrap_or_default();
        fits(unit, &asked.is) && wanted.all_in(&format!("{} {source}", row.id))
    });
    rows
}

fn fits(unit: Option<&Unit>, is: &str) -> bool {
    match (is, unit) {
        ("manual", Some(unit)) => !unit.sync.automated,
        ("no-heal", Some(unit)) => !unit.sync.self_heal,
        ("no-prune", Some(unit)) => !unit.sync.prune,
        ("suspended", Some(unit)) => unit.suspended,
        ("manual" | "no-heal" | "no-prune" | "suspended", None) => false,
        _ => true,
    }
}

fn table(rows: &[Row]) -> Markup {
    html! {
        table.list {
            thead { tr {
                th scope="col" { "App" } th scope="col" { "New commits" } th scope="col" { "Drift" }
                th scope="col" { "What leaves Git" } th scope="col" { "Source" }
            } }
            tbody { @for row in rows { (one(&row.id, row.view.unit.as_ref())) } }
        }
    }
}

fn one(id: &UnitId, unit: Option<&Unit>) -> Markup {
    let yes = |is: bool, yes: &'static str, no: &'static str| {
        if is {
            Word::new(yes, "✓", "good")
        } else {
            Word::new(no, "–", "mute")
        }
    };
    html! {
        tr {
            th scope="row" {
                a.name href=(Tab::Policy.address(id)) { (Outside(&id.name)) }
                div.sub { (Outside(id.to_string())) }
            }
            @match unit {
                Some(unit) => {
                    td {
                        @if unit.suspended { (Word::new("suspended", "‖", "warn").badge()) }
                        @else { (yes(unit.sync.automated, "applied", "when asked").badge()) }
                    }
                    td { (yes(unit.sync.self_heal, "corrected", "reported").badge()) }
                    td { (yes(unit.sync.prune, "deleted", "stays").badge()) }
                    td {
                        (Outside(&unit.source.url))
                        div.sub { (Outside(if unit.render.path.is_empty() { "." } else { &unit.render.path })) }
                        @if unit.destination.cluster != ClusterRef::Own { div.sub { "to " (Outside(unit.destination.cluster.to_string())) } }
                    }
                }
                None => { td colspan="4" { span.sub { "its custom resource is not understood" } } }
            }
        }
    }
}
