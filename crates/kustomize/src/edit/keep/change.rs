//! Comparing values before and after an edit, and changing the lines between them.

use plumb_yaml::{Mapping, Node, Value};

use super::{
    page::{Page, Span, is_collection},
    render, token,
};

/// Whether two values of a field say the same. Where the original sorts a list by name, its order says nothing.
pub(super) fn same(field: &str, a: &Node, b: &Node) -> bool {
    match (a.as_sequence(), b.as_sequence()) {
        (Some(a), Some(b)) if matches!(field, "images" | "replicas") => {
            a.len() == b.len()
                && a.iter().all(|item| b.contains(item))
                && b.iter().all(|item| a.contains(item))
        }
        _ => a == b,
    }
}

/// Changes a field of the file, which stands under one of `names`.
pub(super) fn entry(page: &mut Page, names: &[&str], before: &Node, after: &Node) -> Option<()> {
    let (Value::Sequence(old), Value::Sequence(new)) = (&before.value, &after.value) else {
        return value(page, before, after);
    };
    let pairs = pair(old, new);
    let added: Vec<&Node> = unpaired(&pairs, new);
    if let ([name, old_name], false) = (names, added.is_empty())
        && page.entry(name).is_none()
    {
        page.rename_entry(old_name, name)?;
    }
    let spans: Vec<(usize, Span)> = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| Some((index, page.entry(name)?)))
        .collect();
    let mut is_added = false;
    for (index, span) in &spans {
        let here = |node: &Node| {
            page.place(node)
                .is_some_and(|(line, _)| (span.first..=span.last).contains(&line))
        };
        let inside: Vec<(&Node, Option<&Node>)> =
            pairs.iter().copied().filter(|(old, _)| here(old)).collect();
        let added: &[&Node] = if *index == 0 { &added } else { &[] };
        is_added |= *index == 0;
        if inside.is_empty() && !added.is_empty() {
            return None;
        }
        list(page, *span, &inside, added)?;
    }
    if is_added || added.is_empty() {
        return Some(());
    }
    let new = Value::Sequence(added.into_iter().cloned().collect()).into();
    page.add_entry(names.first()?, &new)
}

/// Items that stand in the file, each with what becomes of it.
type Pairs<'n> = Vec<(&'n Node, Option<&'n Node>)>;

/// Finds for every old item the new one that it becomes: the same one, the one of the same name, or, where there are as
/// many as before, the one in its place.
fn pair<'n>(old: &'n [Node], new: &'n [Node]) -> Pairs<'n> {
    let mut free: Vec<&Node> = new.iter().collect();
    let mut take = |fits: &dyn Fn(&Node) -> bool| {
        let index = free.iter().position(|node| fits(node))?;
        Some(free.remove(index))
    };
    let mut pairs: Pairs<'n> = old
        .iter()
        .map(|item| (item, take(&|node| node == item)))
        .collect();
    let in_order = old.len() == new.len();
    for (index, (item, becomes)) in pairs.iter_mut().enumerate() {
        if becomes.is_none() && in_order && !is_collection(item) {
            *becomes = take(&|node| std::ptr::eq(node, &raw const new[index]));
        } else if becomes.is_none() && item.get("name").is_some() {
            *becomes = take(&|node| node.get("name") == item.get("name"));
        } else if becomes.is_none() && item.get("pairs").is_some() {
            *becomes = take(&|node| node.get("pairs").is_some());
        }
    }
    pairs
}

/// The new items that no old one becomes.
fn unpaired<'n>(pairs: &Pairs<'n>, new: &'n [Node]) -> Vec<&'n Node> {
    let is_taken = |node: &Node| {
        let taken = |(_, becomes): &(&Node, Option<&Node>)| {
            becomes.is_some_and(|becomes| std::ptr::eq(becomes, node))
        };
        pairs.iter().any(taken)
    };
    new.iter().filter(|node| !is_taken(node)).collect()
}

/// Changes a list that stands in `span`.
fn list(page: &mut Page, span: Span, items: &[(&Node, Option<&Node>)], added: &[&Node]) -> Option<()> {
    if items.iter().all(|(old, new)| Some(*old) == *new) && added.is_empty() {
        return Some(());
    }
    let (first_line, first_column) = page.place(items.first()?.0)?;
    let dash = page.line(first_line)[..first_column].trim_end();
    if !dash.ends_with('-') {
        return in_brackets(page, span.first, items, added);
    }
    let column = dash.len() - 1;
    let mut last = first_line;
    for (old, new) in items {
        let (line, _) = page.place(old)?;
        last = last.max(page.end(line, column, false));
        match new {
            Some(new) if *new == *old => {}
            Some(new) => value(page, old, new)?,
            None => page.cut(Span {
                first: line,
                last: page.end(line, column, false),
            }),
        }
    }
    let step = page.list_step();
    let lines = added
        .iter()
        .flat_map(|node| render::item(node, column, step))
        .collect();
    if !added.is_empty() {
        page.add_after(last, lines);
    }
    if items.iter().all(|(_, new)| new.is_none()) && !page.is_added_in(span) {
        page.cut(span);
    }
    Some(())
}

/// Writes a list within brackets anew, with the words that stay.
fn in_brackets(
    page: &mut Page,
    line: usize,
    items: &[(&Node, Option<&Node>)],
    added: &[&Node],
) -> Option<()> {
    let text = page.line(line).to_owned();
    let start = text.find('[')?;
    let end = token::end(&text, start, false)?;
    let mut words = Vec::new();
    for (old, new) in items {
        if page.place(old)?.0 != line {
            return None;
        }
        if let Some(new) = new {
            words.push(flow(page, new, Some(old))?);
        }
    }
    for node in added {
        words.push(flow(page, node, None)?);
    }
    let pad = if text[start + 1..].starts_with(' ') {
        " "
    } else {
        ""
    };
    let list = format!("[{pad}{}{pad}]", words.join(", "));
    page.change(line, format!("{}{list}{}", &text[..start], &text[end..]))
}

/// A value within brackets, in its old words where they still say the same.
fn flow(page: &Page, node: &Node, old: Option<&Node>) -> Option<String> {
    if let Some(old) = old.filter(|old| *old == node) {
        let (line, column) = page.place(old)?;
        let end = token::end(page.line(line), column, true)?;
        return Some(page.line(line)[column..end].to_owned());
    }
    match &node.value {
        Value::Sequence(items) => {
            let words: Option<Vec<String>> = items.iter().map(|item| flow(page, item, None)).collect();
            Some(format!("[{}]", words?.join(", ")))
        }
        Value::Mapping(mapping) => {
            let word = |(key, value): (&str, &Node)| {
                let old = old.and_then(|old| old.get(key));
                let key = render::in_brackets(&Node::text(key));
                Some(format!("{key}: {}", flow(page, value, old)?))
            };
            let words: Option<Vec<String>> = mapping.iter().map(word).collect();
            Some(format!("{{{}}}", words?.join(", ")))
        }
        _ => Some(render::in_brackets(node)),
    }
}

/// Changes a value into another of the same kind.
fn value(page: &mut Page, before: &Node, after: &Node) -> Option<()> {
    match (&before.value, &after.value) {
        (Value::Mapping(old), Value::Mapping(new)) => map(page, before, old, new),
        (Value::Sequence(old), Value::Sequence(new)) => {
            let (line, column) = page.place(before)?;
            let pairs = pair(old, new);
            let added = unpaired(&pairs, new);
            let span = Span {
                first: line,
                last: page.end(line, column, true),
            };
            list(page, span, &pairs, &added)
        }
        _ if is_collection(before) || is_collection(after) => None,
        _ => scalar(page, before, after),
    }
}

fn map(page: &mut Page, before: &Node, old: &Mapping, new: &Mapping) -> Option<()> {
    let (line, column) = page.place(before)?;
    let text = page.line(line).to_owned();
    if text[column..].starts_with('{') {
        let end = token::end(&text, column, false)?;
        let after = Value::Mapping(new.clone()).into();
        let written = flow(page, &after, Some(before))?;
        return page.change(line, format!("{}{written}{}", &text[..column], &text[end..]));
    }
    let last_line = old.keys().try_fold(line, |last, key| {
        let line = page.key_line(line, column, key)?;
        Some(last.max(page.end(line, column, true)))
    });
    // Keys that were moved or made up do not stand in the text.
    let last_line = last_line.unwrap_or_else(|| page.end(line, column.saturating_sub(1), false));
    for (key, value_before) in old.iter() {
        match new.get(key) {
            Some(value_after) if value_after == value_before => {}
            Some(value_after) => value(page, value_before, value_after)?,
            None => remove_key(page, (line, column), key)?,
        }
    }
    let step = page.list_step().min(2);
    let missing = new.iter().filter(|(key, _)| !old.contains(key));
    let lines: Vec<String> = missing
        .flat_map(|(key, value)| render::entry(key, value, column, step))
        .collect();
    if !lines.is_empty() {
        page.add_after(last_line, lines);
    }
    Some(())
}

/// Takes a key out of a map that begins at a place. Where it stands behind a dash, the next key takes its place.
fn remove_key(page: &mut Page, (line, column): (usize, usize), key: &str) -> Option<()> {
    let found = page.key_line(line, column, key)?;
    let last = page.end(found, column, true);
    if found > line || page.line(line)[..column].trim().is_empty() {
        page.cut(Span { first: found, last });
        return Some(());
    }
    let next = page.line(last + 1).to_owned();
    let is_sibling = next.len() - next.trim_start().len() == column && !next.trim_start().starts_with('#');
    if found != last || !is_sibling {
        return None;
    }
    let head = page.line(line)[..column].to_owned();
    page.change(line, format!("{head}{}", next.trim_start()))?;
    page.cut(Span {
        first: last + 1,
        last: last + 1,
    });
    Some(())
}

/// Changes a single value, which stays in the quotes that it has.
fn scalar(page: &mut Page, before: &Node, after: &Node) -> Option<()> {
    let (line, column) = page.place(before)?;
    let text = page.line(line).to_owned();
    let end = token::end(&text, column, false)?;
    let written = match (text[column..].chars().next(), after.as_str()) {
        (Some('"'), Some(new)) => render::double_quoted(new),
        (Some('\''), Some(new)) if !new.contains(['\n', '\r']) => render::single_quoted(new),
        _ => render::scalar(after),
    };
    page.change(line, format!("{}{written}{}", &text[..column], &text[end..]))
}
