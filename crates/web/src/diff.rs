//! What a sync would change now, and how such changes are shown.

use std::{borrow::Cow, sync::Arc};

use axum::{extract::State, response::Html};
use maud::{Markup, html};
use plumb_model::ObjectId;
use plumb_pipeline::preview::{Preview, preview, texts};
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

mod lines;
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
            @if !shown.is_empty() { (button(&site, &format!("{path}/sync"), "Sync", "main")) (switch()) }
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
    /// What it was and what it becomes, as YAML; `None` = it is not there.
    fn texts(&self) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>);
}

impl Differs for ObjectDiff {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn texts(&self) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
        let (before, after) = texts(self);
        (before.map(Cow::Owned), after.map(Cow::Owned))
    }
}

impl Differs for plumb_history::ObjectDiff {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn texts(&self) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
        (
            self.before.as_deref().map(Cow::Borrowed),
            self.after.as_deref().map(Cow::Borrowed),
        )
    }
}

/// Every object that a sync changes.
pub(crate) fn changes(diffs: &[&ObjectDiff]) -> Markup {
    changes_or(diffs, "Nothing: the cluster is as that commit says.")
}

/// Every object that changes; where none does, what is said instead.
pub(crate) fn changes_or<D: Differs>(diffs: &[&D], nothing: &str) -> Markup {
    html! {
        @if diffs.is_empty() { p.empty { (nothing) } }
        @for diff in diffs.iter().take(OBJECTS) { (object(*diff)) }
        @if diffs.len() > OBJECTS { p.empty { "Showing " (OBJECTS) " of " (diffs.len()) " objects." } }
    }
}

/// The switch that puts all sides of a page beside each other. Once on a page; the stylesheet does the rest.
pub(crate) fn switch() -> Markup {
    html! { label.check.wide { input #split type="checkbox"; " Side by side" } }
}

fn object(diff: &impl Differs) -> Markup {
    let (before, after) = diff.texts();
    let (what, tone) = match (&before, &after) {
        (None, _) => ("created", "good"),
        (_, None) => ("deleted", "bad"),
        _ => ("changed", "warn"),
    };
    let lines = lines::of(
        before.as_deref().unwrap_or_default(),
        after.as_deref().unwrap_or_default(),
    );
    html! {
        details.diff open {
            summary {
                span class={ "chip " (tone) } { (what) } " " b { (Outside(diff.id().to_string())) }
                " " span.plus { "+" (lines.added) } " " span.minus { "−" (lines.removed) }
            }
            (lines.markup(LINES))
        }
    }
}
