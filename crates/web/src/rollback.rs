//! Going back: first what that would change, then the button that does it.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::State,
    response::{Html, Redirect},
};
use maud::{Markup, html};
use plumb_model::{HistoryEntry, Revision};
use plumb_pipeline::{
    actions::{self, RollbackRequest},
    preview::preview,
};
use plumb_plan::{Lasting, ObjectDiff};

use crate::{
    actions::{Done, back},
    app::{revision, trail},
    controls::{REASON, reason},
    diff::{changes, remarks, switch},
    fault::Fault,
    guard::Confirmed,
    layout,
    outside::Outside,
    site::Site,
    target::{Target, path},
    words,
};

/// What the rollback would change, and the button that does it.
pub(crate) async fn show(State(site): State<Arc<Site>>, target: Target) -> Result<Html<String>, Fault> {
    let unit = target.unit()?;
    let report = &target.view.report;
    // Whatever makes the rollback impossible is told here already.
    let hold = actions::hold_for(&target.id, unit, report, &asked(&site, &target))?;
    let commits = report
        .applied
        .iter()
        .map(|it| it.commit.clone())
        .chain([hold.revision.clone(), hold.from.clone()]);
    site.commits
        .look_up(&site, unit, commits.collect::<BTreeSet<_>>())
        .await;
    let found = preview(&site.line, unit, report, Some(&hold.revision)).await?;
    let entry = report.history.iter().find(|entry| entry.id == hold.history_id);
    let diffs: Vec<&ObjectDiff> = found.diffs.iter().collect();
    let body = html! {
        (trail(&target.id, Some("Rollback")))
        div.head { h1 { "Roll back " (Outside(&target.id.name)) "?" } }
        dl.facts {
            div { dt { "From" } dd { (revision(&site, report.applied.as_ref())) } }
            div { dt { "To" } dd {
                (revision(&site, Some(&Revision { commit: hold.revision.clone(), name: None })))
                @if let Some(entry) = entry { " " (deployed(entry)) }
            } }
            div { dt { "Until" } dd {
                "somebody pushes something newer than " code { (hold.from.short()) } ", or releases it"
            } }
        }
        (remarks(&found))
        (image_table(&diffs))
        (not_undone(&found.lasting(report)))
        (form(&site, &target))
        section aria-labelledby="changes" {
            h2 #changes { "What will be applied " span.count { (diffs.len()) } }
            p.sub { (found.plan.summary()) }
            (switch())
            (changes(&diffs))
        }
    };
    Ok(Html(
        layout::page(&format!("Roll back {}", target.id.name), None, &body).into_string(),
    ))
}

/// Does it.
pub(crate) async fn start(
    State(site): State<Arc<Site>>,
    target: Target,
    confirmed: Confirmed,
) -> Result<Redirect, Fault> {
    let request = RollbackRequest {
        reason: reason(confirmed.reason),
        ..asked(&site, &target)
    };
    // What cannot be rendered would hold the app at something that never comes.
    let (unit, report) = (target.unit()?, &target.view.report);
    let hold = actions::hold_for(&target.id, unit, report, &request)?;
    preview(&site.line, unit, report, Some(&hold.revision)).await?;
    actions::rollback(&site.asker()?, &target.id, &request).await?;
    Ok(back(&target.id, Done::Rollback))
}

fn asked(site: &Site, target: &Target) -> RollbackRequest {
    RollbackRequest {
        entry: target.entry,
        by: site.actor(),
        ..RollbackRequest::default()
    }
}

fn form(site: &Site, target: &Target) -> Markup {
    html! {
        form.confirm method="post" {
            input type="hidden" name="token" value=(site.token());
            label for="reason" { "Why? " span.sub { "(optional, shown while the rollback holds)" } }
            input #reason type="text" name="reason" maxlength=(REASON) autocomplete="off";
            div.actions {
                a.button #cancel href=(path(&target.id)) autofocus { "Cancel" }
                button.danger type="submit" { "Roll back" }
            }
        }
    }
}

fn deployed(entry: &HistoryEntry) -> Markup {
    html! { span.sub { "entry " (entry.id) ", deployed " (words::when(&entry.deployed_at)) } }
}

/// What stays, or goes for good, whatever Git says afterwards.
fn not_undone(lasting: &[Lasting]) -> Markup {
    html! {
        @if !lasting.is_empty() {
            section aria-labelledby="lasting" {
                h2 #lasting { "What going back does not undo " span.count { (lasting.len()) } }
                ul { @for it in lasting { li { b { (Outside(it.id.to_string())) } ": " (Outside(&it.why)) } } }
            }
        }
    }
}

fn image_table(diffs: &[&ObjectDiff]) -> Markup {
    let images = plumb_plan::images(diffs);
    let image = |image: &Option<String>| {
        html! { @match image { Some(image) => code { (Outside(image)) }, None => span.sub { "none" } } }
    };
    html! {
        @if !images.is_empty() {
            section aria-labelledby="images" {
                h2 #images { "Images " span.count { (images.len()) } }
                div.scroll tabindex="0" role="group" aria-labelledby="images" { table {
                    thead { tr { th { "Container" } th { "Now" } th { "After" } } }
                    tbody { @for change in &images { tr {
                        th scope="row" { (Outside(&change.container)) div.sub { (Outside(change.id.to_string())) } }
                        td { (image(&change.before)) }
                        td { (image(&change.after)) }
                    } } }
                } }
            }
        }
    }
}
