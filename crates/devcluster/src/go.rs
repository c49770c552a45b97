//! What Go makes of an object of a built-in kind, and how it writes it out again.
//!
//! The real server reads JSON into Go structs and writes those: an empty text is as good as an absent one where the field
//! says `omitempty`, a missing number is 0 where it does not, and amounts and times come out in their shortest form.
//!
//! **Invariant:** twice is once: what comes out goes in unchanged.
//! **Absent:** fields that are not declared ([`crate::typing`] drops and names them first).
//! **Start at** [`decode`]; the types are read in [`table`].

mod table;

use crate::resource::Resource;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plumb_schema::quantity;
use serde_json::{Map, Value, json};
use table::{Field, Struct, Table, Ty};

const QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Reads the object and writes it out again; says what Go says where it cannot be read.
pub(crate) fn decode(resource: &Resource, object: &mut Value) -> Result<(), String> {
    decode_as((&resource.group, &resource.version, &resource.kind), object)
}

/// As [`decode`], for a kind by its names.
pub(crate) fn decode_as(kind: (&str, &str, &str), object: &mut Value) -> Result<(), String> {
    let table = Table::builtin();
    let Some(root) = table.kind(kind) else {
        return Ok(());
    };
    let mut reader = Reader {
        table,
        fields: Vec::new(),
        owner: None,
        error: None,
    };
    let fields = object.as_object_mut().map(std::mem::take).unwrap_or_default();
    *object = reader.object(fields, root);
    reader.error.map_or(Ok(()), Err)
}

/// What Go has before anything is set.
pub(crate) fn zero(kind: (&str, &str, &str)) -> Option<Value> {
    Table::builtin().kind(kind)?;
    let mut object = Value::Object(Map::new());
    decode_as(kind, &mut object).ok()?;
    Some(object)
}

struct Reader<'t> {
    table: &'t Table,
    /// Names of the fields that lead here.
    fields: Vec<&'t str>,
    /// The struct that has the last of them.
    owner: Option<&'t Struct>,
    /// The first problem; reading goes on, as in Go.
    error: Option<String>,
}

impl<'t> Reader<'t> {
    fn object(&mut self, mut from: Map<String, Value>, ty: &'t Struct) -> Value {
        let mut to = Map::new();
        self.fields_of(&mut from, ty, ty, &mut to);
        Value::Object(to)
    }

    fn fields_of(
        &mut self,
        from: &mut Map<String, Value>,
        ty: &'t Struct,
        owner: &'t Struct,
        to: &mut Map<String, Value>,
    ) {
        for field in &ty.fields {
            if field.name.is_empty() {
                if let Ty::Struct(name) = &field.ty
                    && let Some(inner) = self.table.get(name)
                {
                    self.fields.push(inner.short());
                    self.fields_of(from, inner, owner, to);
                    self.fields.pop();
                }
                continue;
            }
            let before = self.owner.replace(owner);
            self.fields.push(&field.name);
            let value = from.remove(&field.name).unwrap_or_default();
            let value = self.value(value, &field.ty);
            self.fields.pop();
            self.owner = before;
            if !is_left_out(field, &value) {
                to.insert(field.name.clone(), value);
            }
        }
    }

    fn value(&mut self, value: Value, ty: &'t Ty) -> Value {
        match (ty, value) {
            (Ty::Named(_, inner), value @ (Value::Null | Value::String(_))) => self.value(value, inner),
            (Ty::Named(_, inner), value) if !matches!(**inner, Ty::String) => self.value(value, inner),
            (Ty::Pointer(_), Value::Null) => Value::Null,
            (Ty::Pointer(inner), value) => self.value(value, inner),
            (Ty::Raw, value) => value,
            (Ty::Struct(name), Value::Object(fields)) => match self.table.get(name) {
                Some(ty) => self.object(fields, ty),
                None => Value::Object(fields),
            },
            (Ty::List(inner), Value::Array(items)) => {
                let items: Vec<_> = items.into_iter().map(|item| self.value(item, inner)).collect();
                // Storage does not tell an empty list from none.
                if items.is_empty() {
                    Value::Null
                } else {
                    items.into()
                }
            }
            (Ty::Map(inner), Value::Object(entries)) => {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| match self.value(value, inner) {
                        // Storage does not tell no bytes from none.
                        Value::Null if matches!(inner.bare(), Ty::Bytes) => (key, "".into()),
                        value => (key, value),
                    });
                let entries: Map<_, _> = entries.collect();
                if entries.is_empty() {
                    Value::Null
                } else {
                    entries.into()
                }
            }
            (Ty::String, value @ Value::String(_)) | (Ty::Bool, value @ Value::Bool(_)) => value,
            (Ty::Float, value @ Value::Number(_)) => value,
            (Ty::Int32 | Ty::Int64, Value::Number(number)) => self.number(&number, ty),
            (Ty::IntOrString, value @ Value::String(_)) => value,
            (Ty::IntOrString, Value::Number(number)) => self.number(&number, &Ty::Int32),
            (Ty::Quantity, value) if !value.is_null() => self.quantity(&value),
            (Ty::Time, Value::String(text)) => self.time(text),
            (Ty::Duration, value @ Value::String(_)) => value,
            (Ty::Bytes, Value::String(text)) => self.bytes(text),
            // Go takes a list of numbers for bytes too.
            (Ty::Bytes, Value::Array(items)) if items.is_empty() => Value::Null,
            (ty, Value::Null) => self.zero(ty),
            (ty, value) => {
                self.refuse(what(&value), ty);
                self.zero(ty)
            }
        }
    }

    /// What a field holds that nobody set.
    fn zero(&mut self, ty: &'t Ty) -> Value {
        match ty {
            Ty::Named(_, inner) => self.zero(inner),
            Ty::String => "".into(),
            Ty::Bool => false.into(),
            Ty::Int32 | Ty::Int64 | Ty::IntOrString => 0.into(),
            Ty::Float => json!(0),
            Ty::Quantity => "0".into(),
            Ty::Duration => "0s".into(),
            Ty::Struct(name) => match self.table.get(name) {
                Some(ty) => self.object(Map::new(), ty),
                None => Value::Null,
            },
            Ty::Bytes | Ty::Time | Ty::Raw | Ty::Pointer(_) | Ty::List(_) | Ty::Map(_) => Value::Null,
        }
    }

    fn number(&mut self, number: &serde_json::Number, ty: &'t Ty) -> Value {
        let fits = |number: &i64| *ty == Ty::Int64 || i32::try_from(*number).is_ok();
        // Go does not take 1.0 for a whole number either.
        match number.as_i64().filter(fits) {
            Some(number) => number.into(),
            None => {
                self.refuse(&format!("number {number}"), ty);
                0.into()
            }
        }
    }

    fn quantity(&mut self, value: &Value) -> Value {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match quantity::canonical(&text) {
            Some(text) => text.into(),
            // So much that no unit is large enough.
            None if quantity::Quantity::parse(&text).is_ok() => text.into(),
            None => {
                self.error.get_or_insert_with(|| QUANTITY.to_owned());
                "0".into()
            }
        }
    }

    fn time(&mut self, text: String) -> Value {
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => {
                let micro = time.subsec_nanosecond() / 1000;
                let shown = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
                let field = self.fields.last().copied().unwrap_or_default();
                // Leases and events count finer than the rest.
                if matches!(
                    field,
                    "acquireTime" | "renewTime" | "eventTime" | "lastObservedTime"
                ) {
                    format!("{shown}.{micro:06}Z").into()
                } else {
                    format!("{shown}Z").into()
                }
            }
            Err(_) => {
                self.error.get_or_insert_with(|| {
                    format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\"")
                });
                Value::Null
            }
        }
    }

    fn bytes(&mut self, text: String) -> Value {
        // Go passes over the ends of lines within.
        let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        match STANDARD.decode(&joined) {
            Ok(_) => joined.into(),
            Err(error) => {
                let at = match error {
                    base64::DecodeError::InvalidByte(at, _)
                    | base64::DecodeError::InvalidLastSymbol(at, _) => at,
                    _ => joined.len() / 4 * 4,
                };
                // It counts them all the same.
                let counted = text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n'));
                let at = counted.map(|(at, _)| at).nth(at).unwrap_or(text.len());
                self.error
                    .get_or_insert_with(|| format!("illegal base64 data at input byte {at}"));
                Value::Null
            }
        }
    }

    fn refuse(&mut self, found: &str, ty: &Ty) {
        let field = self.fields.join(".");
        let owner = self.owner.map_or("", |owner| owner.short());
        self.error.get_or_insert_with(|| {
            format!("json: cannot unmarshal {found} into Go struct field {owner}.{field} of type {ty}")
        });
    }
}

fn is_left_out(field: &Field, value: &Value) -> bool {
    if field.omit_zero && (value.is_null() || value.as_object().is_some_and(Map::is_empty)) {
        return true;
    }
    field.omit_empty
        && match field.ty.bare() {
            Ty::Pointer(_) | Ty::List(_) | Ty::Map(_) => value.is_null(),
            Ty::String => value == "",
            Ty::Bool => value == false,
            Ty::Int32 | Ty::Int64 | Ty::Float => value.as_f64() == Some(0.0),
            Ty::Bytes => value.is_null() || value == "",
            Ty::Raw => value.is_null(),
            _ => false,
        }
}

/// What Go calls a value that it did not expect.
pub(crate) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
