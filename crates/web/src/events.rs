//! What the cluster says of an app's objects, newest first.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
};
use maud::{Markup, html};
use plumb_history::Words;
use plumb_model::{GroupKind, GroupVersionKind, ObjectId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    controls::{choice, kept, scrolling, text},
    fault::{ApiFault, Fault},
    outside::Outside,
    site::Site,
    target::{Target, path},
    tree::nodes,
    words::{self, Word},
};

/// So many namespaces are asked.
const NAMESPACES: usize = 20;
/// So many events are shown.
const ROWS: usize = 300;

/// Which events are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Words in them.
    q: String,
    /// `Warning`, or all.
    r#type: String,
}

/// An event of Kubernetes.
struct Event {
    at: String,
    warning: bool,
    reason: String,
    object: ObjectId,
    message: String,
    count: u64,
}

struct Found {
    events: Vec<Event>,
    total: usize,
    troubles: Vec<String>,
}

/// The tab.
pub(crate) async fn tab(site: &Site, target: &Target, asked: &Asked) -> Result<Markup, Fault> {
    let found = find(site, target, asked).await?;
    Ok(html! {
        section aria-labelledby="events" {
            h2 #events { "Events " span.count { (found.total) } }
            form.fields role="search" aria-label="Events" method="get" action=(path(&target.id)) {
                (kept("tab", "events"))
                (text("q", "Words", &asked.q, "object, reason or message"))
                (choice("type", "Type", &asked.r#type, &[("", "all"), ("Warning", "warnings")]))
                div.field.end { button.main type="submit" { "Find" } }
            }
            @for trouble in &found.troubles { p.banner.warn { (Outside(trouble)) } }
            @if found.events.is_empty() { p.empty { "None. Clusters forget events after an hour or so." } } @else {
                (scrolling("events", &rows(&found.events)))
                @if found.total > ROWS { p.empty { "Showing the newest " (ROWS) " of " (found.total) "." } }
            }
        }
    })
}

/// The same for programs: `GET /api/v1/apps/KIND/NAMESPACE/NAME/events`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    target: Result<Target, Fault>,
) -> Result<Json<Value>, ApiFault> {
    let found = find(&site, &target?, &asked).await?;
    let events = found.events.iter().map(|event| {
        json!({
            "at": event.at, "type": if event.warning { "Warning" } else { "Normal" }, "reason": event.reason,
            "object": event.object.to_string(), "message": event.message, "count": event.count,
        })
    });
    Ok(Json(
        json!({"events": events.collect::<Vec<_>>(), "total": found.total, "troubles": found.troubles}),
    ))
}

async fn find(site: &Site, target: &Target, asked: &Asked) -> Result<Found, Fault> {
    let unit = target.unit()?;
    let report = &target.view.report;
    let family = site.families.of(site, unit, report).await?;
    let nodes = nodes(report, &family);
    let ids: BTreeSet<&ObjectId> = nodes.iter().map(|node| &node.id).collect();
    let namespaces: BTreeSet<&str> = ids.iter().filter_map(|id| id.namespace.as_deref()).collect();
    let cluster = plumb_pipeline::cluster_of(&site.line, unit).await?;
    let gvk = GroupVersionKind::new("", "v1", "Event");
    let (mut events, mut troubles) = (Vec::new(), Vec::new());
    for namespace in namespaces.into_iter().take(NAMESPACES) {
        match cluster.list(&gvk, Some(namespace), "").await {
            Ok(bodies) => events.extend(bodies.iter().map(event)),
            Err(error) => troubles.push(format!("{namespace}: {error}")),
        }
    }
    let wanted = Words::of(&asked.q);
    events.retain(|event| {
        let text = format!("{} {} {}", event.object, event.reason, event.message);
        ids.contains(&event.object) && (asked.r#type != "Warning" || event.warning) && wanted.all_in(&text)
    });
    events.sort_by(|a, b| b.at.cmp(&a.at));
    let total = events.len();
    events.truncate(ROWS);
    Ok(Found {
        events,
        total,
        troubles,
    })
}

fn event(body: &Value) -> Event {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let about = &body["involvedObject"];
    let version = text(&about["apiVersion"]);
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let times = [
        &body["series"]["lastObservedTime"],
        &body["lastTimestamp"],
        &body["eventTime"],
        &body["metadata"]["creationTimestamp"],
    ];
    Event {
        at: times
            .into_iter()
            .find_map(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        warning: body["type"] == "Warning",
        reason: text(&body["reason"]),
        object: ObjectId {
            kind: GroupKind::new(group, text(&about["kind"])),
            namespace: about["namespace"].as_str().map(str::to_owned),
            name: text(&about["name"]),
        },
        message: text(&body["message"]),
        count: body["count"]
            .as_u64()
            .or_else(|| body["series"]["count"].as_u64())
            .unwrap_or(1),
    }
}

fn rows(events: &[Event]) -> Markup {
    let word = |event: &Event| {
        if event.warning {
            Word::new("Warning", "!", "warn")
        } else {
            Word::new("Normal", "·", "mute")
        }
    };
    html! {
        table.list {
            thead { tr {
                th scope="col" { "Last" } th scope="col" { "Type" } th scope="col" { "Reason" } th scope="col" { "Object" }
                th scope="col" { "Message" } th scope="col" { "Times" }
            } }
            tbody { @for event in events { tr {
                td { (words::when(&event.at)) }
                td { (word(event).badge()) }
                td { (Outside(&event.reason)) }
                th scope="row" { (Outside(event.object.to_string())) }
                td { (Outside(&event.message)) }
                td { (event.count) }
            } } }
        }
    }
}
