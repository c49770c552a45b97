//! Scalars whose text says more than their value.
//!
//! `0644`, `1e3`, `True` or a date: what kustomize copies, cuts and compares is the text, and only what it prints is the
//! value. **Invariant:** the value is a scalar and has no text of its own kept. **Start at** [`Lexical`].

use super::Value;
use crate::Text;
use std::sync::Arc;

/// A scalar and the text that it was written as, where that is not [`Value::canonical_text`].
#[derive(Clone, Debug)]
pub struct Lexical(Arc<(Text, Value)>);

impl Lexical {
    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.0.0
    }

    /// What it means.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0.1
    }
}

impl Value {
    /// `value`, with the text it was written as if that is not the one that it would be written with.
    #[must_use]
    pub fn written_as(self, text: &str) -> Self {
        let is_canonical = match &self {
            Self::Null | Self::Sequence(_) | Self::Mapping(_) | Self::Lexical(_) => true,
            Self::Bool(flag) => text == if *flag { "true" } else { "false" },
            Self::Int(_) | Self::Uint(_) => is_plain_integer(text),
            Self::Float(_) => self.canonical_text().as_deref() == Some(text),
            Self::String(own) => *own == *text,
        };
        if is_canonical {
            self
        } else {
            Self::Lexical(Lexical(Arc::new((text.into(), self))))
        }
    }

    /// The same without the text it was written as.
    #[must_use]
    pub fn plain(&self) -> &Self {
        match self {
            Self::Lexical(lexical) => lexical.value(),
            value => value,
        }
    }

    /// The text that JSON has for a scalar; none for null, lists and maps.
    #[must_use]
    pub fn canonical_text(&self) -> Option<Text> {
        Some(match self.plain() {
            Self::Bool(flag) => if *flag { "true" } else { "false" }.into(),
            Self::Int(number) => number.to_string().into(),
            Self::Uint(number) => number.to_string().into(),
            Self::Float(number) => crate::emit::go_json_float(*number).into(),
            Self::String(text) => text.clone(),
            Self::Null | Self::Sequence(_) | Self::Mapping(_) | Self::Lexical(_) => return None,
        })
    }
}

/// Whether an integer is written as JSON writes it.
fn is_plain_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.as_bytes() {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
