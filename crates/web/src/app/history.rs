//! What was applied before, and the way back to it.

use maud::{Markup, html};
use plumb_model::{UnitId, UnitReport};

use crate::{app::revision, outside::Outside, site::Site, target::path, words};

/// What was applied, newest first.
pub(crate) fn table(site: &Site, id: &UnitId, report: &UnitReport) -> Markup {
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
                    tbody { @for entry in report.history.iter().rev() {
                        tr {
                            th.number scope="row" { (entry.id) }
                            td { (revision(site, Some(&entry.revision))) }
                            td { (words::when(&entry.deployed_at)) }
                            td { @if entry.initiated_by.is_empty() { "Plumb" } @else { (Outside(&entry.initiated_by)) } }
                            td.end {
                                @if Some(entry.id) == current { span.sub { "in force" } } @else {
                                    a.button #{ "back-" (entry.id) } href={ (path(id)) "/rollback/" (entry.id) } {
                                        "Rollback" span.away { " to entry " (entry.id) }
                                    }
                                }
                            }
                        }
                    } }
                } }
            }
        }
    }
}
