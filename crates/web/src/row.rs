//! One unit as a row: what it is sorted and found by.

use std::{cmp::Ordering, sync::Arc};

use plumb_history::Words;
use plumb_model::{ConditionKind, HealthStatus, Phase, SyncStatus, UnitId};
use plumb_pipeline::UnitView;

use crate::{commits::Told, site::Site, words};

#[cfg(test)]
mod tests;

/// One unit as a row.
pub(crate) struct Row {
    /// Which one.
    pub(crate) id: UnitId,
    /// What is known of it.
    pub(crate) view: Arc<UnitView>,
    /// What is known of its commit.
    pub(crate) told: Option<Arc<Told>>,
}

/// How much a unit needs somebody; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Something is wrong.
    Broken,
    /// Somebody has to allow what it would delete.
    Approval,
    /// Something cannot be told, or is missing.
    Unclear,
    /// The cluster is not as Git says.
    OutOfSync,
    /// It is on its way.
    Moving,
    /// A rollback holds.
    Held,
    /// Paused on purpose.
    Paused,
    /// None.
    Good,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    /// The column.
    pub(crate) by: Column,
    /// The other way round.
    pub(crate) reversed: bool,
}

/// What rows can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// What needs somebody first.
    Need,
    /// By name.
    Name,
    /// Those out of sync first.
    Sync,
    /// The worst first.
    Health,
    /// What changed last first.
    Changed,
}

impl Row {
    /// The row of a unit that is on the board.
    pub(crate) fn of(site: &Site, id: UnitId, view: Arc<UnitView>) -> Self {
        let told = site.commits.of(&view);
        Self { id, view, told }
    }

    /// How much it needs somebody.
    pub(crate) fn need(&self) -> Need {
        let report = &self.view.report;
        let failed = report
            .operation
            .as_ref()
            .is_some_and(|it| matches!(it.phase, Phase::Failed | Phase::Error));
        let suspended = self.view.unit.as_ref().is_some_and(|unit| unit.suspended);
        let mut conditions = report.conditions.iter();
        let waits = conditions.any(|it| it.kind == ConditionKind::ApprovalNeeded);
        match (report.sync, report.health.status) {
            _ if waits => Need::Approval,
            _ if failed || !report.conditions.is_empty() => Need::Broken,
            (_, HealthStatus::Degraded) => Need::Broken,
            _ if suspended => Need::Paused,
            (SyncStatus::Unknown, _) | (_, HealthStatus::Unknown | HealthStatus::Missing) => Need::Unclear,
            (SyncStatus::OutOfSync, _) => Need::OutOfSync,
            (_, HealthStatus::Progressing) => Need::Moving,
            _ if report.held => Need::Held,
            (_, HealthStatus::Suspended) => Need::Paused,
            _ => Need::Good,
        }
    }

    /// When it changed last; empty where it never did.
    pub(crate) fn changed_at(&self) -> &str {
        let report = &self.view.report;
        match (&report.operation, report.history.last()) {
            (Some(operation), _) => operation.finished_at.as_deref().unwrap_or(&operation.started_at),
            (None, Some(entry)) => &entry.deployed_at,
            (None, None) => "",
        }
    }

    /// What changed last.
    pub(crate) fn change(&self) -> String {
        let report = &self.view.report;
        match (&report.operation, report.history.last()) {
            (Some(operation), _) => words::deed(operation),
            (None, Some(entry)) => format!("commit {}", entry.revision.commit.short()),
            (None, None) => "never applied".to_owned(),
        }
    }

    /// What rows are ordered by, as text that a browser can compare as well.
    pub(crate) fn order(&self, column: Column) -> String {
        let need = self.need() as u8;
        let id = format!("{} {} {}", self.id.name, self.id.namespace, self.id.kind.word());
        match column {
            Column::Need => format!("{need} {id}"),
            Column::Name => id,
            Column::Sync => {
                let rank = match self.view.report.sync {
                    SyncStatus::OutOfSync => 0,
                    SyncStatus::Unknown => 1,
                    SyncStatus::Synced => 2,
                };
                format!("{rank}{need} {id}")
            }
            Column::Health => format!("{}{need} {id}", 9 - self.view.report.health.status as u8),
            Column::Changed => {
                // Later is less: every digit is turned round.
                let turned = |digit: char| digit.to_digit(10).map_or(digit, |it| char::from(b'9' - it as u8));
                let at: String = self.changed_at().chars().map(turned).collect();
                format!("{} {id}", if at.is_empty() { "~" } else { &at })
            }
        }
    }

    /// Whether every word of `wanted` is in something that the row shows.
    pub(crate) fn matches(&self, wanted: &Words) -> bool {
        let report = &self.view.report;
        let mut text = format!(
            "{} {} {} {}",
            self.id,
            words::sync(report.sync).text,
            words::health(report.health.status).text,
            self.change(),
        );
        if report.held {
            text.push_str(" held");
        }
        if let Some(commit) = crate::commits::shown(&self.view) {
            text.push(' ');
            text.push_str(commit.as_str());
        }
        if let Some(told) = &self.told {
            text.push_str(&format!(" {} {}", told.subject, told.author));
        }
        wanted.all_in(&text)
    }
}

impl Sort {
    /// Reads a column's name, with `-` before it for the other way round; what needs somebody first where it is none.
    pub(crate) fn parse(text: &str) -> Self {
        let (name, reversed) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let by = match name {
            "name" => Column::Name,
            "sync" => Column::Sync,
            "health" => Column::Health,
            "changed" => Column::Changed,
            _ => Column::Need,
        };
        Self { by, reversed }
    }

    /// How it is written in an address.
    pub(crate) fn text(self) -> String {
        format!("{}{}", if self.reversed { "-" } else { "" }, self.by.name())
    }

    /// Sorts rows.
    pub(crate) fn sort(self, rows: &mut [Row]) {
        rows.sort_by_cached_key(|row| Directed {
            key: row.order(self.by),
            reversed: self.reversed,
        });
    }
}

impl Column {
    /// How it is written in an address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Need => "need",
            Self::Name => "name",
            Self::Sync => "sync",
            Self::Health => "health",
            Self::Changed => "changed",
        }
    }
}

#[derive(PartialEq, Eq)]
struct Directed {
    key: String,
    reversed: bool,
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.key.cmp(&other.key);
        if self.reversed { order.reverse() } else { order }
    }
}
