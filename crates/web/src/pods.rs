//! What the Pods of an app write, of many at once, with search.
//!
//! **Invariant:** lines are text: control characters and escape codes never reach the page as such. How many Pods, lines
//! and bytes are read is bounded, and what is left out is said.

mod lines;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
};
use futures::{StreamExt as _, stream};
use maud::{Markup, html};
use plumb_cluster::{Access, Cluster, LogRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::lines::{Line, hits, merged};
use crate::{
    controls::{choice, kept, text},
    fault::{ApiFault, Fault},
    gate,
    outside::Outside,
    site::Site,
    target::{Target, path},
    tree::{Node, nodes},
};

/// So many containers are read.
const CONTAINERS: usize = 40;
/// So many are read at once.
const AT_ONCE: usize = 8;
/// So many bytes of each.
const BYTES: usize = 512 << 10;
/// So many lines are shown.
const LINES: usize = 2000;
/// The last lines of each container, unless it is said how many.
const TAIL: usize = 100;

/// So many people read at once; others wait for their turn.
static TURNS: Semaphore = Semaphore::const_new(8);

/// Which lines are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Only Pods that are, or belong to, an object whose name is or begins with this.
    of: String,
    /// Only lines that hold this, in any case.
    q: String,
    /// Only containers of this name.
    container: String,
    /// How many lines of each container.
    tail: String,
    /// Of the containers before their last restart: `on`.
    previous: String,
}

/// What was read.
struct Read {
    lines: Vec<Line>,
    /// Containers that were read.
    read: usize,
    /// Containers in all.
    all: usize,
    /// More lines fit than are shown.
    cut: bool,
    troubles: Vec<String>,
}

/// The tab.
pub(crate) async fn tab(site: &Site, target: &Target, asked: &Asked) -> Result<Markup, Fault> {
    let read = read(site, target, asked).await?;
    Ok(html! {
        section aria-labelledby="logs" {
            h2 #logs { "Logs " span.count { (read.read) " containers" } }
            (form(target, asked))
            p.chips {
                @if read.read < read.all { span.chip.warn { "Reading " (read.read) " of " (read.all) " containers: name an object to read others" } }
                @if read.cut { span.chip.warn { "The newest " (LINES) " lines only" } }
            }
            @for trouble in &read.troubles { p.banner.warn { (Outside(trouble)) } }
            @if read.lines.is_empty() {
                p.empty { @if read.all == 0 { "No Pods." } @else if asked.q.is_empty() { "Nothing was written." } @else { "No line holds that." } }
            } @else {
                div.log #lines role="group" aria-labelledby="logs" tabindex="0" {
                    @for line in &read.lines { (one(line, &asked.q)) }
                }
            }
        }
    })
}

/// The same for programs: `GET /api/v1/apps/KIND/NAMESPACE/NAME/logs`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    target: Result<Target, Fault>,
) -> Result<Json<Value>, ApiFault> {
    let read = read(&site, &target?, &asked).await?;
    let lines = read
        .lines
        .iter()
        .map(|line| json!({"at": line.at, "pod": line.pod, "container": line.container, "text": line.text}));
    Ok(Json(json!({
        "lines": lines.collect::<Vec<_>>(), "containersRead": read.read, "containers": read.all, "cut": read.cut,
        "troubles": read.troubles,
    })))
}

async fn read(site: &Site, target: &Target, asked: &Asked) -> Result<Read, Fault> {
    let unit = target.unit()?;
    let report = &target.view.report;
    let family = site.families.of(site, unit, report).await?;
    let containers = containers(&nodes(report, &family), asked);
    let namespaces: BTreeSet<&String> = containers.iter().map(|(namespace, ..)| namespace).collect();
    for namespace in namespaces {
        let access = Access {
            verb: "get",
            resource: (String::new(), "pods".to_owned()),
            subresource: Some("log"),
            namespace: Some(namespace.clone()),
            name: None,
        };
        gate::demand(site, access).await?;
    }
    let all = containers.len();
    let tail = asked.tail.trim().parse().unwrap_or(TAIL).clamp(1, LINES);
    let cluster = plumb_pipeline::cluster_of(&site.line, unit).await?;
    // It is never closed.
    let _turn = TURNS.acquire().await;
    let requests = containers
        .into_iter()
        .take(CONTAINERS)
        .map(|(namespace, pod, container)| LogRequest {
            namespace,
            pod,
            container,
            tail,
            since: None,
            previous: asked.previous == "on",
            limit: BYTES,
        });
    let answers: Vec<(LogRequest, Result<String, String>)> = stream::iter(requests)
        .map(|request| ask(&cluster, request))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let read = answers.len();
    let mut troubles = Vec::new();
    let mut texts = Vec::new();
    for (request, answer) in answers {
        match answer {
            Ok(text) => texts.push((request, text)),
            Err(why) => troubles.push(why),
        }
    }
    let mut lines = merged(&texts, &asked.q);
    let cut = lines.len() > LINES;
    lines.drain(..lines.len().saturating_sub(LINES));
    Ok(Read {
        lines,
        read,
        all,
        cut,
        troubles,
    })
}

async fn ask(cluster: &Cluster, request: LogRequest) -> (LogRequest, Result<String, String>) {
    let answer = cluster.log(&request).await;
    (request, answer.map_err(|error| error.to_string()))
}

/// Namespace, Pod and container of all that are asked for.
fn containers(nodes: &[Node], asked: &Asked) -> Vec<(String, String, String)> {
    let named = |node: &Node| asked.of.is_empty() || node.id.name.starts_with(asked.of.trim());
    let mut wanted = vec![false; nodes.len()];
    let mut found = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        // Owners come first, and bring in what they own.
        wanted[index] = named(node) || node.owner.is_some_and(|owner| wanted[owner]);
        if !wanted[index] {
            continue;
        }
        let namespace = node.id.namespace.clone().unwrap_or_default();
        for container in &node.containers {
            if asked.container.is_empty() || asked.container == *container {
                found.push((namespace.clone(), node.id.name.clone(), container.clone()));
            }
        }
    }
    found
}

fn form(target: &Target, asked: &Asked) -> Markup {
    let tail = if asked.tail.is_empty() {
        "100"
    } else {
        asked.tail.as_str()
    };
    let tails = [
        ("20", "20 lines"),
        ("100", "100 lines"),
        ("500", "500 lines"),
        ("2000", "2,000 lines"),
    ];
    html! {
        form.fields role="search" aria-label="Lines" method="get" action=(path(&target.id)) {
            (kept("tab", "logs"))
            (text("q", "Lines that hold", &asked.q, "text"))
            (text("of", "Object", &asked.of, "how its name begins"))
            (text("container", "Container", &asked.container, "all"))
            (choice("tail", "Of each container", tail, &tails))
            (choice("previous", "From", &asked.previous, &[("", "now"), ("on", "before the last restart")]))
            div.field.end { button.main type="submit" { "Show" } }
        }
    }
}

fn one(line: &Line, wanted: &str) -> Markup {
    html! {
        p {
            span.at { (Outside(line.at.get(..19).unwrap_or(&line.at))) } " "
            b { (Outside(&line.pod)) @if !line.container.is_empty() { "/" (Outside(&line.container)) } } " "
            @for (part, is_hit) in hits(&line.text, wanted) {
                @if is_hit { mark { (Outside(part)) } } @else { (Outside(part)) }
            }
        }
    }
}
