//! What is above the list of apps: who is needed, the last commits, and the drift of the day.

use std::collections::BTreeMap;

use maud::{Markup, html};
use plumb_history::{Cause, Entry, Outcome};

use crate::{
    controls::address,
    drift::{
        self,
        heat::{Hand, Heat},
    },
    outside::Outside,
    row::{Need, Row},
    site::Site,
    words,
};

/// So many commits are in the lane.
const DOTS: usize = 24;
/// Apps that begin within this time after the first are counted to what a commit took, in milliseconds; one that is
/// made later, or failed and tried again, would tell of something else.
const TOGETHER: i128 = 60_000;

/// A state that the list can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Of that need.
    Need(Need),
    /// A person changed something that Git says otherwise.
    Drifted,
    /// A rollback holds.
    Held,
    /// Somebody paused it.
    Paused,
}

impl Want {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 9] = [
        Self::Need(Need::Broken),
        Self::Drifted,
        Self::Need(Need::Approval),
        Self::Held,
        Self::Paused,
        Self::Need(Need::Unclear),
        Self::Need(Need::OutOfSync),
        Self::Need(Need::Moving),
        Self::Need(Need::Good),
    ];

    /// What it is called in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Need(Need::Broken) => "broken",
            Self::Need(Need::Approval) => "approval",
            Self::Need(Need::Unclear) => "unclear",
            Self::Need(Need::OutOfSync) => "out-of-sync",
            Self::Need(Need::Moving) => "moving",
            Self::Need(Need::Good) => "good",
            Self::Need(Need::Held) | Self::Held => "held",
            Self::Need(Need::Paused) | Self::Paused => "paused",
            Self::Drifted => "drifted",
        }
    }

    /// It in words, for people.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Need(Need::Broken) => "broken",
            Self::Need(Need::Approval) => "waiting for approval",
            Self::Need(Need::Unclear) => "unclear",
            Self::Need(Need::OutOfSync) => "out of sync",
            Self::Need(Need::Moving) => "on the way",
            Self::Need(Need::Good) => "fine",
            Self::Need(Need::Held) | Self::Held => "held by a rollback",
            Self::Need(Need::Paused) | Self::Paused => "paused",
            Self::Drifted => "drifted through a person",
        }
    }

    /// The one of that word; `None` = all apps.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|want| want.word() == word)
    }

    /// Whether a row is in that state.
    pub(crate) fn fits(self, row: &Row) -> bool {
        match self {
            Self::Need(need) => row.need() == need,
            Self::Held => row.view.report.held,
            Self::Paused => row.view.unit.as_ref().is_some_and(|unit| unit.suspended),
            Self::Drifted => {
                let mut fields = row
                    .view
                    .report
                    .resources
                    .iter()
                    .flat_map(|resource| &resource.drift);
                fields.any(|field| Hand::of(field.manager.as_deref()) == Hand::Person)
            }
        }
    }
}

/// Who is needed, and for what.
pub(crate) fn needs_you(rows: &[Row]) -> Markup {
    let wants = [
        (Want::Need(Need::Broken), "bad", "✕"),
        (Want::Drifted, "warn", "≠"),
        (Want::Need(Need::Approval), "warn", "!"),
        (Want::Held, "warn", "↶"),
        (Want::Paused, "mute", "‖"),
    ];
    let found: Vec<_> = wants
        .into_iter()
        .map(|(want, tone, symbol)| {
            (
                want,
                tone,
                symbol,
                rows.iter().filter(|row| want.fits(row)).count(),
            )
        })
        .filter(|(.., count)| *count > 0)
        .collect();
    html! {
        @if !found.is_empty() {
            nav.needs aria-label="Needs you" {
                b { "Needs you" }
                @for (want, tone, symbol, count) in found {
                    a class={ "chip " (tone) } href=(address("/", &[("need", want.word())])) {
                        span aria-hidden="true" { (symbol) } " " b { (count) } " " (want.text())
                    }
                }
            }
        }
    }
}

/// The last commits and the drift of the day; nothing where nothing is recorded yet.
pub(crate) async fn bands(site: &Site) -> Markup {
    let Ok(told) = site.lately.told(site).await else {
        return html! { p.banner.warn { "The ledger cannot be read, so the last commits are not shown: see " a href="/audit" { "Audit" } "." } };
    };
    let mut heat = Heat::of(&told.drifts, told.now);
    heat.add_now(&site.units());
    html! {
        (lane(&told.commits))
        @if !heat.strips.is_empty() {
            section.band aria-labelledby="day" {
                h2 #day { a href="/drift" { "Drift of the day" } " " span.count { (heat.strips.len()) @if heat.strips.len() == 1 { " app" } @else { " apps" } } }
                (drift::patterns())
                (drift::strip(&heat.together()))
                (drift::legend())
            }
        }
    }
}

/// A commit in the lane.
struct Dot<'e> {
    newest: &'e Entry,
    units: usize,
    failed: bool,
    took: i128,
}

fn lane(entries: &[Entry]) -> Markup {
    let dots = dots(entries);
    html! {
        @if !dots.is_empty() {
            section.band aria-labelledby="lane" {
                h2 #lane { "Last commits " span.count { "newest first" } }
                ol.lane tabindex="0" { @for dot in &dots { (one(dot)) } }
            }
        }
    }
}

fn one(dot: &Dot<'_>) -> Markup {
    let record = &dot.newest.record;
    let rolled = record.cause == Cause::Rollback;
    let (symbol, tone, word) = match (dot.failed, rolled) {
        (true, _) => ("✕", "bad", "failed"),
        (_, true) => ("↶", "warn", "rollback"),
        _ => ("●", "good", "applied"),
    };
    html! {
        @if let Some(source) = &record.source {
            li {
                a href=(address("/audit", &[("commit", source.commit.as_str())])) {
                    span class={ "dot " (tone) } aria-hidden="true" { (symbol) }
                    code { (source.commit.short()) }
                    span.subject { (Outside(source.subject.as_deref().unwrap_or("no subject"))) }
                }
                div.sub {
                    @if let Some(author) = &source.author { (Outside(&author.name)) " · " }
                    @if let Some(request) = &record.pull_request { (Outside(&request.number)) " · " }
                    (words::when(&record.finished.to_string()))
                }
                div.sub { (word) ": " (dot.units) @if dot.units == 1 { " app" } @else { " apps" } " in " (dot.took) " ms" }
            }
        }
    }
}

/// The commits that records tell of, newest first.
fn dots(entries: &[Entry]) -> Vec<Dot<'_>> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_commit: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let Some(source) = &entry.record.source else {
            continue;
        };
        let known = by_commit.entry(source.commit.as_str()).or_default();
        if known.is_empty() {
            order.push(source.commit.as_str());
        }
        known.push(entry);
    }
    order
        .into_iter()
        .take(DOTS)
        .filter_map(|commit| {
            let all = by_commit.get(commit)?;
            let newest = *all.first()?;
            let began = all.iter().map(|entry| entry.record.started).min()?;
            let together = all
                .iter()
                .filter(|entry| entry.record.started.duration_since(began).as_millis() <= TOGETHER);
            let units: std::collections::BTreeSet<_> = all.iter().map(|entry| &entry.record.unit).collect();
            // Of each app the newest counts: what failed and then succeeded has succeeded.
            let failed = units.iter().any(|unit| {
                let last = all.iter().find(|entry| entry.record.unit == **unit);
                last.is_some_and(|entry| entry.record.outcome == Outcome::Failed)
            });
            let took = together
                .map(|entry| entry.record.finished.duration_since(began).as_millis())
                .max();
            Some(Dot {
                newest,
                units: units.len(),
                failed,
                took: took.unwrap_or(0).max(0),
            })
        })
        .collect()
}
