//! Expressions of a unit's that tell the health of kinds.
//!
//! **Start at** [`Checks::of`] and [`Rules::assess_with`](crate::Rules::assess_with).

use std::sync::Arc;

use plumb_expressions::cel::{Expression, ExpressionError};
use plumb_model::{GroupKind, Health, HealthExpressions};
use serde_json::Value;

use crate::fields::{degraded, healthy, is_observed, progressing, unknown};

/// The expressions of a unit, ready to be evaluated; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    by_kind: Arc<[Arc<Check>]>,
}

/// The expressions for one kind.
#[derive(Debug)]
pub struct Check {
    written: HealthExpressions,
    compiled: Result<Compiled, ExpressionError>,
}

#[derive(Debug)]
struct Compiled {
    current: Expression,
    in_progress: Option<Expression>,
    failed: Option<Expression>,
}

impl Checks {
    /// Reads expressions; what is wrong with one is told as the health of the objects that it is for.
    #[must_use]
    pub fn new(written: &[HealthExpressions]) -> Self {
        let check = |written: &HealthExpressions| {
            Arc::new(Check {
                written: written.clone(),
                compiled: Compiled::new(written),
            })
        };
        Self {
            by_kind: written.iter().map(check).collect(),
        }
    }

    /// The expressions for a kind, the first that are for it.
    #[must_use]
    pub fn of(&self, kind: &GroupKind) -> Option<Arc<Check>> {
        let found = self.by_kind.iter().find(|check| check.written.kind == *kind);
        found.cloned()
    }
}

impl Check {
    /// What they tell of an object. The first that holds counts; an object of which none holds is on its way.
    pub(crate) fn assess(&self, body: &Value) -> Health {
        if body["status"]["observedGeneration"].is_number() && !is_observed(body) {
            return progressing("Waiting for the latest generation to be observed");
        }
        self.told(body).unwrap_or_else(|error| unknown(error.to_string()))
    }

    fn told(&self, body: &Value) -> Result<Health, ExpressionError> {
        let compiled = self.compiled.as_ref().map_err(Clone::clone)?;
        let fields = || {
            let fields = body.as_object().into_iter().flatten();
            fields.map(|(name, field)| (name.as_str(), field))
        };
        let holds = |expression: &Option<Expression>| match expression {
            Some(expression) => expression.holds(fields()),
            None => Ok(false),
        };
        let said = |name: &str, expression: &dyn std::fmt::Display| format!("{name} holds: {expression}");
        if holds(&compiled.in_progress)? {
            return Ok(progressing(""));
        }
        if holds(&compiled.failed)? {
            let text = self.written.failed.as_deref().unwrap_or_default().trim();
            return Ok(degraded(said("failed", &text)));
        }
        if compiled.current.holds(fields())? {
            return Ok(healthy(""));
        }
        Ok(progressing(format!(
            "waiting for current to hold: {}",
            compiled.current
        )))
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Check {}

impl Compiled {
    fn new(written: &HealthExpressions) -> Result<Self, ExpressionError> {
        let optional = |text: &Option<String>| text.as_deref().map(Expression::compile).transpose();
        Ok(Self {
            current: Expression::compile(&written.current)?,
            in_progress: optional(&written.in_progress)?,
            failed: optional(&written.failed)?,
        })
    }
}
