//! What a script may call: Lua's own functions less what reaches out, with those replaced that could go on for ever.
//!
//! Replaced are the functions with patterns (their steps are counted here), `string.rep` (of nothing, many times),
//! `pcall` (it would catch the end of the run) and `setmetatable` (finalizers run uncounted).

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};
use serde_json::Value;

use super::{Budget, strings};

/// Names that are taken out, and where.
const REMOVED: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "collectgarbage",
            "dofile",
            "load",
            "loadfile",
            "loadstring",
            "module",
            "require",
            "xpcall",
        ],
    ),
    ("string", &["dump"]),
    ("math", &["random", "randomseed"]),
];

/// Steps that a protected call counts for.
const CALL: u64 = 500;

/// Takes out and replaces what must not be there.
pub(super) fn tame(lua: &Lua, budget: &Budget) -> mlua::Result<()> {
    let globals = lua.globals();
    for (place, names) in REMOVED {
        let table = if place.is_empty() {
            globals.clone()
        } else {
            globals.get(*place)?
        };
        for name in *names {
            table.raw_remove(*name)?;
        }
    }
    globals.set("print", lua.create_function(|_, _: MultiValue| Ok(()))?)?;
    // Two names of Lua 5.1, which many health scripts are written in.
    let table = globals.get::<Table>("table")?;
    globals.set("unpack", table.get::<Function>("unpack")?)?;
    table.set(
        "getn",
        lua.create_function(|_, list: Table| Ok(list.raw_len() as f64))?,
    )?;
    globals.set("pcall", protected_call(lua, budget)?)?;
    globals.set("setmetatable", set_metatable(lua)?)?;
    let os = lua.create_table()?;
    os.set("time", lua.create_function(|_, parts| time(parts))?)?;
    globals.set("os", os)?;
    strings::replace(lua, &globals.get("string")?, budget)
}

/// A document as Lua sees it; what is `null` is not there.
pub(super) fn value(lua: &Lua, json: &Value) -> mlua::Result<LuaValue> {
    Ok(match json {
        Value::Null => LuaValue::Nil,
        Value::Bool(flag) => LuaValue::Boolean(*flag),
        Value::Number(number) => LuaValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) => LuaValue::String(lua.create_string(text)?),
        Value::Array(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for (index, item) in items.iter().enumerate() {
                table.raw_set(index + 1, value(lua, item)?)?;
            }
            LuaValue::Table(table)
        }
        Value::Object(fields) => {
            let table = lua.create_table_with_capacity(0, fields.len())?;
            for (key, field) in fields {
                table.raw_set(key.as_str(), value(lua, field)?)?;
            }
            LuaValue::Table(table)
        }
    })
}

/// The error of a run that has no steps left.
pub(super) fn spent() -> mlua::Error {
    mlua::Error::runtime("too many steps")
}

fn protected_call(lua: &Lua, budget: &Budget) -> mlua::Result<Function> {
    let budget = budget.clone();
    lua.create_function(move |lua, (function, arguments): (Function, MultiValue)| {
        if !budget.take(CALL) {
            return Err(spent());
        }
        match function.call::<MultiValue>(arguments) {
            Ok(mut results) => {
                results.push_front(LuaValue::Boolean(true));
                Ok(results)
            }
            // Where an error came from is looked up at every level that it passes.
            Err(_) if !budget.take(CALL * 50) => Err(spent()),
            Err(error @ mlua::Error::MemoryError(_)) => Err(error),
            Err(error) => {
                let text = super::described(&error, &budget).to_string();
                let text = LuaValue::String(lua.create_string(text)?);
                Ok(MultiValue::from_iter([LuaValue::Boolean(false), text]))
            }
        }
    })
}

fn set_metatable(lua: &Lua) -> mlua::Result<Function> {
    lua.create_function(|_, (table, meta): (Table, Option<Table>)| {
        let has = |key: &str| {
            meta.as_ref()
                .is_some_and(|meta| meta.contains_key(key).unwrap_or(true))
        };
        if has("__gc") || has("__mode") {
            return Err(mlua::Error::runtime("finalizers and weak tables are not there"));
        }
        table.set_metatable(meta)?;
        Ok(table)
    })
}

/// Seconds since 1970 of a moment in UTC. There is no clock, so the moment has to be said.
fn time(parts: Option<Table>) -> mlua::Result<f64> {
    let Some(parts) = parts else {
        return Err(mlua::Error::runtime(
            "os.time() is not there: health is told without a clock",
        ));
    };
    let part = |key: &str, otherwise: Option<i64>| -> mlua::Result<i64> {
        match parts.raw_get::<LuaValue>(key)? {
            LuaValue::Integer(number) => Ok(number),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "saturates, and then is out of range below"
            )]
            LuaValue::Number(number) => Ok(number as i64),
            LuaValue::String(text) => text
                .to_string_lossy()
                .trim()
                .parse()
                .map_err(mlua::Error::external),
            _ => otherwise.ok_or_else(|| mlua::Error::runtime(format!("os.time: {key} is missing"))),
        }
        .map(|number| number.clamp(-100_000, 100_000))
    };
    let (year, month, day) = (part("year", None)?, part("month", None)?, part("day", None)?);
    let (hour, minute, second) = (
        part("hour", Some(12))?,
        part("min", Some(0))?,
        part("sec", Some(0))?,
    );
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    #[expect(clippy::cast_precision_loss, reason = "every number is a double to Lua")]
    Ok(seconds as f64)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; months beyond the year count on.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let months = year * 12 + month - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    // Years begin in March here, so that the day of a leap year comes last.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}
