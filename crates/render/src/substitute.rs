//! Variables put into an object after it was rendered: `${name}`, `${name:=default}`, `${name:-default}`; `$${name}`
//! stays as `${name}`.
//!
//! The object is written as YAML, changed as text and read again, as Flux does: so a value may bring structure, and a
//! quoted `"${id}"` may become a number.

use std::collections::BTreeMap;

use plumb_model::Origin;
use plumb_yaml::{Dialect, Limits, Node, SourceId};

use crate::RenderError;

pub(crate) fn substitute(
    node: Node,
    variables: &BTreeMap<String, String>,
    origin: &Origin,
) -> Result<Node, RenderError> {
    let text = plumb_yaml::emit(&node);
    if !text.contains("${") {
        return Ok(node);
    }
    let text = expand(&text, variables, origin)?;
    let parsed = plumb_yaml::parse(&text, SourceId::default(), Dialect::V3, &Limits::default());
    let mut documents = parsed.map_err(|error| RenderError::Parse {
        path: origin.path.clone(),
        error,
    })?;
    Ok(documents.pop().unwrap_or_default())
}

fn expand(text: &str, variables: &BTreeMap<String, String>, origin: &Origin) -> Result<String, RenderError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        let Some(end) = after.find('}') else {
            return Err(bad(
                after.lines().next().unwrap_or(after),
                "the closing } is missing",
                origin,
            ));
        };
        let expression = &after[..=end];
        if let Some(kept) = before.strip_suffix('$') {
            out.push_str(kept);
            out.push_str(expression);
        } else {
            out.push_str(before);
            out.push_str(&value(&after[2..end], variables, origin)?);
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(inner: &str, variables: &BTreeMap<String, String>, origin: &Origin) -> Result<String, RenderError> {
    let end = inner
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(bad(
            &format!("${{{inner}}}"),
            "a name of letters, digits and _ is expected",
            origin,
        ));
    }
    let set = variables.get(name);
    if operator.is_empty() {
        return set.cloned().ok_or_else(|| RenderError::NoVariable {
            name: name.to_owned(),
            origin: origin.clone(),
        });
    }
    let default = [":=", ":-", "=", "-"]
        .iter()
        .find_map(|sign| operator.strip_prefix(sign));
    match default {
        Some(default) => Ok(set
            .filter(|value| !value.is_empty())
            .map_or_else(|| default.to_owned(), Clone::clone)),
        None => Err(bad(
            &format!("${{{inner}}}"),
            "only :=default and :-default may follow a name",
            origin,
        )),
    }
}

fn bad(expression: &str, why: &'static str, origin: &Origin) -> RenderError {
    RenderError::BadVariable {
        expression: expression.to_owned(),
        why,
        origin: origin.clone(),
    }
}
