//! The rules in force: those of users and of the adapters over the built-in ones.
//!
//! **Invariant:** what is told of an object depends on the object and the rules alone.
//! **Start at** [`Rules::assess`].

use std::sync::Arc;

use plumb_expressions::lua::Script;
use plumb_model::{GroupKind, Health, HealthStatus};
use serde_json::Value;

use crate::{Check, built_in, fields::unknown, glob, pending_deletion};

/// A rule of an adapter for one kind; `None` where it has nothing to say of an object, so that the next in order tells.
#[derive(Clone, Copy, Debug)]
pub struct KindRule {
    /// The group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The rule.
    pub rule: fn(&Value) -> Option<Health>,
}

/// A script of a user's for the kinds that its name fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptRule {
    /// `group/Kind`, or `Kind` for the core group; `*` and `?` stand for what they do in file names.
    pub of: String,
    /// Where it is written, as people would look for it.
    pub written_in: String,
    /// The script.
    pub script: Script,
}

/// All rules beyond the built-in ones; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kinds: Vec<KindRule>,
    /// Those of one kind first, then the longest: the first that fits is in force.
    scripts: Vec<ScriptRule>,
}

impl Rules {
    /// Rules of adapters, and scripts of users, which come first.
    #[must_use]
    pub fn new(kinds: &[KindRule], mut scripts: Vec<ScriptRule>) -> Self {
        scripts.sort_by_key(|rule| {
            (
                glob::is_pattern(&rule.of),
                std::cmp::Reverse(rule.of.len()),
                rule.of.clone(),
            )
        });
        let kinds = kinds.to_vec();
        Self {
            inner: Arc::new(Inner { kinds, scripts }),
        }
    }

    /// The health of a live object; `None` where its kind has none, so that being there is enough.
    #[must_use]
    pub fn assess(&self, body: &Value) -> Option<Health> {
        self.assess_with(None, body)
    }

    /// The same, where a unit has expressions for the kind, which come first.
    #[must_use]
    pub fn assess_with(&self, check: Option<&Check>, body: &Value) -> Option<Health> {
        if let Some(pending) = pending_deletion(body) {
            return Some(pending);
        }
        if let Some(check) = check {
            return Some(check.assess(body));
        }
        let kind = kind_of(body)?;
        if let Some(rule) = self.script(&kind)
            && let Some(health) = rule.tell(body)
        {
            return Some(health);
        }
        let handed_in = self.kind(&kind).and_then(|handed_in| (handed_in.rule)(body));
        handed_in.or_else(|| built_in(&kind, body))
    }

    /// Whether `other` tells the same of every object of a kind.
    #[must_use]
    pub fn agree(&self, other: &Self, kind: &GroupKind) -> bool {
        let rule = |rules: &Self| rules.kind(kind).map(|known| known.rule as usize);
        self.script(kind) == other.script(kind) && rule(self) == rule(other)
    }

    fn script(&self, kind: &GroupKind) -> Option<&ScriptRule> {
        let name = match kind.group.as_str() {
            "" => kind.kind.clone(),
            group => format!("{group}/{}", kind.kind),
        };
        self.inner.scripts.iter().find(|rule| glob::fits(&rule.of, &name))
    }

    fn kind(&self, kind: &GroupKind) -> Option<&KindRule> {
        let fits = |rule: &&KindRule| rule.group == kind.group && rule.kind == kind.kind;
        self.inner.kinds.iter().find(fits)
    }
}

impl ScriptRule {
    fn tell(&self, body: &Value) -> Option<Health> {
        let told = match self.script.run(body) {
            Ok(told) => told?,
            Err(error) => return Some(unknown(format!("{}: {error}", self.written_in))),
        };
        let Some(status) = status(&told.status) else {
            return Some(unknown(format!(
                "{}: it returns the status {:?}: return Healthy, Progressing, Degraded, Suspended, Missing or Unknown",
                self.written_in, told.status
            )));
        };
        Some(Health::new(status, told.message))
    }
}

fn status(word: &str) -> Option<HealthStatus> {
    Some(match word {
        "Healthy" => HealthStatus::Healthy,
        "Progressing" => HealthStatus::Progressing,
        "Degraded" => HealthStatus::Degraded,
        "Suspended" => HealthStatus::Suspended,
        "Missing" => HealthStatus::Missing,
        "Unknown" => HealthStatus::Unknown,
        _ => return None,
    })
}

pub(crate) fn kind_of(body: &Value) -> Option<GroupKind> {
    let api_version = body["apiVersion"].as_str()?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    Some(GroupKind::new(group, body["kind"].as_str()?))
}
