//! The rules in force: those of users and of the adapters over the built-in ones.
//!
//! **Invariant:** what is told of an object depends on the object and the rules alone, but for scripts that went beyond their limits.
//! **Start at** [`Rules::assess`].

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use plumb_expressions::lua::{Script, ScriptError};
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
    scripts: Vec<Known>,
}

/// A script, and how often it went beyond its limits.
#[derive(Debug)]
struct Known {
    rule: ScriptRule,
    overruns: AtomicU32,
}

/// How often a script may go beyond its limits before it is no longer run: each time takes as long as a thousand good runs, and
/// whoever asks waits for it.
const OVERRUNS: u32 = 3;

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
        let known = |rule| Known {
            rule,
            overruns: AtomicU32::new(0),
        };
        let scripts = scripts.into_iter().map(known).collect();
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
        let script = |rules: &Self| rules.script(kind).map(|known| known.rule.clone());
        script(self) == script(other) && rule(self) == rule(other)
    }

    fn script(&self, kind: &GroupKind) -> Option<&Known> {
        let name = match kind.group.as_str() {
            "" => kind.kind.clone(),
            group => format!("{group}/{}", kind.kind),
        };
        self.inner
            .scripts
            .iter()
            .find(|known| glob::fits(&known.rule.of, &name))
    }

    fn kind(&self, kind: &GroupKind) -> Option<&KindRule> {
        let fits = |rule: &&KindRule| rule.group == kind.group && rule.kind == kind.kind;
        self.inner.kinds.iter().find(fits)
    }
}

impl Known {
    fn tell(&self, body: &Value) -> Option<Health> {
        let written_in = &self.rule.written_in;
        if self.overruns.load(Ordering::Relaxed) >= OVERRUNS {
            return Some(unknown(format!(
                "{written_in}: it went beyond its limits {OVERRUNS} times and is not run again until it is changed"
            )));
        }
        let told = match self.rule.script.run(body) {
            Ok(told) => told?,
            Err(error) => {
                if matches!(error, ScriptError::Steps | ScriptError::Memory) {
                    self.overruns.fetch_add(1, Ordering::Relaxed);
                }
                return Some(unknown(format!("{written_in}: {error}")));
            }
        };
        let Some(status) = status(&told.status) else {
            return Some(unknown(format!(
                "{written_in}: it returns the status {:?}: return Healthy, Progressing, Degraded, Suspended, Missing or Unknown",
                told.status
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
