//! What is remembered of one managed object.
//!
//! **Invariant:** `current` is always the digest, under the fields of `record`, of the newest state seen.

use std::sync::Arc;

use plumb_health::Check;
use plumb_model::{Digest, Health};
use plumb_schema::FieldSet;
use serde_json::Value;

use super::{Judge, LiveChange};
use crate::ownership;

/// One managed object.
pub(crate) struct Entry {
    pub(crate) present: bool,
    /// The newest resource version seen; 0 = none yet.
    pub(crate) version: u64,
    pub(crate) health: Option<Health>,
    /// Its health is known: a body was seen.
    pub(crate) known: bool,
    /// Others wrote to it in ways that an apply has to take over.
    pub(crate) foreign: bool,
    pub(crate) manager: Arc<str>,
    pub(crate) record: Option<Record>,
    pub(crate) current: Digest,
    pub(crate) holds: u32,
    /// A unit's expressions that tell its health, before the rules.
    pub(crate) check: Option<Arc<Check>>,
    kept: Option<Arc<Value>>,
    /// Which state of the rules told its health.
    epoch: u32,
    /// Something happened during the hold that is to be told when it ends.
    missed: Option<LiveChange>,
}

/// What a look or an apply found.
#[derive(Clone)]
pub(crate) struct Record {
    /// The digest of the desired object.
    pub(crate) desired: Digest,
    /// The fields that matter.
    pub(crate) fields: Arc<FieldSet>,
    pub(crate) finding: Finding,
    /// The digest of these fields then.
    pub(crate) projection: Digest,
}

/// How the object compared.
#[derive(Clone)]
pub(crate) enum Finding {
    /// It was as desired.
    Settled,
    /// It was not.
    Differs {
        body: Arc<Value>,
        predicted: Arc<Value>,
        /// What is to be applied, where that is not as Git says.
        yielded: Option<Arc<Value>>,
    },
    /// It left Git, and does not carry the marks of the unit.
    NotOurs,
}

impl Entry {
    pub(super) fn new(present: bool, manager: &str) -> Self {
        Self {
            present,
            version: 0,
            health: None,
            known: false,
            foreign: false,
            manager: manager.into(),
            record: None,
            current: Digest::of(b""),
            holds: 0,
            check: None,
            kept: None,
            epoch: 0,
            missed: None,
        }
    }

    /// Whether the object still is as when it was recorded.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.record
            .as_ref()
            .is_some_and(|record| record.projection == self.current)
    }

    /// The newest body seen during a hold.
    pub(crate) fn kept(&self) -> Option<&Arc<Value>> {
        self.kept.as_ref()
    }

    /// Has its health told by other expressions. The newest body is not at hand, so that it has to be looked at again.
    pub(super) fn check_by(&mut self, check: Option<Arc<Check>>) {
        if self.check != check {
            self.check = check;
            self.record = None;
            self.known = false;
        }
    }

    /// Takes a newer state; returns what is to be told.
    pub(super) fn see(&mut self, body: &Arc<Value>, judge: &Judge) -> Vec<LiveChange> {
        let (was_present, before, was_unchanged) = (self.present, self.current, self.is_unchanged());
        let mut changes = self.take(body, judge);
        if let Some(record) = &self.record {
            self.current = ownership::projection(&record.fields, &self.manager, body);
        }
        let news = match (&self.record, was_present) {
            (_, false) | (None, true) => Some(LiveChange::Drifted),
            (Some(_), true) if self.current == before => None,
            (
                Some(Record {
                    finding: Finding::Settled,
                    ..
                }),
                true,
            ) if !was_unchanged && self.is_unchanged() => Some(LiveChange::Settled),
            (Some(_), true) => Some(LiveChange::Drifted),
        };
        if self.holds > 0 {
            self.kept = Some(body.clone());
        } else {
            changes.extend(news);
        }
        changes
    }

    /// Takes the answer to a look or an apply, which may be older than what is known.
    pub(super) fn learn(
        &mut self,
        body: &Arc<Value>,
        record: Option<Record>,
        judge: &Judge,
    ) -> Vec<LiveChange> {
        let version = ownership::version(body);
        let mut changes = Vec::new();
        let newest = version == 0 || version >= self.version;
        if newest {
            changes = self.take(body, judge);
        } else if !self.present {
            return changes;
        }
        if let Some(record) = record {
            self.current = match &self.kept {
                Some(kept) if !newest => ownership::projection(&record.fields, &self.manager, kept),
                _ => record.projection,
            };
            self.record = Some(record);
        }
        changes
    }

    pub(super) fn gone(&mut self, version: u64) -> Vec<LiveChange> {
        let was_present = self.present;
        let manager = self.manager.clone();
        let (holds, version) = (self.holds, version.max(self.version));
        *self = Self {
            version,
            holds,
            manager,
            check: self.check.take(),
            ..Self::new(false, "")
        };
        if !was_present {
            return Vec::new();
        }
        if self.holds > 0 {
            self.missed = Some(LiveChange::Gone);
            return Vec::new();
        }
        vec![LiveChange::Gone]
    }

    pub(super) fn release(&mut self) -> Vec<LiveChange> {
        self.holds = self.holds.saturating_sub(1);
        if self.holds > 0 {
            return Vec::new();
        }
        let seen = self.kept.take();
        let missed = self.missed.take().filter(|_| !self.present);
        let drifted = seen.is_some() && self.record.is_some() && !self.is_unchanged();
        missed
            .or(drifted.then_some(LiveChange::Drifted))
            .into_iter()
            .collect()
    }

    /// Whether the rules that told its health are no longer in force.
    pub(super) fn is_judged_by_others(&self, judge: &Judge) -> bool {
        self.present && self.epoch != judge.epoch
    }

    /// Tells its health anew, of the newest state.
    pub(super) fn judge(&mut self, body: &Value, judge: &Judge) -> Vec<LiveChange> {
        let health = judge.rules.assess_with(self.check.as_deref(), body);
        let changed = self.known && health != self.health;
        self.known = true;
        self.epoch = judge.epoch;
        self.health.clone_from(&health);
        if changed {
            vec![LiveChange::HealthChanged(health)]
        } else {
            Vec::new()
        }
    }

    fn take(&mut self, body: &Arc<Value>, judge: &Judge) -> Vec<LiveChange> {
        self.present = true;
        self.version = ownership::version(body).max(self.version);
        self.foreign = ownership::is_foreign(body, &self.manager);
        self.judge(body, judge)
    }
}
