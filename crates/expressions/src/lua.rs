//! Lua scripts that tell the health of an object: `obj` is the object, what is returned has `status` and `message`.
//!
//! Every run has a Lua of its own, so that nothing is left behind by the one before. There are the functions that compute, and
//! none that reach out: no files, no processes, no modules, no code from text, no clock, no chance.
//!
//! **Invariant:** every run ends. Steps of the interpreter are counted, and so are those of patterns, which it would not count;
//! memory has a limit; functions that could go round for ever within the library are replaced ([`library`]).
//! **Start at** [`Script::run`].

mod library;
mod pattern;
mod strings;

use std::{cell::Cell, rc::Rc};

use mlua::{HookTriggers, Lua, LuaOptions, StdLib, VmState};
use serde_json::Value;

/// Instructions that a run may take: about a second's worth on a slow machine.
const STEPS: u64 = 20_000_000;
/// After how many instructions they are counted.
const INTERVAL: u32 = 10_000;
/// Bytes that a run may hold, the object included.
const MEMORY: usize = 64 << 20;

/// A script, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    text: String,
}

/// What a script says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The word for how well it is.
    pub status: String,
    /// Why; empty where nothing is said.
    pub message: String,
}

/// Why a script says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It is no Lua.
    #[error("it is no Lua: {0}")]
    Syntax(String),
    /// It ended in an error.
    #[error("{0}")]
    Failed(String),
    /// It took too long.
    #[error("it was ended after {} million steps: does it go round for ever?", STEPS / 1_000_000)]
    Steps,
    /// It took too much memory.
    #[error("it was ended at {} MiB of memory", MEMORY >> 20)]
    Memory,
    /// It returned something else.
    #[error("it returns a {0}: return a table with status and message")]
    Returned(&'static str),
}

/// What is left of the steps of one run.
#[derive(Clone)]
pub(crate) struct Budget(Rc<Cell<u64>>);

impl Budget {
    fn new() -> Self {
        Self(Rc::new(Cell::new(STEPS)))
    }

    /// Takes steps; `false` when there are none left.
    pub(crate) fn take(&self, steps: u64) -> bool {
        self.0.set(self.0.get().saturating_sub(steps));
        !self.is_spent()
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

impl Script {
    /// Takes a script; whether it is Lua shows when it is run.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// What the script says of `object`; `None` where it returns nothing or an empty table.
    ///
    /// # Errors
    /// When it is no Lua, ends in an error, or goes beyond its limits.
    pub fn run(&self, object: &Value) -> Result<Option<Told>, ScriptError> {
        let budget = Budget::new();
        let returned = self.evaluate(object, &budget);
        returned.map_err(|error| described(&error, &budget))?
    }

    fn evaluate(&self, object: &Value, budget: &Budget) -> mlua::Result<Result<Option<Told>, ScriptError>> {
        let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH;
        let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(true))?;
        lua.set_memory_limit(MEMORY)?;
        library::tame(&lua, budget)?;
        lua.globals().set("obj", library::value(&lua, object)?)?;
        let counted = budget.clone();
        lua.set_hook(
            HookTriggers::new().every_nth_instruction(INTERVAL),
            move |_, _| {
                if counted.take(u64::from(INTERVAL)) {
                    Ok(VmState::Continue)
                } else {
                    Err(library::spent())
                }
            },
        )?;
        let chunk = lua
            .load(&*self.text)
            .set_name("=script")
            .set_mode(mlua::chunk::ChunkMode::Text);
        Ok(told(chunk.eval()?))
    }
}

fn told(returned: mlua::Value) -> Result<Option<Told>, ScriptError> {
    let table = match returned {
        mlua::Value::Nil => return Ok(None),
        mlua::Value::Table(table) => table,
        other => return Err(ScriptError::Returned(other.type_name())),
    };
    if table.is_empty() {
        return Ok(None);
    }
    let text = |key: &str| match table.raw_get(key) {
        Ok(mlua::Value::String(text)) => text.to_string_lossy(),
        Ok(mlua::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (status, message) = (text("status"), text("message"));
    Ok(Some(Told { status, message }))
}

/// The first line of what went wrong: the rest is how Lua came there.
fn described(error: &mlua::Error, budget: &Budget) -> ScriptError {
    if budget.is_spent() {
        return ScriptError::Steps;
    }
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    match error {
        mlua::Error::SyntaxError { message, .. } => ScriptError::Syntax(first(message)),
        mlua::Error::MemoryError(_) => ScriptError::Memory,
        mlua::Error::RuntimeError(message) if message.contains("not enough memory") => ScriptError::Memory,
        mlua::Error::RuntimeError(message) => ScriptError::Failed(first(message)),
        mlua::Error::CallbackError { cause, .. } => described(cause, budget),
        other => ScriptError::Failed(first(&other.to_string())),
    }
}

#[cfg(test)]
mod tests;
