//! Drift by app and quarter hour.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use plumb_history::{Entry, RecordId};
use plumb_model::UnitId;
use plumb_pipeline::UnitView;

/// How long a column is, in seconds.
pub(crate) const COLUMN: i64 = 900;
/// So many columns are a day.
pub(crate) const COLUMNS: usize = 96;

/// Through whom something drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hand {
    /// Somebody with a tool in hand.
    Person,
    /// A program at work in the cluster.
    Controller,
    /// The server does not tell.
    Unknown,
}

/// Drift of a day.
pub(crate) struct Heat {
    /// The end of the day.
    pub(crate) until: Timestamp,
    /// One for each app that drifted; who drifted last comes first.
    pub(crate) strips: Vec<Strip>,
    /// How many records it is from.
    pub(crate) records: usize,
}

/// Drift of one app.
#[derive(Clone)]
pub(crate) struct Strip {
    /// The app.
    pub(crate) unit: UnitId,
    /// Its columns that are not empty.
    pub(crate) cells: BTreeMap<usize, Cell>,
    /// When it drifted last.
    pub(crate) last: Timestamp,
    /// The record of that; `None` where it is not corrected.
    pub(crate) record: Option<RecordId>,
    /// It is not as Git says right now.
    pub(crate) now: bool,
    /// Through which managers.
    pub(crate) managers: Vec<String>,
    /// Which fields.
    pub(crate) fields: Vec<String>,
}

/// Drift of a quarter hour.
#[derive(Clone)]
pub(crate) struct Cell {
    /// Through whom; a person before all others.
    pub(crate) hand: Hand,
    /// How often.
    pub(crate) times: usize,
}

impl Hand {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Person, Self::Controller, Self::Unknown];

    /// Whose hand a field manager is.
    pub(crate) fn of(manager: Option<&str>) -> Self {
        let Some(manager) = manager.filter(|manager| !manager.is_empty()) else {
            return Self::Unknown;
        };
        let name = manager.to_lowercase();
        let tools = [
            "kubectl",
            "helm",
            "argocd-server",
            "mozilla",
            "k9s",
            "lens",
            "rancher",
            "oc",
        ];
        let is_tool = |tool: &&str| {
            name.strip_prefix(*tool)
                .is_some_and(|rest| !rest.starts_with(|it: char| it.is_ascii_alphanumeric()))
        };
        // Flux's helm-controller is a program, whatever it is called after.
        let program = name.ends_with("-controller") || name.ends_with("-operator");
        if !program && tools.iter().any(is_tool) {
            Self::Person
        } else {
            Self::Controller
        }
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Controller => "controller",
            Self::Unknown => "unknown",
        }
    }

    /// It in words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Person => "a person",
            Self::Controller => "a controller",
            Self::Unknown => "nobody knows",
        }
    }
}

impl Heat {
    /// That of records, newest first, in the day before `until`.
    pub(crate) fn of(records: &[Entry], until: Timestamp) -> Self {
        let mut heat = Self {
            until,
            strips: Vec::new(),
            records: records.len(),
        };
        let mut strips: BTreeMap<UnitId, Strip> = BTreeMap::new();
        for entry in records {
            let record = &entry.record;
            let Some(column) = heat.column(record.finished) else {
                continue;
            };
            let strip = strips
                .entry(record.unit.clone())
                .or_insert_with(|| Strip::new(&record.unit, record.finished, Some(entry.id)));
            let managers = record.drifted.iter().map(|field| field.manager.as_deref());
            let hand = managers.map(Hand::of).min().unwrap_or(Hand::Unknown);
            strip.add(column..column + 1, hand);
            for field in &record.drifted {
                strip.tell(field.manager.as_deref(), &field.path);
            }
        }
        heat.strips = strips.into_values().collect();
        heat.sort();
        heat
    }

    /// Adds what is not as Git says right now.
    pub(crate) fn add_now(&mut self, units: &[(UnitId, Arc<UnitView>)]) {
        for (unit, view) in units {
            let drifts = view.report.resources.iter().flat_map(|resource| &resource.drift);
            for drift in drifts {
                let since = drift.since.as_deref().and_then(|since| since.parse().ok());
                let since: Timestamp = since.unwrap_or(self.until);
                let from = self.column(since).unwrap_or(0);
                let place = self.strips.iter().position(|strip| strip.unit == *unit);
                let place = place.unwrap_or_else(|| {
                    self.strips.push(Strip::new(unit, since, None));
                    self.strips.len() - 1
                });
                let strip = &mut self.strips[place];
                strip.add(from..COLUMNS, Hand::of(drift.manager.as_deref()));
                strip.tell(drift.manager.as_deref(), &drift.path);
                strip.now = true;
                if since > strip.last {
                    (strip.last, strip.record) = (since, None);
                }
            }
        }
        self.sort();
    }

    /// All apps in one strip.
    pub(crate) fn together(&self) -> Strip {
        let unit = UnitId {
            kind: plumb_model::UnitKind::Application,
            namespace: String::new(),
            name: String::new(),
        };
        let mut all = Strip::new(&unit, self.until, None);
        for strip in &self.strips {
            for (column, cell) in &strip.cells {
                all.add(*column..column + 1, cell.hand);
            }
        }
        all
    }

    /// When a column begins.
    pub(crate) fn time(&self, column: usize) -> Timestamp {
        let back = i64::try_from(COLUMNS - column.min(COLUMNS)).unwrap_or(0) * COLUMN;
        self.until
            .checked_sub(SignedDuration::from_secs(back))
            .unwrap_or(self.until)
    }

    /// The column of a time; `None` where it is not of the day.
    fn column(&self, time: Timestamp) -> Option<usize> {
        let back = usize::try_from(self.until.duration_since(time).as_secs() / COLUMN).ok()?;
        (time <= self.until)
            .then(|| COLUMNS.checked_sub(back + 1))
            .flatten()
    }

    fn sort(&mut self) {
        self.strips
            .sort_by(|a, b| (b.now, b.last, &a.unit).cmp(&(a.now, a.last, &b.unit)));
    }
}

impl Strip {
    fn new(unit: &UnitId, last: Timestamp, record: Option<RecordId>) -> Self {
        Self {
            unit: unit.clone(),
            cells: BTreeMap::new(),
            last,
            record,
            now: false,
            managers: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn add(&mut self, columns: std::ops::Range<usize>, hand: Hand) {
        for column in columns {
            let cell = self.cells.entry(column).or_insert(Cell { hand, times: 0 });
            cell.hand = cell.hand.min(hand);
            cell.times += 1;
        }
    }

    fn tell(&mut self, manager: Option<&str>, field: &str) {
        let sorted = |texts: &mut Vec<String>, text: &str| {
            let mut all: BTreeSet<String> = std::mem::take(texts).into_iter().collect();
            all.insert(text.to_owned());
            texts.extend(all);
        };
        sorted(&mut self.managers, manager.unwrap_or("unknown"));
        sorted(&mut self.fields, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_are_told_by_their_tools() {
        for (manager, hand) in [
            (Some("kubectl-edit"), Hand::Person),
            (Some("kubectl"), Hand::Person),
            (Some("Helm"), Hand::Person),
            (Some("argocd-server"), Hand::Person),
            (Some("helm-controller"), Hand::Controller),
            (Some("kube-controller-manager"), Hand::Controller),
            (Some("octopus"), Hand::Controller),
            (Some(""), Hand::Unknown),
            (None, Hand::Unknown),
        ] {
            assert_eq!(Hand::of(manager), hand, "{manager:?}");
        }
    }

    #[test]
    fn a_day_has_96_columns_that_end_now() {
        let until: Timestamp = "2026-01-02T00:00:00Z".parse().expect("a time");
        let heat = Heat::of(&[], until);
        let at = |text: &str| heat.column(text.parse().expect("a time"));
        assert_eq!(at("2026-01-02T00:00:00Z"), Some(95));
        assert_eq!(at("2026-01-01T23:45:01Z"), Some(95));
        assert_eq!(at("2026-01-01T23:44:59Z"), Some(94));
        assert_eq!(at("2026-01-01T00:00:01Z"), Some(0));
        assert_eq!(at("2025-12-31T23:59:59Z"), None);
        assert_eq!(at("2026-01-02T00:00:01Z"), None);
        assert_eq!(heat.time(0).to_string(), "2026-01-01T00:00:00Z");
    }
}
