//! One app: what it is to be, what it is, what is wrong, and what was before.
//!
//! **Invariant:** everything that may change while one looks is in [`live`], which the stream sends anew.

mod history;
mod objects;
mod policy;
mod timeline;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::Uri,
    response::{Html, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use plumb_model::{Reference, Revision, Unit, UnitId, UnitKind, UnitReport};
use plumb_pipeline::UnitView;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    actions::Done,
    events,
    fault::Fault,
    layout::{self, Live},
    outside::Outside,
    pause, pods,
    site::Site,
    tabs::{self, Tab},
    target::{Target, path, segment},
    tree, words,
};

pub(crate) use policy::facts as policy_facts;

/// So many rows of a table are shown.
const ROWS: usize = 500;
/// So many where more is a tab away.
const FEW: usize = 20;

/// What the page is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// What was just asked for.
    done: Option<Done>,
    /// What of the app is shown.
    tab: Tab,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    asked: Result<Query<Asked>, QueryRejection>,
    uri: Uri,
    target: Target,
) -> Result<Response, Fault> {
    let stamp = site.changes.stamp();
    let Query(asked) = asked.unwrap_or_default();
    if asked.tab == Tab::Diff {
        return Ok(Redirect::to(&Tab::Diff.address(&target.id)).into_response());
    }
    let Target { id, view, .. } = &target;
    if let Some(unit) = &view.unit {
        site.commits.look_up(&site, unit, commits(&view.report)).await;
    }
    let body = html! {
        (trail(id, None))
        @if let Some(done) = asked.done { p.notice role="status" { (done.notice()) } }
        div #live { (live(&site, id, view)) }
        (tabs::bar(id, asked.tab))
        div #tab data-restless=[asked.tab.is_restless().then_some("")] {
            @match part(&site, &target, asked.tab, &uri).await {
                Ok(part) => (part),
                Err(fault) => p.banner.bad role="alert" { (Outside(fault.why())) },
            }
        }
    };
    let live = Live {
        stream: format!("/events?app={}", segment(&id.to_string())),
        stamp,
    };
    Ok(Html(layout::page(&id.name, Some(&live), &body).into_string()).into_response())
}

/// What is below the tabs.
async fn part(site: &Site, target: &Target, tab: Tab, uri: &Uri) -> Result<Markup, Fault> {
    let Target { id, view, .. } = target;
    let report = &view.report;
    Ok(match tab {
        Tab::Tree => tree::tab(site, target, &asked(uri)?).await?,
        Tab::List => html! { (objects::drift(report)) (objects::resources(report, ROWS)) },
        Tab::History => {
            html! { (timeline::band(site, id).await?) (history::table(site, id, report, ROWS)) }
        }
        Tab::Logs => pods::tab(site, target, &asked(uri)?).await?,
        Tab::Events => events::tab(site, target, &asked(uri)?).await?,
        Tab::Policy => policy::tab(target),
        Tab::Summary | Tab::Diff => html! {
            (objects::drift(report))
            (objects::operation(report))
            (history::table(site, id, report, FEW))
            (objects::resources(report, FEW))
        },
    })
}

/// What a tab of its own is asked for.
fn asked<T: DeserializeOwned>(uri: &Uri) -> Result<T, Fault> {
    let query = Query::<T>::try_from_uri(uri);
    query
        .map(|Query(asked)| asked)
        .map_err(|error| Fault::bad(error.to_string()))
}

/// Everything that may change while one looks, but for what is below the tabs.
pub(crate) fn live(site: &Site, id: &UnitId, view: &UnitView) -> Markup {
    let report = &view.report;
    html! {
        div.head {
            div {
                h1 { (Outside(&id.name)) }
                p.sub { (kind(id.kind)) " in " (Outside(&id.namespace)) }
            }
            p.states {
                (words::sync(report.sync).badge()) " " (words::health(report.health.status).badge())
                @if let Some(operation) = &report.operation { " " (words::phase(operation.phase).badge()) }
            }
        }
        @if !report.health.message.is_empty() { p.message { (Outside(&report.health.message)) } }
        (buttons(site, id, view))
        (hold(site, id, view))
        (pause::banner(site, id, view))
        (conditions(report))
        (facts(site, view))
    }
}

/// Where one is, with the way back.
pub(crate) fn trail(id: &UnitId, here: Option<&str>) -> Markup {
    html! {
        nav.trail aria-label="Where you are" {
            a href="/" { "Now" } " / "
            @match here {
                Some(here) => { a href=(path(id)) { (Outside(&id.name)) } " / " span aria-current="page" { (here) } }
                None => { span aria-current="page" { (Outside(&id.name)) } }
            }
        }
    }
}

/// A button that changes something.
pub(crate) fn button(site: &Site, action: &str, text: &str, class: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            input type="hidden" name="token" value=(site.token());
            button class=(class) type="submit" id={ "do-" (text.to_lowercase()) } { (text) }
        }
    }
}

/// A commit with what people know it by.
pub(crate) fn revision(site: &Site, revision: Option<&Revision>) -> Markup {
    html! {
        @match revision {
            Some(revision) => {
                code title=(revision.commit) { (revision.commit.short()) }
                @if let Some(name) = &revision.name { " " span.sub { (Outside(name)) } }
                @if let Some(told) = site.commits.get(&revision.commit) {
                    " " span.subject { (Outside(&told.subject)) } " " span.sub { (Outside(&told.author)) }
                }
            }
            None => { span.sub { "none yet" } }
        }
    }
}

fn buttons(site: &Site, id: &UnitId, view: &UnitView) -> Markup {
    let path = path(id);
    html! {
        div.actions {
            @if view.unit.is_some() {
                // What it would change is shown first, with the button that does it.
                a.button #sync href={ (path) "/diff" } { "Sync" }
            }
            (button(site, &format!("{path}/refresh"), "Refresh", ""))
            @if view.unit.as_ref().is_some_and(|unit| !unit.suspended) {
                a.button href={ (path) "/suspend" } { "Suspend" }
            }
        }
    }
}

fn hold(site: &Site, id: &UnitId, view: &UnitView) -> Markup {
    let hold = view.unit.as_ref().and_then(|unit| unit.hold.as_ref());
    html! {
        @if let Some(hold) = hold {
            section.banner.warn aria-labelledby="held" {
                div {
                    h2 #held { span aria-hidden="true" { "↶ " } "A rollback holds" }
                    p {
                        "Rolled back to " code { (hold.revision.short()) } " from " code { (hold.from.short()) }
                        " by " b { (Outside(&hold.by)) } " " (words::when(&hold.at)) ". It holds until something new is pushed"
                        @if let Some(until) = &hold.until { ", at most until " (Outside(until)) }
                        "."
                    }
                    @if let Some(reason) = &hold.reason { p { "Why: " (Outside(reason)) } }
                }
                (button(site, &format!("{}/release", path(id)), "Release", ""))
            }
        } @else if view.report.held {
            section.banner.warn { p { "A rollback holds." } (button(site, &format!("{}/release", path(id)), "Release", "")) }
        }
    }
}

fn conditions(report: &UnitReport) -> Markup {
    html! {
        @for condition in &report.conditions {
            @let (what, next) = words::condition(condition.kind);
            section.banner.bad {
                div {
                    h2 { span aria-hidden="true" { "✕ " } (what) " " span.sub { (words::when(&condition.since)) } }
                    p.message { (Outside(&condition.message)) }
                    p.next { b { "Next: " } (next) }
                }
            }
        }
    }
}

fn facts(site: &Site, view: &UnitView) -> Markup {
    let report = &view.report;
    html! {
        dl.facts {
            div { dt { "Git says" } dd { (revision(site, report.revision.as_ref())) } }
            div { dt { "Applied" } dd { (revision(site, report.applied.as_ref())) } }
            @if let Some(unit) = &view.unit {
                div { dt { "Source" } dd {
                    (Outside(&unit.source.url)) " " span.sub { (Outside(reference(&unit.source.reference))) }
                    br; code { (Outside(if unit.render.path.is_empty() { "." } else { &unit.render.path })) }
                } }
                div { dt { "Goes to" } dd {
                    (Outside(&unit.destination.cluster.to_string()))
                    @if let Some(namespace) = &unit.destination.namespace { " / " (Outside(namespace)) }
                } }
                div { dt { "How" } dd { (mode(unit)) } }
            }
            div { dt { "Looked at" } dd {
                @if report.reconciled_at.is_empty() { "not yet" } @else { (words::when(&report.reconciled_at)) }
            } }
            @if !report.images.is_empty() {
                div.broad { dt { "Images" } dd { @for image in &report.images { code { (Outside(image)) } " " } } }
            }
        }
    }
}

fn mode(unit: &Unit) -> &'static str {
    match (
        &unit.deletion,
        unit.suspended,
        unit.sync.automated,
        unit.sync.self_heal,
    ) {
        (Some(_), ..) => "being deleted",
        (_, true, ..) => "paused",
        (_, _, true, true) => "follows Git and corrects drift",
        (_, _, true, false) => "follows Git, only reports drift",
        (_, _, false, _) => "changes only when asked",
    }
}

fn reference(reference: &Reference) -> String {
    match reference {
        Reference::Head => "HEAD".to_owned(),
        Reference::Commit(commit) => commit.short().to_owned(),
        Reference::Branch(name)
        | Reference::Tag(name)
        | Reference::SemVer(name)
        | Reference::Name(name)
        | Reference::Any(name)
        | Reference::BranchOrHead(name) => name.clone(),
    }
}

fn commits(report: &UnitReport) -> BTreeSet<plumb_model::CommitId> {
    let shown = [&report.revision, &report.applied].into_iter().flatten();
    shown
        .chain(report.history.iter().map(|entry| &entry.revision))
        .map(|it| it.commit.clone())
        .collect()
}

fn kind(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Application => "Application",
        UnitKind::Kustomization => "Kustomization",
    }
}
