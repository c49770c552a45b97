//! What a sync would change now, and how such changes are shown.

use std::sync::Arc;

use axum::{extract::State, response::Html};
use maud::{Markup, html};
use plumb_model::ObjectId;
use plumb_pipeline::preview::{Preview, preview, unified, unified_texts};
use plumb_plan::ObjectDiff;

use crate::{
    app::{button, revision, trail},
    fault::Fault,
    layout,
    outside::Outside,
    site::Site,
    tabs::{self, Tab},
    target::{Target, path},
};

#[cfg(test)]
mod tests;

/// So many lines of one object's change are shown.
const LINES: usize = 1500;
/// So many objects are shown.
const OBJECTS: usize = 300;

/// The page.
pub(crate) async fn show(State(site): State<Arc<Site>>, target: Target) -> Result<Html<String>, Fault> {
    let unit = target.unit()?;
    let held = unit.hold.as_ref().map(|hold| &hold.revision);
    let found = preview(&site.line, unit, &target.view.report, held).await?;
    let prunes = unit.sync.prune;
    let (gone, changed): (Vec<&ObjectDiff>, Vec<&ObjectDiff>) =
        found.diffs.iter().partition(|diff| diff.after.is_none());
    let shown: Vec<&ObjectDiff> = if prunes {
        found.diffs.iter().collect()
    } else {
        changed
    };
    let path = path(&target.id);
    let body = html! {
        (trail(&target.id, Some("What would change")))
        (tabs::bar(&target.id, Tab::Diff))
        div.head { div {
            h1 { "What a sync would change" }
            p.sub { "to reach " (revision(&site, Some(&found.revision))) }
        } }
        (remarks(&found))
        @if !prunes && !gone.is_empty() {
            p.notice { (gone.len()) " objects left Git and would stay, since pruning is off." }
        }
        div.actions {
            a.button href=(path) { "Back" }
            @if !shown.is_empty() { (button(&site, &format!("{path}/sync"), "Sync", "main")) }
        }
        (changes(&shown))
    };
    Ok(Html(layout::page(&target.id.name, None, &body).into_string()))
}

/// What was noticed on the way.
pub(crate) fn remarks(found: &Preview) -> Markup {
    html! {
        @for problem in found.plan.verdicts().iter().filter_map(|it| it.problem.as_ref()) {
            p.banner.bad { (Outside(problem)) }
        }
        @for warning in &found.warnings { p.banner.warn { (Outside(warning)) } }
    }
}

/// The change of an object, wherever it was found.
pub(crate) trait Differs {
    /// Which object.
    fn id(&self) -> &ObjectId;
    /// Whether it was there before, and is after.
    fn is_there(&self) -> (bool, bool);
    /// As a unified diff; empty where nothing changes.
    fn unified(&self) -> String;
}

impl Differs for ObjectDiff {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn is_there(&self) -> (bool, bool) {
        (self.before.is_some(), self.after.is_some())
    }

    fn unified(&self) -> String {
        unified(self)
    }
}

impl Differs for plumb_history::ObjectDiff {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn is_there(&self) -> (bool, bool) {
        (self.before.is_some(), self.after.is_some())
    }

    fn unified(&self) -> String {
        let texts = (self.before.as_deref(), self.after.as_deref());
        unified_texts(&self.id.to_string(), texts, ("before", "after"))
    }
}

/// Every object that a sync changes, with a unified diff.
pub(crate) fn changes(diffs: &[&ObjectDiff]) -> Markup {
    changes_or(diffs, "Nothing: the cluster is as that commit says.")
}

/// Every object that changes, with a unified diff; where none does, what is said instead.
pub(crate) fn changes_or<D: Differs>(diffs: &[&D], nothing: &str) -> Markup {
    html! {
        @if diffs.is_empty() { p.empty { (nothing) } }
        @for diff in diffs.iter().take(OBJECTS) { (object(*diff)) }
        @if diffs.len() > OBJECTS { p.empty { "Showing " (OBJECTS) " of " (diffs.len()) " objects." } }
    }
}

fn object(diff: &impl Differs) -> Markup {
    let text = diff.unified();
    let body: Vec<&str> = text.lines().collect();
    let count = |sign: char| body.iter().skip(2).filter(|line| line.starts_with(sign)).count();
    let (what, tone) = match diff.is_there() {
        (false, _) => ("created", "good"),
        (_, false) => ("deleted", "bad"),
        _ => ("changed", "warn"),
    };
    html! {
        details.diff open {
            summary {
                span class={ "chip " (tone) } { (what) } " " b { (Outside(diff.id().to_string())) }
                " " span.plus { "+" (count('+')) } " " span.minus { "−" (count('-')) }
            }
            pre tabindex="0" {
                @for (index, line) in body.iter().take(LINES).enumerate() {
                    span class=(class(index, line)) { (Outside(line)) "\n" }
                }
                @if body.len() > LINES { span.hunk { (body.len() - LINES) " more lines\n" } }
            }
        }
    }
}

fn class(index: usize, line: &str) -> &'static str {
    match line.as_bytes().first() {
        _ if index < 2 => "file",
        Some(b'+') => "add",
        Some(b'-') => "del",
        Some(b'@') => "hunk",
        _ => "same",
    }
}
