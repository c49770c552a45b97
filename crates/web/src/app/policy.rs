//! How an app is kept, and where that is said.

use maud::{Markup, html};
use plumb_model::{Removal, Unit};

use crate::{outside::Outside, target::Target};

/// The tab.
pub(crate) fn tab(target: &Target) -> Markup {
    html! {
        section aria-labelledby="policy" {
            h2 #policy { "Policy" }
            @match &target.view.unit {
                Some(unit) => {
                    p.sub { "As its custom resource says it: " code { (Outside(target.id.to_string())) } }
                    dl.facts { @for (what, is) in facts(unit) { div { dt { (what) } dd { (Outside(is)) } } } }
                }
                None => { p.empty { "Its custom resource is not understood: see what is wrong with it above." } }
            }
        }
    }
}

/// What is said of how a unit is kept, in words.
pub(crate) fn facts(unit: &Unit) -> Vec<(&'static str, String)> {
    let sync = &unit.sync;
    let yes = |is: bool, yes: &str, no: &str| if is { yes } else { no }.to_owned();
    let mut facts = vec![
        (
            "New commits",
            yes(
                sync.automated,
                "are applied by themselves",
                "are applied when somebody asks",
            ),
        ),
        ("Drift", yes(sync.self_heal, "is corrected", "is only reported")),
        (
            "What leaves Git",
            match (sync.prune, sync.conduct.prune) {
                (false, _) | (_, Removal::Forbidden) => "stays in the cluster".to_owned(),
                (true, Removal::Confirmed) => "is deleted once somebody confirms".to_owned(),
                (true, Removal::Allowed) => "is deleted".to_owned(),
            },
        ),
        (
            "Rendering to nothing",
            yes(sync.allow_empty, "may delete everything", "is refused"),
        ),
        (
            "Large deletions",
            yes(
                sync.conduct.fuse.is_some(),
                "wait for approval",
                "go ahead without asking",
            ),
        ),
        (
            "After a failure",
            match sync.retry.limit {
                Some(0) => "not tried again by itself".to_owned(),
                Some(limit) => format!(
                    "tried {limit} times, first after {} s",
                    sync.retry.first.as_secs()
                ),
                None => format!(
                    "tried again without end, first after {} s",
                    sync.retry.first.as_secs()
                ),
            },
        ),
        ("Differences that are no drift", sync.ignore.len().to_string()),
        ("Field manager", unit.field_manager.clone()),
    ];
    if !unit.depends_on.is_empty() {
        let names: Vec<String> = unit.depends_on.iter().map(ToString::to_string).collect();
        facts.push(("Waits for", names.join(", ")));
    }
    facts
}
