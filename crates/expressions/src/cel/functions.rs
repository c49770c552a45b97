//! What expressions may call.

#[allow(
    clippy::disallowed_types,
    reason = "the evaluator's own map; it is never walked for output"
)]
use std::collections::HashMap;
use std::{cmp::Ordering, sync::Arc};

use cel::{
    Env, ExecutionError, Value as CelValue,
    common::{
        types::{CelBool, CelDouble, CelString, DYN_TYPE, LIST_TYPE, STRING_TYPE},
        value::CowVal,
    },
    extensions,
    objects::{Key, Map},
};

use super::limits;

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// A map by text.
#[allow(
    clippy::disallowed_types,
    reason = "the evaluator's own map; it is never walked for output"
)]
pub(super) fn map(fields: impl Iterator<Item = (String, CelValue)>) -> CelValue {
    let fields: HashMap<Key, CelValue> = fields
        .map(|(key, field)| (Key::String(Arc::new(key)), field))
        .collect();
    CelValue::Map(Map {
        map: Arc::new(fields),
    })
}

/// The standard functions and ours.
pub(super) fn environment() -> Env {
    let mut env = Env::stdlib();
    let mut declare = || -> Result<(), cel::DeclarationError> {
        extensions::strings(&mut env)?;
        extensions::encoders(&mut env)?;
        env.add_overload(limits::SPEND, "spend", vec![DYN_TYPE], limits::spend)?;
        let two = || vec![LIST_TYPE, LIST_TYPE];
        env.add_overload("sets.contains", "sets_contains", two(), contains)?;
        env.add_overload("sets.equivalent", "sets_equivalent", two(), equivalent)?;
        env.add_overload("sets.intersects", "sets_intersects", two(), intersects)?;
        env.add_member_overload("isSorted", "list_is_sorted", LIST_TYPE, vec![], is_sorted)?;
        env.add_overload("quantity", "string_to_quantity", vec![STRING_TYPE], quantity)?;
        env.add_overload("isQuantity", "is_quantity_string", vec![STRING_TYPE], is_quantity)
    };
    declare().expect("each is declared once");
    env
}

fn items(list: &CowVal<'_, '_>) -> Result<Vec<CelValue>, ExecutionError> {
    match CelValue::try_from(list.as_ref())? {
        CelValue::List(items) => Ok(items.to_vec()),
        _ => Err(ExecutionError::function_error("sets", "a list is expected")),
    }
}

fn pair(arguments: &[CowVal<'_, '_>]) -> Result<(Vec<CelValue>, Vec<CelValue>), ExecutionError> {
    let [first, second] = arguments else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let pair = (items(first)?, items(second)?);
    limits::take(pair.0.len().saturating_mul(pair.1.len()))?;
    Ok(pair)
}

fn holds_all(whole: &[CelValue], part: &[CelValue]) -> bool {
    part.iter().all(|item| whole.contains(item))
}

fn contains<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (first, second) = pair(&arguments)?;
    Ok(CowVal::owned(CelBool::from(holds_all(&first, &second))))
}

fn equivalent<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (first, second) = pair(&arguments)?;
    let same = holds_all(&first, &second) && holds_all(&second, &first);
    Ok(CowVal::owned(CelBool::from(same)))
}

fn intersects<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (first, second) = pair(&arguments)?;
    let any = second.iter().any(|item| first.contains(item));
    Ok(CowVal::owned(CelBool::from(any)))
}

fn is_sorted<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let [list] = &arguments[..] else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let items = items(list)?;
    let mut sorted = true;
    for pair in items.windows(2) {
        let order = pair[0].partial_cmp(&pair[1]);
        let order =
            order.ok_or_else(|| ExecutionError::function_error("isSorted", "items cannot be compared"))?;
        sorted &= order != Ordering::Greater;
    }
    Ok(CowVal::owned(CelBool::from(sorted)))
}

fn amount(arguments: &[CowVal<'_, '_>]) -> Option<f64> {
    let text = arguments
        .first()?
        .as_ref()
        .downcast_ref::<CelString>()?
        .inner()
        .to_owned();
    plumb_schema::quantity::Quantity::parse(&text)
        .ok()
        .map(|amount| amount.to_f64())
}

/// An amount as a number, near enough to compare: `quantity('1Gi') > quantity('500Mi')`.
fn quantity<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let amount =
        amount(&arguments).ok_or_else(|| ExecutionError::function_error("quantity", "it is no quantity"))?;
    Ok(CowVal::owned(CelDouble::from(amount)))
}

fn is_quantity<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(CowVal::owned(CelBool::from(amount(&arguments).is_some())))
}
