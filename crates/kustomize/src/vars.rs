//! Variables: `$(NAME)` in the fields that the configuration lists.

use std::collections::BTreeMap;

use plumb_yaml::{Node, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::{Config, Create, Section, look_up, split_smart, visit},
    kustomization::Var,
    resource::{ResId, ResMap},
    scalar,
    session::Session,
};

/// Adds the variables of one kustomization to those known, and marks the objects that they refer to.
pub(crate) fn merge(known: &mut Vec<Var>, objects: &mut ResMap, vars: &[Var]) -> Result<()> {
    for var in vars {
        let is_named = |id: &ResId| id.name == var.object.name && id.gvk == var.object.gvk;
        let namespace = &*var.object.namespace;
        let matches = if namespace.is_empty() {
            objects.indices_by_any_id(is_named)
        } else {
            // A kind that is only named in a variable is not known to be without namespaces, so that none of its objects fit.
            objects.indices_by_any_id(|id| is_named(id) && id.effective_namespace() == namespace)
        };
        match matches[..] {
            [] => {}
            [index] => objects.get_mut(index).variables.push(var.name.as_str().into()),
            _ => {
                let message = format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    matches.len(),
                    describe(var)
                );
                return Err(error(message));
            }
        }
    }
    absorb(known, vars.to_vec())
}

/// Adds variables to those known; they hold an object's name where nothing else is written.
pub(crate) fn absorb(known: &mut Vec<Var>, vars: Vec<Var>) -> Result<()> {
    for mut var in vars {
        if known.iter().any(|other| other.name == var.name) {
            return Err(error(format!("var '{}' already encountered", var.name)));
        }
        if var.field_path.is_empty() {
            var.field_path = "metadata.name".into();
        }
        known.push(var);
    }
    Ok(())
}

/// Puts the values of the variables in.
pub(crate) fn resolve(
    session: &Session<'_>,
    objects: &mut ResMap,
    vars: &[Var],
    config: &Config,
) -> Result<()> {
    let mut sorted: Vec<&Var> = vars.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut values = BTreeMap::new();
    for var in sorted {
        values.insert(var.name.as_str(), find(objects, var)?);
    }
    if values.is_empty() {
        return Ok(());
    }
    let mut replacer = Replacer {
        used: values.keys().map(|name| (*name, false)).collect(),
        complaints: Vec::new(),
        values: &values,
    };
    let specs = config.section(Section::VarReference);
    for resource in objects.iter_mut() {
        let mark = resource.mark;
        for spec in specs {
            visit(&mut resource.node, spec, Create::Nothing, &mut |field| {
                replacer.field(field)
            })
            .map_err(|failure| failure.at(mark))?;
        }
    }
    replacer.complaints.drain(..).for_each(|line| session.warn(line));
    let unused: Vec<&str> = replacer
        .used
        .iter()
        .filter(|(_, used)| !**used)
        .map(|(name, _)| *name)
        .collect();
    if !unused.is_empty() {
        session.warn(format!(
            "well-defined vars that were never replaced: {}",
            unused.join(",")
        ));
    }
    Ok(())
}

fn find(objects: &ResMap, var: &Var) -> Result<Value> {
    let mut holders = objects
        .iter()
        .filter(|resource| resource.variables.iter().any(|name| **name == *var.name));
    let Some(resource) = holders.next() else {
        return Err(error(format!(
            "var '{}' cannot be mapped to a field in the set of known resources",
            describe(var)
        )));
    };
    let missing = || {
        error(format!(
            "field specified in var '{}' not found in corresponding resource",
            describe(var)
        ))
    };
    let found = look_up(&resource.node, &parts(&var.field_path)).map_err(|_| missing())?;
    found.and_then(in_go).ok_or_else(missing)
}

/// The value that Go reads from the text of a number or flag; not all that YAML allows is one. What has no type is a text.
fn in_go(node: &Node) -> Option<Value> {
    if node.mark.written == Written::Untyped && scalar::is_scalar(node) {
        return Some(Value::String(scalar::plain_text(node)));
    }
    let lexical = match &node.value {
        Value::Lexical(lexical) => lexical,
        Value::Uint(_) => return None,
        value => return Some(value.clone()),
    };
    match lexical.value() {
        Value::Int(_) | Value::Uint(_) => lexical.text().parse().ok().map(Value::Int),
        Value::Float(_) => lexical.text().parse().ok().map(Value::Float),
        Value::String(_) => Some(scalar::plain_text(node).into()),
        value => Some(value.clone()),
    }
}

/// Path parts; `ports[0]` is a field and a position.
fn parts(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in split_smart(path) {
        let index = part.strip_suffix(']').and_then(|part| part.rsplit_once('['));
        match index {
            Some((field, digits))
                if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                if !field.is_empty() {
                    parts.push(field.to_owned());
                }
                parts.push(digits.to_owned());
            }
            _ => parts.push(part),
        }
    }
    parts
}

fn describe(var: &Var) -> String {
    format!("{{{} {} {{{}}}}}", var.name, var.object.gvk, var.field_path)
}

struct Replacer<'a> {
    values: &'a BTreeMap<&'a str, Value>,
    used: BTreeMap<&'a str, bool>,
    complaints: Vec<String>,
}

impl Replacer<'_> {
    fn field(&mut self, field: &mut Node) -> Result<()> {
        match &mut field.value {
            Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| self.scalar(value)),
            Value::Sequence(items) => {
                for item in items {
                    if scalar::as_text(item).is_none() {
                        return Err(error("invalid value type expect a string".into()));
                    }
                    self.scalar(item);
                }
            }
            _ => self.scalar(field),
        }
        Ok(())
    }

    fn scalar(&mut self, node: &mut Node) {
        let Some(text) = scalar::as_text(node) else { return };
        match self.replaced(&text) {
            Some(value) => node.value = value,
            // It is written anew all the same: a folded text stays what it is, what had no type is a text.
            None if !matches!(node.value, Value::String(_)) => node.value = Value::String(text),
            None => {}
        }
        if node.mark.written == Written::Untyped {
            node.mark.written = Written::Plain;
        }
    }

    /// The text with its variables put in; `None` when it has no `$`.
    fn replaced(&mut self, text: &str) -> Option<Value> {
        if !text.contains('$') {
            return None;
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let Some(next) = after.chars().next() else {
                out.push('$');
                rest = "";
                break;
            };
            if next == '('
                && let Some(end) = after.find(')')
            {
                let name = &after[1..end];
                let value = self.value(name);
                if text.len() == name.len() + 3 {
                    return Some(value.unwrap_or_else(|| Value::from(text)));
                }
                match value {
                    Some(value) => out.push_str(&scalar::text(&value.into())),
                    None => out.push_str(&format!("$({name})")),
                }
                rest = &after[end + 1..];
                continue;
            }
            if next != '$' {
                out.push('$');
            }
            out.push(next);
            rest = &after[next.len_utf8()..];
        }
        out.push_str(rest);
        Some(Value::from(out))
    }

    fn value(&mut self, name: &str) -> Option<Value> {
        let value = self.values.get(name)?;
        if matches!(value, Value::Sequence(_) | Value::Mapping(_)) {
            self.complaints.push(format!(
                "MakePrimitiveReplacer: bad replacement type={} val={}",
                scalar::go_type(value),
                scalar::in_go(value)
            ));
            return None;
        }
        if let Some(used) = self.used.get_mut(name) {
            *used = true;
        }
        Some(value.clone())
    }
}

fn error(message: String) -> Failure {
    BuildErrorKind::Transformer(message).into()
}
