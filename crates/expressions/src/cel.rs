//! CEL expressions that are true or false of some documents.
//!
//! Beside the standard functions there are those for texts and base64, `sets.contains`, `sets.equivalent` and `sets.intersects`
//! ([`functions`]), `isSorted` and `quantity`.
//!
//! **Invariant:** every evaluation ends. An expression is short and not deeply nested; each time that it goes through a list,
//! the length of the list is taken from a budget that is smaller for larger documents. Nothing in CEL can loop otherwise.
//! **Start at** [`Expression::compile`] and [`Expression::holds`].

mod functions;
mod limits;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, IdedExpr, Value as CelValue, parser::PrattParser};
use serde_json::Value;

/// An expression that can be evaluated.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    tree: Arc<IdedExpr>,
}

/// Why an expression has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is no CEL.
    #[error("failed to parse the CEL expression '{text}': {why}")]
    Syntax {
        /// The expression.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// It asks for something that is not there, or of another type.
    #[error("failed to evaluate the CEL expression '{text}': {why}")]
    Failed {
        /// The expression.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Its answer is neither true nor false.
    #[error("the CEL expression '{0}' is neither true nor false")]
    NoBoolean(String),
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(functions::environment()));

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is no CEL, or beyond the limits.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let wrong = |why: String| ExpressionError::Syntax {
            text: text.trim().to_owned(),
            why,
        };
        if text.len() > limits::TEXT {
            return Err(wrong(format!("it is longer than {} bytes", limits::TEXT)));
        }
        let parser = PrattParser::new()
            .enable_optional_syntax(true)
            .max_recursion_depth(limits::DEPTH)
            .max_expression_node_count(limits::NODES);
        let parsed = guarded(|| parser.parse(text)).map_err(&wrong)?;
        let mut tree = parsed.map_err(|errors| {
            let first = errors.errors.first();
            wrong(first.map_or_else(String::new, |error| {
                format!("{}:{}: {}", error.pos.0, error.pos.1, error.msg)
            }))
        })?;
        limits::instrument(&mut tree).map_err(wrong)?;
        Ok(Self {
            text: text.trim().into(),
            tree: Arc::new(tree),
        })
    }

    /// Whether it is true of these documents, by the names that it knows them under.
    ///
    /// # Errors
    /// When it asks for what is not there, goes beyond its limits, or is neither true nor false.
    pub fn holds<'v>(
        &self,
        variables: impl IntoIterator<Item = (&'v str, &'v Value)>,
    ) -> Result<bool, ExpressionError> {
        let mut context = Context::with_env(ENVIRONMENT.clone());
        let mut size = 0;
        for (name, document) in variables {
            context.add_variable_from_value(name, value(document, &mut size));
        }
        let failed = |why: String| ExpressionError::Failed {
            text: self.text.to_string(),
            why,
        };
        limits::begin(size);
        let answer = guarded(|| CelValue::resolve(&self.tree, &context)).map_err(failed)?;
        match answer {
            Ok(CelValue::Bool(holds)) => Ok(holds),
            Ok(_) => Err(ExpressionError::NoBoolean(self.text.to_string())),
            Err(error) => Err(failed(short(&error))),
        }
    }
}

/// Two expressions are the same where they are written the same.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Errors can hold whole documents: people need to know only what is missing.
fn short(error: &cel::ExecutionError) -> String {
    const LONGEST: usize = 300;
    let text = match error {
        cel::ExecutionError::UndeclaredReference(name) => format!("there is no {name}"),
        cel::ExecutionError::NoSuchKey(name) => format!("no such key: {name}"),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}...")
}

/// The evaluator is another's, and expressions are anybody's: should it panic, that is an error of the expression.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| "it cannot be evaluated".to_owned())
}

/// A document as CEL sees it; adds about as many bytes as it takes to `size`.
fn value(document: &Value, size: &mut usize) -> CelValue {
    *size += 16;
    match document {
        Value::Null => CelValue::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(float)) => float.into(),
            (None, None) => CelValue::Null,
        },
        Value::String(text) => {
            *size += text.len();
            text.as_str().into()
        }
        Value::Array(items) => {
            let items: Vec<CelValue> = items.iter().map(|item| value(item, size)).collect();
            items.into()
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, field)| {
                *size += key.len();
                (key.clone(), value(field, size))
            });
            functions::map(fields)
        }
    }
}

#[cfg(test)]
mod tests;
