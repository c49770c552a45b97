//! What a path expression may use, and where it takes its steps.
//!
//! **Invariant:** what passes ends: it has no loop but over values and over outputs, every such loop passes a `|`, and every `|`
//! takes a step.

use std::collections::BTreeSet;

use jaq_core::{
    load::{
        Lexer,
        lex::StrPart,
        parse::{self, BinaryOp, Def, Parser, Term},
    },
    path::{Opt, Part, Path},
};

use super::{JqError, STEP};

/// The longest expression.
const LONGEST: usize = 2_000;
/// How deep brackets and pipes may be nested.
const DEEPEST: usize = 64;
/// The functions that it may call: they look at a value, or choose among its parts.
pub(super) const ALLOWED: &[&str] = &[
    "all",
    "any",
    "arrays",
    "ascii_downcase",
    "ascii_upcase",
    "booleans",
    "contains",
    "empty",
    "endswith",
    "false",
    "first",
    "getpath",
    "has",
    "in",
    "index",
    "inside",
    "isarray",
    "isboolean",
    "isempty",
    "isnumber",
    "isobject",
    "isstring",
    "iterables",
    "keys",
    "keys_unsorted",
    "last",
    "length",
    "limit",
    "ltrimstr",
    "map",
    "not",
    "nth",
    "null",
    "nulls",
    "numbers",
    "objects",
    "recurse",
    "rtrimstr",
    "scalars",
    "select",
    "skip",
    "startswith",
    "strings",
    "test",
    "to_entries",
    "tonumber",
    "tostring",
    "trim",
    "true",
    "type",
    "values",
];

type T<'s> = Term<&'s str>;

/// The term that `text` is, where it may be one.
pub(super) fn checked(text: &str) -> Result<T<'_>, JqError> {
    let refused = |what: String| JqError::Refused {
        text: text.to_owned(),
        what,
    };
    if text.len() > LONGEST {
        return Err(refused(format!("more than {LONGEST} characters")));
    }
    if nesting(text) > DEEPEST {
        return Err(refused(format!(
            "more than {DEEPEST} brackets and pipes in each other"
        )));
    }
    let syntax = |why: &str| JqError::Syntax {
        text: text.to_owned(),
        why: why.to_owned(),
    };
    let tokens = Lexer::new(text)
        .lex()
        .map_err(|_| syntax("a character or a text in it has no end"))?;
    let term = Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        let expected: Vec<&str> = errors.iter().map(|(expected, _)| expected.as_str()).collect();
        syntax(&format!("{} is expected", expected.join(", ")))
    })?;
    allow(&term).map_err(refused)?;
    Ok(term)
}

/// The definitions of the library that `term` needs; in the order of the library.
pub(super) fn used<'s>(library: Vec<Def<&'static str>>, term: &T<'s>) -> Vec<Def<&'s str>> {
    let mut names: BTreeSet<&str> = BTreeSet::from(["recurse"]);
    calls(term, &mut |name| {
        names.insert(name);
    });
    // A definition calls earlier ones only, or itself.
    let mut kept = Vec::new();
    for def in library.into_iter().rev() {
        if names.contains(def.name) && def.name != "test" {
            calls(&def.body, &mut |name| {
                names.insert(name);
            });
            kept.push(def);
        }
    }
    kept.reverse();
    kept
}

/// The term, taking a step at each pipe.
pub(super) fn stepping<'s>(term: T<'s>) -> T<'s> {
    let boxed = |term: Box<T<'s>>| Box::new(stepping(*term));
    match term {
        Term::BinOp(left, BinaryOp::Pipe(pattern), right) => {
            // `take_step as $_ | right`, which has the paths of `right`.
            let step = Term::BinOp(
                Box::new(Term::Call(STEP, Vec::new())),
                BinaryOp::Pipe(Some(parse::Pattern::Var("$_"))),
                boxed(right),
            );
            Term::BinOp(boxed(left), BinaryOp::Pipe(pattern), Box::new(step))
        }
        Term::BinOp(left, op, right) => Term::BinOp(boxed(left), op, boxed(right)),
        Term::Arr(inner) => Term::Arr(inner.map(boxed)),
        Term::Obj(entries) => Term::Obj(
            entries
                .into_iter()
                .map(|(key, value)| (stepping(key), value.map(stepping)))
                .collect(),
        ),
        Term::Neg(inner) => Term::Neg(boxed(inner)),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Fold(name, source, pattern, parts) => Term::Fold(
            name,
            boxed(source),
            pattern,
            parts.into_iter().map(stepping).collect(),
        ),
        Term::TryCatch(inner, catch) => Term::TryCatch(boxed(inner), catch.map(boxed)),
        Term::IfThenElse(cases, otherwise) => Term::IfThenElse(
            cases
                .into_iter()
                .map(|(case, then)| (stepping(case), stepping(then)))
                .collect(),
            otherwise.map(boxed),
        ),
        Term::Def(defs, inner) => Term::Def(
            defs.into_iter()
                .map(|def| Def {
                    body: stepping(def.body),
                    ..def
                })
                .collect(),
            boxed(inner),
        ),
        Term::Call(name, arguments) => Term::Call(name, arguments.into_iter().map(stepping).collect()),
        Term::Path(inner, Path(parts)) => {
            let parts = parts.into_iter().map(|(part, opt)| {
                let part = match part {
                    Part::Index(at) => Part::Index(stepping(at)),
                    Part::Range(from, to) => Part::Range(from.map(stepping), to.map(stepping)),
                };
                (part, opt)
            });
            Term::Path(boxed(inner), Path(parts.collect()))
        }
        leaf @ (Term::Id | Term::Recurse | Term::Num(_) | Term::Str(..) | Term::Break(_) | Term::Var(_)) => {
            leaf
        }
    }
}

/// Whether all of a term may be used; if not, what may not.
fn allow(term: &T<'_>) -> Result<(), String> {
    let no = |what: &str| Err(what.to_owned());
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) => Ok(()),
        Term::Str(None, parts) if parts.iter().all(|part| !matches!(part, StrPart::Term(_))) => Ok(()),
        Term::Str(..) => no("a text with a term in it"),
        // What repeats a value in a list makes lists that double with every step.
        Term::Arr(inner) => match inner.as_deref() {
            Some(inner) if repeats(inner) => no("a list of several values that are no literals"),
            Some(inner) => allow(inner),
            None => Ok(()),
        },
        Term::Obj(_) => no("an object"),
        Term::Neg(inner) if matches!(**inner, Term::Num(_)) => Ok(()),
        Term::Neg(_) => no("arithmetic"),
        Term::BinOp(left, op, right) => {
            match op {
                BinaryOp::Pipe(_)
                | BinaryOp::Comma
                | BinaryOp::Alt
                | BinaryOp::Or
                | BinaryOp::And
                | BinaryOp::Cmp(_) => {}
                BinaryOp::Math(_) => return no("arithmetic"),
                BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                    return no("an assignment");
                }
            }
            allow(left)?;
            allow(right)
        }
        Term::Label(..) | Term::Break(_) => no("label and break"),
        Term::Fold(..) => no("reduce or foreach"),
        Term::Def(..) => no("def"),
        Term::TryCatch(inner, catch) => {
            allow(inner)?;
            catch.as_deref().map_or(Ok(()), allow)
        }
        Term::IfThenElse(cases, otherwise) => {
            for (case, then) in cases {
                allow(case)?;
                allow(then)?;
            }
            otherwise.as_deref().map_or(Ok(()), allow)
        }
        Term::Call(name, arguments) => {
            let endless = *name == "recurse" && !arguments.is_empty();
            if endless || !ALLOWED.contains(name) {
                return Err(format!("{name}/{}", arguments.len()));
            }
            arguments.iter().try_for_each(allow)
        }
        Term::Path(inner, Path(parts)) => {
            allow(inner)?;
            inside(parts).try_for_each(allow)
        }
    }
}

/// Whether a list of the term may hold a value more than once.
fn repeats(term: &T<'_>) -> bool {
    match term {
        Term::BinOp(left, BinaryOp::Comma, right) => {
            let literal =
                |term: &T<'_>| matches!(term, Term::Num(_) | Term::Str(..)) || is_list_of_literals(term);
            !(literal(left) && literal(right))
        }
        Term::BinOp(left, _, right) => repeats(left) || repeats(right),
        Term::Call(_, arguments) => arguments.iter().any(repeats),
        Term::TryCatch(inner, catch) => repeats(inner) || catch.as_deref().is_some_and(repeats),
        Term::IfThenElse(cases, otherwise) => {
            cases.iter().any(|(case, then)| repeats(case) || repeats(then))
                || otherwise.as_deref().is_some_and(repeats)
        }
        Term::Path(inner, Path(parts)) => repeats(inner) || inside(parts).any(repeats),
        _ => false,
    }
}

fn is_list_of_literals(term: &T<'_>) -> bool {
    matches!(term, Term::BinOp(_, BinaryOp::Comma, _)) && !repeats(term)
}

/// The terms in the brackets of a path.
fn inside<'t, 's>(parts: &'t [(Part<T<'s>>, Opt)]) -> impl Iterator<Item = &'t T<'s>> {
    parts
        .iter()
        .flat_map(|(part, _)| match part {
            Part::Index(at) => [Some(at), None],
            Part::Range(from, to) => [from.as_ref(), to.as_ref()],
        })
        .flatten()
}

/// Every name that a term calls.
fn calls<'s>(term: &T<'s>, found: &mut impl FnMut(&'s str)) {
    match term {
        Term::Call(name, arguments) => {
            found(name);
            for argument in arguments {
                calls(argument, found);
            }
        }
        Term::Str(format, parts) => {
            if let Some(name) = format {
                found(name);
            }
            for part in parts {
                if let StrPart::Term(term) = part {
                    calls(term, found);
                }
            }
        }
        Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => calls(inner, found),
        Term::Obj(entries) => {
            for (key, value) in entries {
                calls(key, found);
                value.iter().for_each(|value| calls(value, found));
            }
        }
        Term::BinOp(left, _, right) => {
            calls(left, found);
            calls(right, found);
        }
        Term::Fold(_, source, _, parts) => {
            calls(source, found);
            parts.iter().for_each(|part| calls(part, found));
        }
        Term::TryCatch(inner, catch) => {
            calls(inner, found);
            catch.iter().for_each(|catch| calls(catch, found));
        }
        Term::IfThenElse(cases, otherwise) => {
            for (case, then) in cases {
                calls(case, found);
                calls(then, found);
            }
            otherwise.iter().for_each(|term| calls(term, found));
        }
        Term::Def(defs, inner) => {
            defs.iter().for_each(|def| calls(&def.body, found));
            calls(inner, found);
        }
        Term::Path(inner, Path(parts)) => {
            calls(inner, found);
            inside(parts).for_each(|term| calls(term, found));
        }
        Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) | Term::Break(_) | Term::Var(_) => {}
    }
}

/// How deep brackets and pipes are in each other, at most.
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest, mut pipes) = (0_usize, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'|' | b',' => pipes += 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest.max(pipes)
}
