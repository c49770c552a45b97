//! How states and times are put: always a word, with a symbol and a colour beside it.

use jiff::Timestamp;
use maud::{Markup, html};
use plumb_model::{ActionDone, Cause, ConditionKind, HealthStatus, OperationReport, Phase, SyncStatus};

use crate::outside::Outside;

#[cfg(test)]
mod tests;

/// A state, as it is shown.
pub(crate) struct Word {
    /// In a word.
    pub(crate) text: &'static str,
    symbol: &'static str,
    /// Its colour: `good`, `busy`, `warn`, `bad` or `mute`.
    tone: &'static str,
}

impl Word {
    /// A state that is said here only.
    pub(crate) const fn new(text: &'static str, symbol: &'static str, tone: &'static str) -> Self {
        Self { text, symbol, tone }
    }

    /// Its symbol.
    pub(crate) fn symbol(&self) -> &'static str {
        self.symbol
    }

    /// Its colour.
    pub(crate) fn tone(&self) -> &'static str {
        self.tone
    }

    /// The state with its symbol and colour.
    pub(crate) fn badge(&self) -> Markup {
        html! { span class={ "badge " (self.tone) } { span aria-hidden="true" { (self.symbol) } " " (self.text) } }
    }
}

/// Whether the cluster is as Git says.
pub(crate) fn sync(status: SyncStatus) -> Word {
    match status {
        SyncStatus::Synced => Word {
            text: "Synced",
            symbol: "✓",
            tone: "good",
        },
        SyncStatus::OutOfSync => Word {
            text: "OutOfSync",
            symbol: "≠",
            tone: "warn",
        },
        SyncStatus::Unknown => Word {
            text: "Unknown",
            symbol: "?",
            tone: "mute",
        },
    }
}

/// How well something is.
pub(crate) fn health(status: HealthStatus) -> Word {
    match status {
        HealthStatus::Healthy => Word {
            text: "Healthy",
            symbol: "●",
            tone: "good",
        },
        HealthStatus::Suspended => Word {
            text: "Suspended",
            symbol: "‖",
            tone: "mute",
        },
        HealthStatus::Progressing => Word {
            text: "Progressing",
            symbol: "◐",
            tone: "busy",
        },
        HealthStatus::Missing => Word {
            text: "Missing",
            symbol: "○",
            tone: "warn",
        },
        HealthStatus::Degraded => Word {
            text: "Degraded",
            symbol: "✕",
            tone: "bad",
        },
        HealthStatus::Unknown => Word {
            text: "Unknown",
            symbol: "?",
            tone: "mute",
        },
    }
}

/// How far an operation is.
pub(crate) fn phase(phase: Phase) -> Word {
    match phase {
        Phase::Running => Word {
            text: "Running",
            symbol: "◐",
            tone: "busy",
        },
        Phase::Succeeded => Word {
            text: "Succeeded",
            symbol: "✓",
            tone: "good",
        },
        Phase::Failed => Word {
            text: "Failed",
            symbol: "✕",
            tone: "bad",
        },
        Phase::Error => Word {
            text: "Error",
            symbol: "✕",
            tone: "bad",
        },
    }
}

/// What was done to an object.
pub(crate) fn action(action: ActionDone) -> &'static str {
    match action {
        ActionDone::Created => "created",
        ActionDone::Configured => "changed",
        ActionDone::Unchanged => "unchanged",
        ActionDone::Pruned => "deleted",
        ActionDone::PruneSkipped => "left in place",
        ActionDone::Failed => "failed",
    }
}

/// What an operation did, in a few words.
pub(crate) fn deed(operation: &OperationReport) -> String {
    let at = operation
        .revision
        .as_ref()
        .map_or_else(String::new, |it| format!(" {}", it.commit.short()));
    let by = |by: &str| {
        if by.is_empty() {
            String::new()
        } else {
            format!(" by {by}")
        }
    };
    let what = match &operation.cause {
        Cause::Push => format!("commit{at}"),
        Cause::Drift => "drift corrected".to_owned(),
        Cause::Rollback { by: who, .. } => format!("rollback to{at}{}", by(who)),
        Cause::Manual { by: who } => format!("sync of{at}{}", by(who)),
        Cause::Deletion => "deletion".to_owned(),
    };
    match operation.phase {
        Phase::Running => format!("{what}, under way"),
        Phase::Succeeded => what,
        Phase::Failed | Phase::Error => format!("{what}, failed"),
    }
}

/// What sort of thing is wrong, and what to do next.
pub(crate) fn condition(kind: ConditionKind) -> (&'static str, &'static str) {
    match kind {
        ConditionKind::InvalidSpec => (
            "The custom resource cannot be followed",
            "Correct the field named above, in Git or with kubectl edit.",
        ),
        ConditionKind::SourceFailed => (
            "The repository or its reference cannot be had",
            "Check the URL, the reference and the Secret with the credentials; it is tried again by itself.",
        ),
        ConditionKind::RenderFailed => (
            "The commit does not render",
            "Push a correction. What was applied last stays in force until then.",
        ),
        ConditionKind::CompareFailed => (
            "The cluster could not be compared",
            "It is tried again by itself; Refresh asks for it now.",
        ),
        ConditionKind::ApplyFailed => (
            "The cluster refused an object",
            "Push a correction, or roll back to an entry of the history below.",
        ),
        ConditionKind::EmptyRefused => (
            "It rendered to nothing, and may not delete everything",
            "If that is meant, set allowEmpty; if not, check the path and push a correction.",
        ),
        ConditionKind::HealthFailed => (
            "An object is not healthy in time",
            "See the messages of the objects below, or roll back.",
        ),
        ConditionKind::DependencyNotReady => (
            "A unit that it depends on is not ready",
            "See to that one first; this one then goes on by itself.",
        ),
        ConditionKind::ApprovalNeeded => (
            "It waits for approval of what it would delete",
            "Allow it with plumb app approve, or put the objects back into Git.",
        ),
        ConditionKind::RepeatedResource => (
            "An object is wanted twice",
            "Take it out of one of the two places, so that one alone decides.",
        ),
        ConditionKind::DeletionFailed => (
            "Deleting its objects failed",
            "See what holds them (finalizers, webhooks); it is tried again by itself.",
        ),
    }
}

/// A moment, as how long ago it was; hovering shows it in full. Nothing where it is not known.
pub(crate) fn when(at: &str) -> Markup {
    html! {
        @if !at.is_empty() {
            time datetime=(Outside(at)) title=(Outside(at)) { (ago(at, Timestamp::now())) }
        }
    }
}

fn ago(at: &str, now: Timestamp) -> String {
    let Ok(then) = at.parse::<Timestamp>() else {
        return crate::outside::visible(at).into_owned();
    };
    match (now.as_second() - then.as_second()).max(0) {
        seconds @ 0..60 => format!("{seconds} s ago"),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}
