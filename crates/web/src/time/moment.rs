//! Where a moment is among the records.

use jiff::Timestamp;
use plumb_history::{At, Entry, Filter, HistoryError, Ledger};
use plumb_model::{UnitId, UnitKind};

use crate::fault::Fault;

/// Where a moment is among the records.
pub(crate) struct Around {
    /// When it is.
    pub(crate) time: Timestamp,
    /// The newest record by then.
    pub(crate) here: Option<Entry>,
    /// The one before that.
    pub(crate) before: Option<Entry>,
    /// The first one after it.
    pub(crate) after: Option<Entry>,
}

/// Where `at` is among the records of `unit`, or of all.
pub(crate) fn around(
    ledger: &Ledger,
    at: &At,
    unit: Option<&UnitId>,
    now: Timestamp,
) -> Result<Around, HistoryError> {
    let of_unit = Filter {
        unit: unit.map(ToString::to_string),
        ..Filter::default()
    };
    let time = match at {
        At::Newest => now,
        At::Time(time) => *time,
        At::Record(id) => ledger.entry(*id)?.record.finished,
        At::Source(commit) => {
            let filter = Filter {
                commit: Some(commit.to_string()),
                ..of_unit.clone()
            };
            match ledger.ids(&filter).last() {
                Some(id) => ledger.entry(*id)?.record.finished,
                None => now,
            }
        }
    };
    let until = Filter {
        until: Some(time),
        ..of_unit.clone()
    };
    let mut newest = ledger.page(&until, None, 2)?.entries.into_iter();
    let (here, before) = (newest.next(), newest.next());
    let since = Filter {
        since: Some(time),
        ..of_unit
    };
    // Newest first, so the last that is not the one here is the next.
    let later = ledger.ids(&since);
    let next = later
        .iter()
        .rev()
        .find(|id| here.as_ref().is_none_or(|here| here.id != **id));
    let after = next.map(|id| ledger.entry(*id)).transpose()?;
    Ok(Around {
        time,
        here,
        before,
        after: after.filter(|after| after.record.finished > time),
    })
}

/// The newest record of a unit up to a time.
pub(crate) fn last(ledger: &Ledger, unit: &UnitId, until: Timestamp) -> Result<Option<Entry>, HistoryError> {
    let filter = Filter {
        unit: Some(unit.to_string()),
        until: Some(until),
        ..Filter::default()
    };
    Ok(ledger.page(&filter, None, 1)?.entries.pop())
}

/// The one unit that `text` means: its name, with its namespace and kind where several have it.
pub(crate) fn unit(ledger: &Ledger, text: &str) -> Result<UnitId, Fault> {
    let parts: Vec<&str> = text.split('/').collect();
    let fits = |unit: &UnitId| match parts[..] {
        [name] => unit.name == name,
        [namespace, name] => unit.namespace == namespace && unit.name == name,
        [kind, namespace, name] => {
            let known = [UnitKind::Application, UnitKind::Kustomization];
            let is_kind = known.iter().any(|it| it.word() == kind && *it == unit.kind);
            is_kind && unit.namespace == namespace && unit.name == name
        }
        _ => false,
    };
    let mut fitting: Vec<UnitId> = ledger.units().into_iter().filter(fits).collect();
    match (fitting.pop(), fitting.pop()) {
        (Some(unit), None) => Ok(unit),
        (Some(one), Some(other)) => Err(Fault::bad(format!(
            "{text:?} may be {other} or {one}: say which one"
        ))),
        (None, _) => Err(Fault::bad(format!(
            "the ledger tells of no app {text:?}: write it as my-app, argocd/my-app or application/argocd/my-app"
        ))),
    }
}
