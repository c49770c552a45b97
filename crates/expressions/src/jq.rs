//! jq expressions that name fields: `.spec.template.spec.containers[] | select(.name == "proxy") | .image`.
//!
//! What is read is a part of jq in which everything ends and nothing grows: no arithmetic, no definitions, no loops but those
//! over the value at hand, no objects, and only the functions of [`check`]. Each step between two filters costs one of
//! [`STEPS`], in what users write and in jq's own library alike.
//!
//! **Invariant:** an expression only ever tells paths; nothing is changed with it.
//! **Start at** [`PathExpression::parse`]; what is refused is decided in [`check`].

mod check;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use jaq_core::{
    Compiler, Ctx, Cv, DataT, Error, Filter, Lut, Native, ValXs, Vars,
    data::HasLut,
    load::{Arena, File, Loader, parse::Def},
    native::{bome, v},
    unwrap_valr,
};
use jaq_json::{Num, Val};
use serde_json::Value;

/// How many steps one evaluation may take.
const STEPS: u64 = 500_000;
/// How many paths one evaluation may tell.
const PATHS: usize = 10_000;
/// How many steps the comparison with a pattern costs.
const PATTERN: u64 = 50;
/// The function that takes a step.
const STEP: &str = "take_step";

/// An expression that tells paths.
pub struct PathExpression {
    filter: Filter<Data>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// A field of an object.
    Field(String),
    /// An item of a list.
    Index(usize),
}

/// Why an expression tells no paths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JqError {
    /// It cannot be read.
    #[error("jq: {text:?} cannot be read: {why}")]
    Syntax {
        /// The expression.
        text: String,
        /// Why.
        why: String,
    },
    /// It uses what could go on without end, or change values.
    #[error(
        "jq: {text:?} uses {what}, which a path expression may not: write a path, with select(...) to choose items"
    )]
    Refused {
        /// The expression.
        text: String,
        /// What.
        what: String,
    },
    /// The value at hand is not as the expression takes it to be.
    #[error("jq: {0}")]
    Evaluation(String),
    /// It went on for too long.
    #[error("jq: it takes more than {STEPS} steps or tells more than {PATHS} paths")]
    TooLong,
}

impl PathExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is no jq, or uses what a path expression may not.
    pub fn parse(text: &str) -> Result<Self, JqError> {
        let term = check::checked(text)?;
        let library = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let library = check::used(library.collect(), &term);
        let own = Def {
            name: "told",
            args: Vec::new(),
            body: term,
        };
        let defs = library.into_iter().chain([own]).map(|def| Def {
            body: check::stepping(def.body),
            ..def
        });
        let program = File {
            code: "path(told)",
            path: (),
        };
        let syntax = |why: String| JqError::Syntax {
            text: text.to_owned(),
            why,
        };
        let arena = Arena::default();
        let modules = Loader::new(defs)
            .load(&arena, program)
            .map_err(|_| syntax("it is no jq".to_owned()))?;
        let native = jaq_core::funs()
            .chain(jaq_std::base_funs())
            .chain(jaq_json::funs());
        let step = (
            STEP,
            v(0),
            Native::<Data>::new(|(ctx, _)| bome(ctx.data().step(1))),
        );
        let matching = ("test", v(1), Native::<Data>::new(matches));
        let filter = Compiler::default()
            .with_funs(native.chain([step, matching]))
            .compile(modules)
            .map_err(|errors| {
                let unknown = errors.into_iter().flat_map(|(_, errors)| errors);
                let names: Vec<String> = unknown
                    .map(|(name, sort)| format!("{} {name} is not known", sort.as_str()))
                    .collect();
                syntax(names.join(", "))
            })?;
        Ok(Self { filter })
    }

    /// The paths that it tells of `value`, in its order.
    ///
    /// # Errors
    /// When the value is not as the expression takes it to be, or it goes on for too long.
    pub fn paths(&self, value: &Value) -> Result<Vec<Vec<PathStep>>, JqError> {
        let left = Cell::new(STEPS);
        let budget = Budget {
            lut: &self.filter.lut,
            left: &left,
        };
        let ctx = Ctx::<Data>::new(budget, Vars::new([]));
        let mut told = Vec::new();
        for output in self.filter.id.run((ctx, to_jq(value))).map(unwrap_valr) {
            let output = match output {
                _ if left.get() == 0 || told.len() == PATHS => return Err(JqError::TooLong),
                Err(error) => return Err(JqError::Evaluation(error.to_string())),
                Ok(output) => output,
            };
            told.extend(path(&output, value));
        }
        Ok(told)
    }
}

impl std::fmt::Debug for PathExpression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PathExpression")
    }
}

/// What filters run on: values, and steps left.
struct Data;

#[derive(Clone)]
struct Budget<'a> {
    lut: &'a Lut<Data>,
    left: &'a Cell<u64>,
}

impl DataT for Data {
    type V<'a> = Val;
    type Data<'a> = Budget<'a>;
}

impl<'a> HasLut<'a, Data> for Budget<'a> {
    fn lut(&self) -> &'a Lut<Data> {
        self.lut
    }
}

impl Budget<'_> {
    fn step(&self, cost: u64) -> Result<Val, Error<Val>> {
        self.left.set(self.left.get().saturating_sub(cost));
        if self.left.get() == 0 {
            Err(Error::str("too long"))
        } else {
            Ok(Val::Null)
        }
    }
}

/// `test("^a")`: whether a text matches. Ours, since jaq's comes only along with the clock and the environment.
fn matches<'a>(cv: Cv<'a, Data>) -> ValXs<'a, Val> {
    let (mut ctx, text) = cv;
    let pattern = ctx.pop_var();
    bome(ctx.data().step(PATTERN).and_then(|_| {
        let (Val::TStr(pattern), Val::TStr(text)) = (&pattern, &text) else {
            return Err(Error::str("test takes a text and compares it with a pattern"));
        };
        let (pattern, text) = (String::from_utf8_lossy(pattern), String::from_utf8_lossy(text));
        let built = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build();
        let built = built.map_err(|_| Error::str(format!("{pattern:?} is no pattern")))?;
        Ok(Val::Bool(built.is_match(&text)))
    }))
}

/// The steps of a path that jq tells of `value`; `None` where a step is none of ours, such as a slice.
fn path(told: &Val, value: &Value) -> Option<Vec<PathStep>> {
    let Val::Arr(steps) = told else { return None };
    let mut at = Some(value);
    let mut out = Vec::with_capacity(steps.len());
    for step in steps.iter() {
        let step = match step {
            Val::TStr(name) => PathStep::Field(String::from_utf8_lossy(name).into_owned()),
            Val::Num(number) => {
                let index = number.as_isize()?;
                let length = at.and_then(Value::as_array).map_or(0, Vec::len);
                PathStep::Index(if index < 0 {
                    length.checked_sub(index.unsigned_abs())?
                } else {
                    index.unsigned_abs()
                })
            }
            _ => return None,
        };
        at = at.and_then(|at| match &step {
            PathStep::Field(name) => at.get(name),
            PathStep::Index(index) => at.get(index),
        });
        out.push(step);
    }
    Some(out)
}

fn to_jq(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(it) => Val::Bool(*it),
        Value::String(text) => Val::utf8_str(text.clone().into_bytes()),
        Value::Array(items) => items.iter().map(to_jq).collect(),
        Value::Object(fields) => Val::obj(
            fields
                .iter()
                .map(|(name, value)| (Val::utf8_str(name.clone().into_bytes()), to_jq(value)))
                .collect(),
        ),
        Value::Number(number) => Val::Num(match number.as_i64().and_then(|it| isize::try_from(it).ok()) {
            Some(whole) => Num::Int(whole),
            None => Num::Float(number.as_f64().unwrap_or_default()),
        }),
    }
}
