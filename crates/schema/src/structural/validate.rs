//! What a schema forbids, in the API server's words.

use serde_json::Value;

use crate::fields::{item_segment, same_value};
use crate::types::Limits;
use crate::{ListKind, Scalar, Shape, TypeRef};

/// A value that its schema forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as the server writes it: `spec.ports[0].port`.
    pub path: String,
    /// The server's sentence, path included: `spec.replicas: Required value`.
    pub message: String,
}

/// Everything that the schema forbids, in the order of the object.
#[must_use]
pub fn validate(object: &Value, ty: TypeRef<'_>) -> Vec<Violation> {
    let mut walk = Walk {
        path: String::new(),
        out: Vec::new(),
    };
    walk.value(object, ty);
    walk.out
}

struct Walk {
    path: String,
    out: Vec<Violation>,
}

impl Walk {
    fn value(&mut self, value: &Value, ty: TypeRef<'_>) {
        if value.is_null() && (ty.is_nullable() || !ty.is_custom()) {
            return;
        }
        if let Some(expected) = mismatch(value, ty.shape()) {
            return self.other_type(value, ty, expected);
        }
        if let (Value::String(text), Shape::Scalar(Scalar::DateTime)) = (value, ty.shape())
            && ty.is_custom()
            && !is_time(text)
        {
            let path = &self.path;
            let sentence = format!("{path} in body must be of type date-time: {value}");
            return self.invalid(&value.to_string(), &sentence);
        }
        if let Some(limits) = ty.limits() {
            self.limits(value, limits);
        }
        match (value, ty.shape()) {
            (Value::Object(fields), Shape::Struct { .. }) => {
                for field in ty.fields().filter(|field| field.is_required()) {
                    if !fields.contains_key(field.name()) {
                        self.required(field.name());
                    }
                }
                for (name, value) in fields {
                    self.inside(&format!(".{name}"), value, ty.member(name));
                }
            }
            (Value::Object(fields), Shape::Map { element, .. }) => {
                for (name, value) in fields {
                    self.inside(&format!(".{name}"), value, element);
                }
            }
            (Value::Array(items), Shape::List { element, kind }) => {
                self.duplicates(items, ty, kind);
                for (at, item) in items.iter().enumerate() {
                    self.inside(&format!("[{at}]"), item, element);
                }
            }
            _ => {}
        }
    }

    /// A value of another type than was expected; numbers are looked at all the same.
    fn other_type(&mut self, value: &Value, ty: TypeRef<'_>, expected: &str) {
        let path = self.path.clone();
        // Where the schema names a format, what is no text is held against that.
        let by_format = ty.is_custom() && matches!(ty.shape(), Shape::Scalar(Scalar::DateTime));
        let (expected, found) = match value {
            Value::Array(_) if by_format => (expected, quoted_type(value)),
            Value::Null => (expected, quoted_type(value)),
            _ if by_format => ("date-time", format!("{:?}", format_of(value))),
            _ => (expected, quoted_type(value)),
        };
        let sentence = format!("{path} in body must be of type {expected}: {found}");
        self.invalid(&found, &sentence);
        if ty.is_custom() && value.is_number() && matches!(ty.shape(), Shape::Scalar(Scalar::Integer)) {
            let format = match ty.limits() {
                Some(limits) if limits.bits32 => "with format int32",
                _ => "(default format)",
            };
            let text = format!("Checked value must be of type integer {format} in {path}");
            let path = "<nil>".to_owned();
            let message = format!("{path}: Invalid value: \"\": {text}");
            self.out.push(Violation { path, message });
            if let Some(limits) = ty.limits() {
                self.number(value, value.as_f64().unwrap_or_default(), limits);
            }
        }
        self.one_of(value, ty.limits());
    }

    fn inside(&mut self, step: &str, value: &Value, ty: TypeRef<'_>) {
        let length = self.path.len();
        self.path.push_str(if length == 0 {
            step.trim_start_matches('.')
        } else {
            step
        });
        self.value(value, ty);
        self.path.truncate(length);
    }

    fn limits(&mut self, value: &Value, limits: &Limits) {
        let path = self.path.clone();
        self.one_of(value, Some(limits));
        match value {
            Value::Number(number) => self.number(value, number.as_f64().unwrap_or_default(), limits),
            Value::String(text) => {
                let length = text.chars().count() as u64;
                if limits.length.0.is_some_and(|it| length < it) {
                    let least = limits.length.0.unwrap_or_default();
                    self.invalid(
                        &value.to_string(),
                        &format!("{path} in body should be at least {least} chars long"),
                    );
                } else if let Some(most) = limits.length.1.filter(|it| length > *it) {
                    self.say(format!("Too long: may not be more than {most} bytes"));
                } else if let Some(pattern) = limits.pattern.as_ref().filter(|it| !it.is_match(text)) {
                    let sentence = format!("{path} in body should match '{}'", pattern.as_str());
                    self.invalid(&value.to_string(), &sentence);
                }
            }
            Value::Array(items) => self.count(items.len(), limits.items, "items"),
            Value::Object(fields) => self.count(fields.len(), limits.properties, "properties"),
            _ => {}
        }
        if let (true, Value::Array(items)) = (limits.unique_items, value)
            && items
                .iter()
                .enumerate()
                .any(|(at, item)| items[..at].iter().any(|it| same_value(it, item)))
        {
            self.invalid(
                &value.to_string(),
                &format!("{path} in body shouldn't contain duplicates"),
            );
        }
    }

    fn one_of(&mut self, value: &Value, limits: Option<&Limits>) {
        let Some(limits) = limits.filter(|limits| !limits.one_of.is_empty()) else {
            return;
        };
        if !limits.one_of.iter().any(|it| same_value(it, value)) {
            let all: Vec<String> = limits.one_of.iter().map(Value::to_string).collect();
            self.say(format!(
                "Unsupported value: {value}: supported values: {}",
                all.join(", ")
            ));
        }
    }

    fn number(&mut self, value: &Value, number: f64, limits: &Limits) {
        let path = self.path.clone();
        let shown = value.to_string();
        if let Some((least, open)) = limits.minimum
            && (number < least || (open && number <= least))
        {
            let than = if open {
                "greater than"
            } else {
                "greater than or equal to"
            };
            self.invalid(&shown, &format!("{path} in body should be {than} {least}"));
        }
        if let Some((most, open)) = limits.maximum
            && (number > most || (open && number >= most))
        {
            let than = if open {
                "less than"
            } else {
                "less than or equal to"
            };
            self.invalid(&shown, &format!("{path} in body should be {than} {most}"));
        }
        if let Some(step) = limits.multiple_of
            && (number / step).fract() != 0.0
        {
            self.invalid(&shown, &format!("{path} in body should be a multiple of {step}"));
        }
        let fits = |number: f64| (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
        if limits.bits32 && !fits(number) {
            self.invalid(&shown, &format!("{path} in body must be of type int32: {shown}"));
        }
    }

    fn count(&mut self, count: usize, (least, most): (Option<u64>, Option<u64>), what: &str) {
        let path = self.path.clone();
        let count = count as u64;
        if let Some(least) = least.filter(|it| count < *it) {
            let sentence = format!("{path} in body should have at least {least} {what}");
            self.invalid(&count.to_string(), &sentence);
        }
        if let Some(most) = most.filter(|it| count > *it) {
            self.say(format!("Too many: {count}: must have at most {most} items"));
        }
    }

    fn duplicates(&mut self, items: &[Value], ty: TypeRef<'_>, kind: ListKind<'_>) {
        if kind == ListKind::Atomic {
            return;
        }
        let names: Vec<_> = items.iter().map(|item| item_segment(ty, item).ok()).collect();
        for (at, name) in names
            .iter()
            .enumerate()
            .filter(|(at, name)| name.is_some() && names[..*at].contains(name))
        {
            let shown = match name {
                Some(crate::Segment::Key(keys)) => {
                    let keys = keys.iter().map(|(name, value)| (name.to_string(), value.clone()));
                    Value::Object(keys.collect()).to_string()
                }
                _ => items[at].to_string(),
            };
            let path = format!("{}[{at}]", self.path);
            let message = format!("{path}: Duplicate value: {shown}");
            self.out.push(Violation { path, message });
        }
    }

    fn required(&mut self, name: &str) {
        let dot = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{name}", self.path);
        let message = format!("{path}: Required value");
        self.out.push(Violation { path, message });
    }

    fn invalid(&mut self, shown: &str, sentence: &str) {
        self.say(format!("Invalid value: {shown}: {sentence}"));
    }

    fn say(&mut self, text: String) {
        let path = self.path.clone();
        let message = if path.is_empty() {
            text
        } else {
            format!("{path}: {text}")
        };
        self.out.push(Violation { path, message });
    }
}

/// The type that was expected, when the value is of another.
fn mismatch(value: &Value, shape: Shape<'_>) -> Option<&'static str> {
    let (fits, expected) = match shape {
        Shape::Any { .. } => return None,
        Shape::Struct { .. } | Shape::Map { .. } => (value.is_object(), "object"),
        Shape::List { .. } => (value.is_array(), "array"),
        Shape::Scalar(Scalar::Boolean) => (value.is_boolean(), "boolean"),
        Shape::Scalar(Scalar::Number) => (value.is_number(), "number"),
        Shape::Scalar(Scalar::Integer) => {
            let whole =
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|it| it.fract() == 0.0);
            (whole, "integer")
        }
        Shape::Scalar(Scalar::IntOrString) => (
            value.is_string() || value.is_i64() || value.is_u64(),
            "integer,string",
        ),
        Shape::Scalar(Scalar::Quantity) => (value.is_string() || value.is_number(), "string,number"),
        Shape::Scalar(_) => (value.is_string(), "string"),
    };
    (!fits).then_some(expected)
}

/// The format that the server takes a value to be of.
fn format_of(value: &Value) -> &'static str {
    match value {
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        _ => "",
    }
}

/// The server names the type of the offending value in quotes.
fn quoted_type(value: &Value) -> String {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("{name:?}")
}

/// A date and a time of day, as RFC 3339 has them.
fn is_time(text: &str) -> bool {
    let shape = |text: &str, like: &str| {
        text.len() == like.len()
            && text.bytes().zip(like.bytes()).all(|(found, like)| match like {
                b'0' => found.is_ascii_digit(),
                like => found.eq_ignore_ascii_case(&like),
            })
    };
    let Some((time, zone)) = text.split_at_checked(19) else {
        return false;
    };
    let zone = match zone.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => zone,
    };
    shape(time, "0000-00-00T00:00:00")
        && (zone.is_empty() || zone.eq_ignore_ascii_case("z") || shape(&zone.replace('-', "+"), "+00:00"))
}
