//! What was applied before, and the way back to it.

use maud::{Markup, html};
use plumb_model::{CommitId, UnitId, UnitReport};

use crate::{app::revision, controls::address, outside::Outside, site::Site, target::path, words};

/// What was applied, newest first.
pub(crate) fn table(site: &Site, id: &UnitId, report: &UnitReport, most: usize) -> Markup {
    let current = report.history.last().map(|entry| entry.id);
    html! {
        section aria-labelledby="history" {
            h2 #history { "History" }
            @if report.history.is_empty() { p.empty { "Nothing was applied yet." } } @else {
                div.scroll tabindex="0" role="group" aria-labelledby="history" { table {
                    thead { tr {
                        th { "Entry" } th { "Revision" } th { "Deployed" } th { "By" }
                        th { span.away { "Roll back" } }
                    } }
                    tbody { @for entry in report.history.iter().rev().take(most) {
                        tr {
                            th.number scope="row" { (entry.id) }
                            td { (revision(site, Some(&entry.revision))) }
                            td { (words::when(&entry.deployed_at)) }
                            td { @if entry.initiated_by.is_empty() { "Plumb" } @else { (Outside(&entry.initiated_by)) } }
                            td.end {
                                @if Some(entry.id) == current { span.sub { "in force" } } @else {
                                    a.button href=(compared(id, &entry.revision.commit)) { "Compare" span.away { " entry " (entry.id) " with what is in force" } } " "
                                    a.button #{ "back-" (entry.id) } href={ (path(id)) "/rollback/" (entry.id) } {
                                        "Rollback" span.away { " to entry " (entry.id) }
                                    }
                                }
                            }
                        }
                    } }
                } }
                @if report.history.len() > most {
                    p.empty { "Showing " (most) " of " (report.history.len()) "; " a href="?tab=history" { "the history" } " has more." }
                }
                p { a href=(address("/audit", &[("unit", &id.to_string())])) { "Everything that was done to it" } }
            }
        }
    }
}

/// What differs between what a commit rendered to and what is in force.
fn compared(id: &UnitId, commit: &CommitId) -> String {
    let values = [
        ("from", commit.as_str()),
        ("at", "now"),
        ("unit", &id.to_string()),
    ];
    address("/time", &values)
}
