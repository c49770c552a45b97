//! Asking the ledger, which reads from disk, without holding up anybody else.

use plumb_history::{Ledger, Record};
use plumb_model::ActionDone;

use crate::{fault::Fault, site::Site, words::Word};

/// What `ask` finds in the ledger.
pub(crate) async fn ask<T: Send + 'static>(
    site: &Site,
    ask: impl FnOnce(&Ledger) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let books = site.line.books.clone();
    tokio::task::spawn_blocking(move || ask(books.ledger()))
        .await
        .map_err(|error| Fault::conflict(format!("the ledger was not read to its end: {error}")))?
}

/// How a record's change ended, and whether it touched anything.
pub(crate) fn outcome(record: &Record) -> Word {
    match record.outcome {
        plumb_history::Outcome::Succeeded => Word::new("Succeeded", "✓", "good"),
        plumb_history::Outcome::Failed => Word::new("Failed", "✕", "bad"),
    }
}

/// Why a cluster changed.
pub(crate) fn cause(cause: plumb_history::Cause) -> Word {
    use plumb_history::Cause;
    match cause {
        Cause::Push => Word::new("Push", "↑", "busy"),
        Cause::Drift => Word::new("Drift", "≠", "warn"),
        Cause::Rollback => Word::new("Rollback", "↶", "warn"),
        Cause::Prune => Word::new("Prune", "−", "mute"),
        Cause::Takeover => Word::new("Takeover", "⇥", "mute"),
        Cause::Manual => Word::new("Manual", "☞", "mute"),
    }
}

/// What was done to an object.
pub(crate) fn action(action: ActionDone) -> Word {
    let (symbol, tone) = match action {
        ActionDone::Created => ("+", "good"),
        ActionDone::Configured => ("~", "warn"),
        ActionDone::Unchanged => ("=", "mute"),
        ActionDone::Pruned => ("−", "bad"),
        ActionDone::PruneSkipped => ("‖", "mute"),
        ActionDone::Failed => ("✕", "bad"),
    };
    Word::new(crate::words::action(action), symbol, tone)
}
