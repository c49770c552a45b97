//! What keeps an evaluation short.
//!
//! CEL has no loops but those through a list that is there. Each of them is rewritten so that the length of its list is
//! taken from a budget before it begins.

use std::cell::Cell;

use cel::{
    ExecutionError,
    common::{
        ast::{CallExpr, EntryExpr, Expr, IdedExpr},
        value::CowVal,
    },
};

/// Bytes of an expression.
pub(super) const TEXT: usize = 16 << 10;
/// How deep it may nest.
pub(super) const DEPTH: u16 = 90;
/// Of how many parts it may consist.
pub(super) const NODES: usize = 2_000;
/// Items that an evaluation may go through, where they are small.
const ITEMS: usize = 200_000;
/// Bytes that it may so come to hold, since each item may hold the whole document.
const BYTES: usize = 256 << 20;

/// The function that takes from the budget; no text can call it.
pub(super) const SPEND: &str = "@spend";

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Begins an evaluation over documents of this size.
pub(super) fn begin(size: usize) {
    LEFT.set((BYTES / size.max(1)).clamp(100, ITEMS));
}

/// Takes the length of a list from the budget, and gives the list back.
pub(super) fn spend<'b, 'v>(mut arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let Some(list) = arguments.pop() else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    let length = list
        .as_ref()
        .as_sizer()
        .map_or(0, |sizer| sizer.size().into_inner());
    let length = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1);
    take(length)?;
    Ok(list)
}

/// Takes from the budget.
pub(super) fn take(items: usize) -> Result<(), ExecutionError> {
    let left = LEFT.get().checked_sub(items);
    // What is spent stays spent: an expression may go on after an error in a part of it.
    LEFT.set(left.unwrap_or_default());
    left.map(drop)
        .ok_or_else(|| ExecutionError::InternalError("it goes through too many items of lists".to_owned()))
}

/// Puts the budget into every loop, and refuses what nests too deep.
pub(super) fn instrument(tree: &mut IdedExpr) -> Result<(), String> {
    walk(tree, DEPTH)
}

fn walk(tree: &mut IdedExpr, left: u16) -> Result<(), String> {
    let Some(left) = left.checked_sub(1) else {
        return Err(format!("it nests deeper than {DEPTH}"));
    };
    match &mut tree.expr {
        Expr::Unspecified => Err("a part of it is empty".to_owned()),
        Expr::Ident(_) | Expr::Literal(_) => Ok(()),
        Expr::Select(select) => walk(&mut select.operand, left),
        Expr::List(list) => list.elements.iter_mut().try_for_each(|item| walk(item, left)),
        Expr::Call(call) => {
            let target = call.target.iter_mut().map(AsMut::as_mut);
            target.chain(&mut call.args).try_for_each(|part| walk(part, left))
        }
        Expr::Map(map) => map
            .entries
            .iter_mut()
            .try_for_each(|entry| walk_entry(&mut entry.expr, left)),
        Expr::Struct(fields) => fields
            .entries
            .iter_mut()
            .try_for_each(|entry| walk_entry(&mut entry.expr, left)),
        Expr::Comprehension(comprehension) => {
            for part in [
                &mut comprehension.iter_range,
                &mut comprehension.accu_init,
                &mut comprehension.loop_cond,
                &mut comprehension.loop_step,
                &mut comprehension.result,
            ] {
                walk(part, left)?;
            }
            let range = std::mem::take(&mut comprehension.iter_range);
            comprehension.iter_range = IdedExpr {
                id: range.id,
                expr: Expr::Call(CallExpr {
                    func_name: SPEND.to_owned(),
                    target: None,
                    args: vec![range],
                }),
            };
            Ok(())
        }
    }
}

fn walk_entry(entry: &mut EntryExpr, left: u16) -> Result<(), String> {
    match entry {
        EntryExpr::StructField(field) => walk(&mut field.value, left),
        EntryExpr::MapEntry(entry) => {
            walk(&mut entry.key, left)?;
            walk(&mut entry.value, left)
        }
    }
}
