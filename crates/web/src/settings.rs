//! What this Plumb is set to: clusters, repositories, the ledger, and what renders may reach. Nothing can be changed here.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State, response::Html};
use maud::{Markup, html};
use plumb_history::RepositoryUrl;
use serde_json::{Value, json};

use crate::{
    controls::{address, scrolling},
    layout,
    nav::Place,
    outside::Outside,
    site::Site,
};

/// So many rows of a table are shown.
const ROWS: usize = 200;

/// Apps by cluster, and by repository without what opens it.
struct Known {
    clusters: BTreeMap<String, usize>,
    repositories: BTreeMap<String, usize>,
    units: usize,
}

/// The page.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Html<String> {
    let known = known(&site);
    let body = html! {
        div.head { h1 { "Settings" } }
        p.sub { "As this Plumb was started; the page changes none of it." }
        dl.facts { @for (what, is) in facts(&site) { div { dt { (what) } dd { (Outside(is)) } } } }
        (counted("clusters", "Clusters", &known.clusters, |_| None))
        (counted("repositories", "Repositories", &known.repositories, |url| Some(address("/policy", &[("q", url)]))))
        section aria-labelledby="theme" {
            h2 #theme { "Theme and keys" }
            p { "The theme follows that of your system. Keys of one letter can be turned off in the help, which " kbd { "?" } " opens." }
        }
    };
    Html(layout::at(Some(Place::Settings), "Settings", None, &body).into_string())
}

/// The same for programs: `GET /api/v1/settings`.
pub(crate) async fn json(State(site): State<Arc<Site>>) -> Json<Value> {
    let known = known(&site);
    let facts: serde_json::Map<String, Value> = facts(&site)
        .into_iter()
        .map(|(what, is)| (what.to_owned(), Value::from(is)))
        .collect();
    Json(json!({
        "facts": facts, "clusters": known.clusters, "repositories": known.repositories, "apps": known.units,
    }))
}

fn facts(site: &Site) -> Vec<(&'static str, String)> {
    let line = &site.line;
    let ledger = line.books.ledger();
    let yes = |is: bool, yes: &str, no: &str| if is { yes } else { no }.to_owned();
    vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Own cluster", line.own().server().to_owned()),
        (
            "Ledger",
            line.books.folder().map_or_else(
                || "in memory: it ends with this program".to_owned(),
                |folder| folder.display().to_string(),
            ),
        ),
        ("Records", ledger.len().to_string()),
        ("Records that wait for the disk", line.books.missed().to_string()),
        (
            "Remote bases and files",
            yes(
                line.reach.remote,
                "may be fetched by renders",
                "are refused (--no-remote)",
            ),
        ),
        (
            "Helm charts",
            yes(
                line.reach.helm.is_some(),
                "are inflated (--enable-helm)",
                "are not inflated",
            ),
        ),
        (
            "Programs in kubeconfigs",
            yes(
                line.reach.kubeconfig_exec,
                "are run (--insecure-kubeconfig-exec)",
                "are not run",
            ),
        ),
        (
            "Webhooks",
            yes(
                site.hook_secret.is_some(),
                "must be signed with the secret",
                "are taken unsigned, and only make Plumb look sooner",
            ),
        ),
        (
            "The page",
            yes(site.local, "answers this machine only", "answers other machines"),
        ),
    ]
}

fn known(site: &Site) -> Known {
    let mut known = Known {
        clusters: BTreeMap::new(),
        repositories: BTreeMap::new(),
        units: 0,
    };
    for (_, view) in site.units() {
        known.units += 1;
        if let Some(unit) = &view.unit {
            let cluster = unit.destination.cluster.to_string();
            *known.clusters.entry(cluster).or_default() += 1;
            let url = RepositoryUrl::new(&unit.source.url).as_str().to_owned();
            *known.repositories.entry(url).or_default() += 1;
        }
    }
    known
}

fn counted(
    id: &str,
    name: &str,
    counts: &BTreeMap<String, usize>,
    link: impl Fn(&str) -> Option<String>,
) -> Markup {
    let table = html! {
        table.list {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Apps" } } }
            tbody { @for (what, count) in counts.iter().take(ROWS) { tr {
                th scope="row" {
                    @match link(what) { Some(href) => a href=(href) { (Outside(what)) }, None => (Outside(what)) }
                }
                td { (count) }
            } } }
        }
    };
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (name) " " span.count { (counts.len()) } }
            @if counts.is_empty() { p.empty { "None are named by an app yet." } } @else { (scrolling(id, &table)) }
            @if counts.len() > ROWS { p.empty { "Showing " (ROWS) "; the rest is in the JSON under /api/v1/settings." } }
        }
    }
}
