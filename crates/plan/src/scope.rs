//! What a pass may do at all: everything, nothing but look, or prune as well.

use plumb_model::{Cause, Phase, RequestAction, Revision, Unit, UnitReport};

/// How far a pass may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Look and report.
    Look,
    /// Put back what was there: no hooks, and nothing is waited for.
    Heal,
    /// Make the cluster as Git says, in an operation with all its phases.
    Apply,
}

/// What a pass may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How far it may go.
    pub extent: Extent,
    /// Whether it may delete what left Git.
    pub prune: bool,
}

/// What the next pass of `unit` may do towards `revision`, after `before`.
///
/// A new commit is applied where the unit is automated; one that was applied already is applied again only where
/// self-heal is on. One that failed is tried again only as often as the unit's retry says, which the caller keeps.
#[must_use]
pub fn scope(unit: &Unit, before: &UnitReport, revision: &Revision) -> Scope {
    let look = Scope {
        extent: Extent::Look,
        prune: false,
    };
    if let Some(running) = before.running()
        && running.revision.as_ref() == Some(revision)
        && running.cause != Cause::Drift
    {
        return Scope {
            extent: Extent::Apply,
            prune: running.prune,
        };
    }
    if let Some(request) = &unit.request
        && let RequestAction::Sync { prune, dry_run, .. } = request.action
    {
        return if dry_run {
            look
        } else {
            Scope {
                extent: Extent::Apply,
                prune,
            }
        };
    }
    let sync = &unit.sync;
    let applied = before
        .applied
        .as_ref()
        .is_some_and(|applied| applied.commit == revision.commit);
    let failed = before
        .operation
        .as_ref()
        .is_some_and(|operation| operation.phase != Phase::Succeeded && operation.cause != Cause::Drift);
    let whole = match (applied && !failed, sync.self_heal) {
        (true, false) => Extent::Look,
        (true, true) => Extent::Heal,
        (false, _) => Extent::Apply,
    };
    if unit.hold.is_some() {
        // A rollback was asked for: it is applied even where nothing else is.
        return match whole {
            Extent::Look => look,
            extent => Scope { extent, prune: true },
        };
    }
    if !sync.automated || whole == Extent::Look {
        return look;
    }
    Scope {
        extent: whole,
        prune: sync.prune,
    }
}
