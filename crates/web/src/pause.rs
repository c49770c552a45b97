//! Suspending an app for a time, and letting it go on.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use maud::{Markup, html};
use plumb_model::spec::duration;
use plumb_pipeline::{UnitView, actions};
use serde::Deserialize;

use crate::{
    actions::{Done, back},
    app::{button, trail},
    controls::{REASON, reason},
    fault::Fault,
    guard::Confirmed,
    layout,
    outside::Outside,
    site::Site,
    target::{Target, path},
};

/// For how long one can suspend at the push of a button.
const LENGTHS: [(&str, &str); 5] = [
    ("1h", "For 1 hour"),
    ("8h", "For 8 hours"),
    ("1d", "For 1 day"),
    ("7d", "For 7 days"),
    ("", "Without end"),
];

/// For how long.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    r#for: String,
}

/// What suspending means, and the buttons that do it.
pub(crate) async fn show(State(site): State<Arc<Site>>, target: Target) -> Result<Html<String>, Fault> {
    target.unit()?;
    let own = path(&target.id);
    let title = format!("Suspend {}?", target.id.name);
    let body = html! {
        (trail(&target.id, Some("Suspend")))
        div.head { h1 { (Outside(&title)) } }
        p { "Nothing is applied and no drift is corrected until it goes on: by itself when the time is over, or when somebody lets it." }
        form.confirm method="post" action={ (own) "/suspend" } {
            input type="hidden" name="token" value=(site.token());
            label for="reason" { "Why? " span.sub { "(shown while it is suspended)" } }
            input #reason type="text" name="reason" maxlength=(REASON) autocomplete="off";
            div.actions {
                a.button #cancel href=(own) autofocus { "Cancel" }
                @for (length, text) in LENGTHS {
                    button type="submit" formaction={ (own) "/suspend?for=" (length) } { (text) }
                }
            }
        }
    };
    Ok(Html(layout::page(&title, None, &body).into_string()))
}

/// Does it.
pub(crate) async fn start(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    target: Target,
    confirmed: Confirmed,
) -> Result<Redirect, Fault> {
    let length = match asked.r#for.trim() {
        "" => None,
        text => Some(
            duration::parse_length(text)
                .filter(|length| !length.is_zero())
                .ok_or_else(|| Fault::bad(format!("{text:?} is no length of time: it is as 8h or 2d")))?,
        ),
    };
    let pause = actions::pause_for(&site.actor(), reason(confirmed.reason).as_deref(), length);
    actions::suspend(&site.asker()?, &target.id, Some(&pause)).await?;
    Ok(back(&target.id, Done::Suspend))
}

/// Lets it go on.
pub(crate) async fn end(
    State(site): State<Arc<Site>>,
    target: Target,
    _: Confirmed,
) -> Result<Redirect, Fault> {
    actions::suspend(&site.asker()?, &target.id, None).await?;
    Ok(back(&target.id, Done::Resume))
}

/// Says that an app is suspended, by whom and until when, with the way out.
pub(crate) fn banner(site: &Site, target: &plumb_model::UnitId, view: &UnitView) -> Markup {
    let unit = view.unit.as_ref().filter(|unit| unit.suspended);
    html! {
        @if let Some(unit) = unit {
            section.banner.warn aria-labelledby="paused" {
                div {
                    h2 #paused { span aria-hidden="true" { "‖ " } "Suspended" }
                    @match &unit.pause {
                        Some(pause) => {
                            p {
                                "By " b { (Outside(&pause.by)) } " " (crate::words::when(&pause.at))
                                @match &pause.until { Some(until) => { ", until " (Outside(until)) } None => ", without end" }
                                "."
                            }
                            @if let Some(reason) = &pause.reason { p { "Why: " (Outside(reason)) } }
                        }
                        None => p { "Nothing says by whom, or until when." }
                    }
                }
                (button(site, &format!("{}/resume", path(target)), "Resume", ""))
            }
        }
    }
}
