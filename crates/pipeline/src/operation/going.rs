//! What a plan needs to know of the operation that it is a part of.

use std::time::Duration;

use jiff::Timestamp;
use plumb_model::{ObjectId, ObjectResult, OperationReport, RequestAction, Selected, Unit};
use plumb_plan::{Course, Extent, Scope};

use super::GRACE;
use crate::{Memory, Pass, now};

/// What a plan needs to know of the operation that it is a part of.
#[derive(Clone, Debug)]
pub(crate) struct Going {
    id: String,
    began: i64,
    results: Vec<ObjectResult>,
    underway: bool,
    confirmed: bool,
    only: Vec<Selected>,
    fresh: bool,
    ending: Option<String>,
    hookless: bool,
    stale: Vec<(ObjectId, String)>,
}

impl Going {
    /// What deletes a unit.
    pub(crate) fn deletion(
        asked_at: &str,
        operation: Option<&OperationReport>,
        stale: Vec<(ObjectId, String)>,
    ) -> Self {
        Self {
            id: asked_at.to_owned(),
            began: asked_at.parse::<Timestamp>().map_or(0, Timestamp::as_second),
            results: operation
                .map(|operation| operation.results.clone())
                .unwrap_or_default(),
            underway: true,
            confirmed: true,
            only: Vec::new(),
            fresh: false,
            ending: None,
            hookless: false,
            stale,
        }
    }

    pub(crate) fn course(&self) -> Course<'_> {
        Course {
            id: &self.id,
            began: self.began,
            results: &self.results,
            underway: self.underway,
            confirmed: self.confirmed,
            only: &self.only,
            fresh: self.fresh,
            ending: self.ending.as_deref(),
            hookless: self.hookless,
            stale: &self.stale,
        }
    }
}

/// What somebody asks of the operation that is to begin.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) pinned: bool,
    pub(super) only: Vec<Selected>,
    pub(super) hookless: bool,
}

impl Wish {
    pub(super) fn of(unit: &Unit) -> Self {
        match unit.request.as_ref().map(|request| &request.action) {
            Some(RequestAction::Sync {
                revision,
                only,
                hookless,
                ..
            }) => Self {
                pinned: revision.is_some(),
                only: only.clone(),
                hookless: *hookless,
            },
            _ => Self::default(),
        }
    }
}

impl Pass {
    /// The operation that a plan is a part of; `None` where nothing but corrections may be done.
    pub(crate) fn going(&self, unit: &Unit, memory: &Memory, scope: Scope) -> Option<Going> {
        if scope.extent == Extent::Look {
            return None;
        }
        let running = self.report.running();
        let wish = Wish::of(unit);
        let id = running.map_or_else(|| self.starts_at.clone(), |running| running.started_at.clone());
        let since = memory.touched_at.map(|at| at.elapsed());
        Some(Going {
            began: id.parse::<Timestamp>().map_or(0, Timestamp::as_second),
            results: running.map(|running| running.results.clone()).unwrap_or_default(),
            underway: running.is_some() || asks_for_sync(unit),
            confirmed: is_after(unit.approval.confirmed_at.as_deref(), &id),
            only: running.map_or(wish.only, |running| running.only.clone()),
            fresh: since.is_some_and(|since| since < GRACE),
            ending: running.and_then(|running| ending(unit, running)),
            hookless: running.map_or(wish.hookless || self.report.held, |running| running.hookless),
            stale: self.stale.clone(),
            id,
        })
    }
}

/// When an operation begins: later than the one before, since the time is what tells them apart.
pub(crate) fn next_start(memory: &Memory) -> String {
    let now = now();
    let last = memory
        .report
        .operation
        .as_ref()
        .map(|last| last.started_at.as_str());
    match last.and_then(|last| last.parse::<Timestamp>().ok()) {
        Some(last) if last.as_second() >= Timestamp::now().as_second() => last
            .checked_add(Duration::from_secs(1))
            .map_or(now, |next| next.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        _ => now,
    }
}

pub(crate) fn asks_for_sync(unit: &Unit) -> bool {
    let request = unit.request.as_ref();
    request.is_some_and(|request| matches!(request.action, RequestAction::Sync { .. }))
}

/// Why the operation is to be ended before its end.
fn ending(unit: &Unit, running: &OperationReport) -> Option<String> {
    if is_terminated(unit) {
        return Some("operation terminated".to_owned());
    }
    let patience = unit.sync.conduct.patience?;
    let past = elapsed(&running.started_at)?;
    (past > patience).then(|| format!("{}: not within {} s", running.message, patience.as_secs()))
}

pub(super) fn is_terminated(unit: &Unit) -> bool {
    let request = unit.request.as_ref();
    request.is_some_and(|request| request.action == RequestAction::Terminate)
}

pub(super) fn elapsed(since: &str) -> Option<Duration> {
    let since: Timestamp = since.parse().ok()?;
    Timestamp::now().duration_since(since).try_into().ok()
}

/// Whether a confirmation was given at or after `begin`; both in whole seconds.
pub(crate) fn is_after(confirmed: Option<&str>, begin: &str) -> bool {
    let seconds = |text: &str| text.get(..19).map(str::to_owned);
    confirmed.is_some_and(|confirmed| seconds(confirmed) >= seconds(begin))
}
