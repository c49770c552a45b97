//! What was done to an app, on a line of time.
//!
//! **Invariant:** the drawing says nothing that the records below it do not.

use jiff::{Timestamp, Unit as Span};
use maud::{Markup, html};
use plumb_history::{Cause, Entry, Filter, Outcome};
use plumb_model::UnitId;

use crate::{audit, controls::address, fault::Fault, recorded, site::Site};

/// So many records are on the line.
const DOTS: usize = 200;
/// So many of them are listed below it.
const ROWS: usize = 10;
/// Sizes, in pixels.
const WIDTH: i64 = 1000;
const EDGE: i64 = 14;
/// The line has so many marks.
const MARKS: i64 = 5;

/// The line, and the newest records of it.
pub(super) async fn band(site: &Site, id: &UnitId) -> Result<Markup, Fault> {
    let filter = Filter {
        unit: Some(id.to_string()),
        ..Filter::default()
    };
    let entries = recorded::ask(site, move |ledger| Ok(ledger.page(&filter, None, DOTS)?.entries)).await?;
    if entries.is_empty() {
        return Ok(html! {});
    }
    let shown = &entries[..entries.len().min(ROWS)];
    Ok(html! {
        section aria-labelledby="done" {
            h2 #done { "What was done to it " span.count { (entries.len()) @if entries.len() == DOTS { " newest" } } }
            (line(&entries, Timestamp::now()))
            (audit::table(shown, "done"))
            @if entries.len() > ROWS { p { a href=(address("/audit", &[("unit", &id.to_string())])) { "All records" } } }
        }
    })
}

fn line(entries: &[Entry], now: Timestamp) -> Markup {
    let first = entries
        .iter()
        .map(|entry| entry.record.finished)
        .min()
        .unwrap_or(now);
    let whole = (now.as_millisecond() - first.as_millisecond()).max(1);
    let at = |time: Timestamp| {
        let since = (time.as_millisecond() - first.as_millisecond()).clamp(0, whole);
        EDGE + since * (WIDTH - EDGE * 2) / whole
    };
    let marks = (0..=MARKS).filter_map(|mark| {
        let time = Timestamp::from_millisecond(first.as_millisecond() + whole * mark / MARKS).ok()?;
        Some((mark, at(time), time))
    });
    html! {
        div.timeline aria-hidden="true" {
            svg viewBox={ "0 0 " (WIDTH) " 52" } {
                path.axis d={ "M" (EDGE) " 20H" (WIDTH - EDGE) } {}
                @for (mark, x, time) in marks {
                    path.axis d={ "M" (x) " 16v8" } {}
                    text x=(x) y="44" text-anchor=(match mark { 0 => "start", MARKS => "end", _ => "middle" }) { (told(time, whole)) }
                }
                // The newest are drawn last, over the others.
                @for entry in entries.iter().rev() { (dot(entry, at(entry.record.finished))) }
            }
        }
    }
}

fn dot(entry: &Entry, x: i64) -> Markup {
    let record = &entry.record;
    let failed = record.outcome == Outcome::Failed;
    let tone = match record.cause {
        _ if failed => "bad",
        Cause::Push => "good",
        Cause::Rollback | Cause::Drift => "warn",
        Cause::Prune | Cause::Takeover | Cause::Manual => "mute",
    };
    html! {
        a href={ "/audit/" (entry.id) } tabindex="-1" class={ "mark " (tone) } {
            @match record.cause {
                _ if failed => path d={ "M" (x - 5) " 15l10 10m0 -10l-10 10" } {},
                Cause::Push => circle cx=(x) cy="20" r="5" {},
                Cause::Rollback => path d={ "M" (x + 5) " 14l-10 6l10 6z" } {},
                Cause::Drift => path d={ "M" (x - 6) " 17h12M" (x - 6) " 23h12" } {},
                Cause::Prune | Cause::Takeover | Cause::Manual => rect x=(x - 4) y="16" width="8" height="8" {},
            }
            title { (crate::outside::Outside(record.subject())) }
        }
    }
}

/// A time as short as the line allows.
fn told(time: Timestamp, whole: i64) -> String {
    let form = match whole {
        0..=86_400_000 => "%H:%M",
        86_400_001..=604_800_000 => "%d %b %H:%M",
        _ => "%d %b",
    };
    let rounded = time.round(Span::Second).unwrap_or(time);
    rounded.strftime(form).to_string()
}
