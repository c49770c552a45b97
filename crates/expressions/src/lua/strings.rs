//! The functions of `string` with patterns, and `string.rep`: as Lua's, with their steps counted.

use mlua::{Lua, LuaString, MultiValue, Table, Value as LuaValue};

use super::{
    Budget,
    library::spent,
    pattern::{self, Capture, Found, Pattern},
};

/// Replaces the functions of `string` that could go on for ever.
pub(super) fn replace(lua: &Lua, string: &Table, budget: &Budget) -> mlua::Result<()> {
    let steps = budget.clone();
    string.set(
        "rep",
        lua.create_function(
            move |lua, (text, times, between): (LuaString, f64, Option<LuaString>)| {
                repeat(lua, &steps, &text, times, between.as_ref())
            },
        )?,
    )?;
    let steps = budget.clone();
    string.set(
        "find",
        lua.create_function(
            move |lua, (text, pattern, from, plain): (LuaString, LuaString, Option<f64>, Option<bool>)| {
                find(lua, &steps, (&text, &pattern), from, plain.unwrap_or(false))
            },
        )?,
    )?;
    let steps = budget.clone();
    string.set(
        "match",
        lua.create_function(
            move |lua, (text, pattern, from): (LuaString, LuaString, Option<f64>)| {
                let text = text.as_bytes();
                let start = start(from, text.len());
                match searched(&text, &pattern.as_bytes(), start, &steps)? {
                    Some(found) => captures(lua, &text, &found),
                    None => Ok(MultiValue::from_iter([LuaValue::Nil])),
                }
            },
        )?,
    )?;
    let steps = budget.clone();
    string.set(
        "gmatch",
        lua.create_function(move |lua, (text, pattern): (LuaString, LuaString)| {
            let (steps, mut at) = (steps.clone(), 0);
            lua.create_function_mut(move |lua, ()| {
                let text = text.as_bytes();
                let found = if at > text.len() {
                    None
                } else {
                    // An anchor has no meaning where one goes from match to match.
                    Pattern::unanchored(&pattern.as_bytes())
                        .find(&text, at, &steps)
                        .map_err(failed)?
                };
                let Some(found) = found else {
                    at = text.len() + 1;
                    return Ok(MultiValue::from_iter([LuaValue::Nil]));
                };
                at = if found.end > found.start {
                    found.end
                } else {
                    found.end + 1
                };
                captures(lua, &text, &found)
            })
        })?,
    )?;
    let steps = budget.clone();
    string.set(
        "gsub",
        lua.create_function(
            move |lua, (text, pattern, with, most): (LuaString, LuaString, LuaValue, Option<f64>)| {
                substitute(lua, &steps, (&text, &pattern), &with, most)
            },
        )?,
    )
}

fn repeat(
    lua: &Lua,
    budget: &Budget,
    text: &LuaString,
    times: f64,
    between: Option<&LuaString>,
) -> mlua::Result<LuaString> {
    let (text, between) = (text.as_bytes(), between.map(|between| between.as_bytes()));
    let between: &[u8] = between.as_ref().map_or(&[], |between| between);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates; negative is none"
    )]
    let times = times as usize;
    let size = (text.len() + between.len()).saturating_mul(times);
    if size > super::MEMORY {
        return Err(mlua::Error::runtime("resulting string too large"));
    }
    if times == 0 || size == 0 {
        return lua.create_string("");
    }
    if !budget.take(size as u64 / 4) {
        return Err(spent());
    }
    if between.is_empty() {
        return lua.create_string(text.repeat(times));
    }
    let mut whole = Vec::with_capacity(size);
    for index in 0..times {
        if index > 0 {
            whole.extend_from_slice(between);
        }
        whole.extend_from_slice(&text);
    }
    lua.create_string(whole)
}

/// Where a search starts, from Lua's way to count: from 1, or from the end where negative.
fn start(from: Option<f64>, length: usize) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let from = from.unwrap_or(1.0) as i64;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let start = match from {
        0 => 0,
        1.. => from - 1,
        _ => length.saturating_add(from).max(0),
    };
    usize::try_from(start).ok().filter(|_| start <= length)
}

fn searched(
    text: &[u8],
    pattern: &[u8],
    start: Option<usize>,
    budget: &Budget,
) -> mlua::Result<Option<Found>> {
    match start {
        Some(start) => Pattern::new(pattern).find(text, start, budget).map_err(failed),
        None => Ok(None),
    }
}

fn failed(error: pattern::PatternError) -> mlua::Error {
    match error {
        pattern::PatternError::Spent => spent(),
        pattern::PatternError::Malformed(why) => mlua::Error::runtime(why),
    }
}

fn find(
    lua: &Lua,
    budget: &Budget,
    (text, pattern): (&LuaString, &LuaString),
    from: Option<f64>,
    plain: bool,
) -> mlua::Result<MultiValue> {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let start = start(from, text.len());
    let found = if plain {
        start.and_then(|start| pattern::plain(&text, &pattern, start))
    } else {
        searched(&text, &pattern, start, budget)?
    };
    let Some(found) = found else {
        return Ok(MultiValue::from_iter([LuaValue::Nil]));
    };
    let mut results = MultiValue::from_iter([position(found.start), LuaValue::Number(found.end as f64)]);
    for capture in &found.captures {
        results.push_back(captured(lua, &text, *capture)?);
    }
    Ok(results)
}

fn position(at: usize) -> LuaValue {
    LuaValue::Number((at + 1) as f64)
}

fn captured(lua: &Lua, text: &[u8], capture: Capture) -> mlua::Result<LuaValue> {
    match capture {
        Capture::Position(at) => Ok(position(at)),
        Capture::Text { start, end } => Ok(LuaValue::String(lua.create_string(&text[start..end])?)),
    }
}

/// What a match captured; all of it where there are no captures.
fn captures(lua: &Lua, text: &[u8], found: &Found) -> mlua::Result<MultiValue> {
    let whole = [Capture::Text {
        start: found.start,
        end: found.end,
    }];
    let list = if found.captures.is_empty() {
        &whole[..]
    } else {
        &found.captures
    };
    list.iter().map(|capture| captured(lua, text, *capture)).collect()
}

fn substitute(
    lua: &Lua,
    budget: &Budget,
    (text, pattern): (&LuaString, &LuaString),
    with: &LuaValue,
    most: Option<f64>,
) -> mlua::Result<(LuaString, f64)> {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let pattern = Pattern::new(&pattern);
    let (mut result, mut at, mut count) = (Vec::new(), 0, 0.0);
    while most.is_none_or(|most| count < most) && at <= text.len() {
        let Some(found) = pattern.find(&text, at, budget).map_err(failed)? else {
            break;
        };
        result.extend_from_slice(&text[at..found.start]);
        count += 1.0;
        replacement(lua, &text, &found, with, &mut result)?;
        at = found.end;
        if found.end == found.start {
            result.extend(text.get(at));
            at += 1;
        }
        if pattern.is_anchored() {
            break;
        }
        if !budget.take(result.len() as u64 / 64 + 1) {
            return Err(spent());
        }
    }
    result.extend_from_slice(text.get(at..).unwrap_or_default());
    Ok((lua.create_string(result)?, count))
}

fn replacement(
    lua: &Lua,
    text: &[u8],
    found: &Found,
    with: &LuaValue,
    into: &mut Vec<u8>,
) -> mlua::Result<()> {
    let own = &text[found.start..found.end];
    let values = captures(lua, text, found)?;
    let first = values.iter().next().cloned().unwrap_or(LuaValue::Nil);
    let value = match with {
        LuaValue::Table(table) => table.get(first)?,
        LuaValue::Function(function) => function.call(values)?,
        template => {
            let Some(template) = lua.coerce_string(template.clone())? else {
                return Err(mlua::Error::runtime(
                    "string, function or table expected to replace with",
                ));
            };
            return filled(lua, &template.as_bytes(), own, &values, into);
        }
    };
    match value {
        LuaValue::Nil | LuaValue::Boolean(false) => into.extend_from_slice(own),
        other => match lua.coerce_string(other)? {
            Some(text) => into.extend_from_slice(&text.as_bytes()),
            None => return Err(mlua::Error::runtime("invalid replacement value")),
        },
    }
    Ok(())
}

/// Puts captures in for `%1` to `%9`, and the whole match for `%0`.
fn filled(
    lua: &Lua,
    template: &[u8],
    own: &[u8],
    values: &MultiValue,
    into: &mut Vec<u8>,
) -> mlua::Result<()> {
    let mut bytes = template.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            into.push(*byte);
            continue;
        }
        match bytes.next() {
            Some(b'0') => into.extend_from_slice(own),
            Some(digit @ b'1'..=b'9') => {
                let value = values.get(usize::from(digit - b'1')).cloned();
                let value =
                    value.ok_or_else(|| mlua::Error::runtime("invalid capture index in the replacement"))?;
                if let Some(text) = lua.coerce_string(value)? {
                    into.extend_from_slice(&text.as_bytes());
                }
            }
            Some(other) => into.push(*other),
            None => return Err(mlua::Error::runtime("invalid use of '%' in the replacement")),
        }
    }
    Ok(())
}
