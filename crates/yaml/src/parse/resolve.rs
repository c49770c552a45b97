//! What a scalar means.
//!
//! **Invariant:** the same text means the same everywhere in a document; only the [`Dialect`] and a tag change it.
//! **Start at** [`resolve`]; what plain text means: [`plain`].

use super::Dialect;
use super::timestamp::rfc3339;
use super::token::Style;
use crate::Value;

/// The tags that change what a scalar means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    /// `!`
    NonSpecific,
    Str,
    Int,
    Float,
    Bool,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// Any other: the text as written.
    Other,
}

impl Tag {
    /// The tag of this full name.
    pub(super) fn of(name: &str) -> Self {
        if name == "!" {
            return Self::NonSpecific;
        }
        match name
            .strip_prefix("tag:yaml.org,2002:")
            .or_else(|| name.strip_prefix("!!"))
        {
            Some("str") => Self::Str,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("bool") => Self::Bool,
            Some("null") => Self::Null,
            Some("timestamp") => Self::Timestamp,
            Some("binary") => Self::Binary,
            Some("merge") => Self::Merge,
            _ => Self::Other,
        }
    }

    fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) | Value::Uint(_) => Self::Int,
            Value::Float(_) => Self::Float,
            _ => Self::Str,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None | Self::NonSpecific => "!",
            Self::Str => "!!str",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Bool => "!!bool",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
            Self::Other => "!other",
        }
    }
}

/// The value of a scalar, or what is wrong with it.
pub(super) fn resolve(dialect: Dialect, tag: Tag, style: Style, text: &str) -> Result<Value, String> {
    // v2 takes `!` for "text", v3 for "no tag".
    let tag = match (tag, dialect) {
        (Tag::NonSpecific, Dialect::V2) => Tag::Str,
        (Tag::NonSpecific, Dialect::V3) => Tag::None,
        (tag, _) => tag,
    };
    let value = match tag {
        Tag::Str | Tag::Other | Tag::Merge => return text_value(text),
        Tag::Binary => return text_value(&decode_base64(text)?),
        Tag::None if style != Style::Plain => return text_value(text),
        Tag::None => plain(dialect, text),
        Tag::Timestamp => match rfc3339(text) {
            Some(date) if dialect == Dialect::V3 => Value::String(date.into()),
            _ => Value::String(text.into()),
        },
        _ => plain(dialect, text),
    };
    let fits = match (tag, &value) {
        (Tag::None, _)
        | (Tag::Int, Value::Int(_) | Value::Uint(_))
        | (Tag::Float, Value::Float(_))
        | (Tag::Bool, Value::Bool(_))
        | (Tag::Null, Value::Null) => true,
        (Tag::Timestamp, _) => rfc3339(text).is_some(),
        (Tag::Float, Value::Int(number)) => {
            #[expect(clippy::cast_precision_loss, reason = "the tag asks for a float")]
            let number = *number as f64;
            return Ok(Value::Float(number));
        }
        _ => false,
    };
    match value {
        _ if !fits => Err(format!(
            "cannot decode {} `{text}` as a {}: remove the tag or change the value",
            Tag::of_value(&value).name(),
            tag.name()
        )),
        Value::Float(number) if !number.is_finite() => {
            let name = match number {
                number if number.is_nan() => "NaN",
                number if number < 0.0 => "-Inf",
                _ => "+Inf",
            };
            Err(format!(
                "json: unsupported value: {name}: put '{text}' in quotes if it is text"
            ))
        }
        value => Ok(value),
    }
}

/// An infinite number, or none at all: JSON has no such thing, but not everything is printed.
pub(super) fn infinite(tag: Tag, text: &str) -> Option<Value> {
    let value = matches!(tag, Tag::None | Tag::NonSpecific | Tag::Float).then(|| plain(Dialect::V3, text))?;
    matches!(value, Value::Float(number) if !number.is_finite()).then_some(value)
}

/// Text that has a tag which it does not fit, as something of that type; `None` where there is no such thing.
pub(super) fn mistyped(tag: Tag, text: &str) -> Option<Value> {
    let typed = match tag {
        Tag::Int => Value::Int(0),
        Tag::Float => Value::Float(0.0),
        Tag::Bool => Value::Bool(false),
        Tag::Null => return Some(text.into()),
        _ => return None,
    };
    Some(typed.written_as(text))
}

/// What untagged plain text means.
fn plain(dialect: Dialect, text: &str) -> Value {
    plain_value(dialect, text).unwrap_or_else(|| text.into())
}

/// What untagged plain text means; `None` where it means itself.
pub(super) fn plain_value(dialect: Dialect, text: &str) -> Option<Value> {
    let Some(first) = text.bytes().next() else {
        return Some(Value::Null);
    };
    match first {
        b'a'..=b'e' | b'g'..=b'm' | b'p'..=b's' | b'u'..=b'x' | b'z' | b'/' => None,
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            if let Some(value) = special(text) {
                return Some(value);
            }
            if first.is_ascii_digit()
                && let Some(date) = rfc3339(text)
            {
                return Some(if dialect == Dialect::V2 {
                    text.into()
                } else {
                    date.into()
                });
            }
            number(dialect, text)
        }
        _ => word(dialect, text).or_else(|| special(text)),
    }
}

fn word(dialect: Dialect, text: &str) -> Option<Value> {
    Some(match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if dialect == Dialect::V2 => Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if dialect == Dialect::V2 => {
            Value::Bool(false)
        }
        _ => return None,
    })
}

fn special(text: &str) -> Option<Value> {
    Some(Value::Float(match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    }))
}

/// The number that plain text is, if it is one.
pub(crate) fn number(dialect: Dialect, text: &str) -> Option<Value> {
    if text.starts_with('.') {
        return float(text);
    }
    let stripped: String;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        &stripped
    } else {
        text
    };
    if let Some(value) = integer(plain) {
        return Some(value);
    }
    if let Some(value) = float(plain) {
        return Some(value);
    }
    // A sign behind the prefix: go-yaml hands the rest to a parser that takes one.
    let (digits, radix) = match (plain.strip_prefix("0b"), plain.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 2),
        (None, Some(digits)) if dialect == Dialect::V3 => (digits, 8),
        _ => return None,
    };
    i64::from_str_radix(digits, radix).ok().map(Value::Int)
}

fn integer(text: &str) -> Option<Value> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("+", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // from_str_radix takes a sign of its own.
    if !digits.bytes().next()?.is_ascii_hexdigit() {
        return None;
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) if sign == "-" => 0_i64.checked_sub_unsigned(number).map(Value::Int),
        Ok(number) => match i64::try_from(number) {
            Ok(number) => Some(Value::Int(number)),
            Err(_) if sign.is_empty() => Some(Value::Uint(number)),
            Err(_) => None,
        },
        Err(_) => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within range.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if digits.is_empty() || !all_digits(digits) {
            return None;
        }
    }
    text.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map(Value::Float)
}

/// Text, unless it holds what the writing side of kustomize refuses.
fn text_value(text: &str) -> Result<Value, String> {
    let refused = |character: char| matches!(character, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    let suspicious = |byte: u8| matches!(byte, 0x7F | 0xC2 | 0xEF);
    if text.bytes().any(suspicious)
        && let Some(found) = text.chars().find(|character| refused(*character))
    {
        return Err(format!(
            "the text holds the control character U+{:04X}: remove it",
            u32::from(found)
        ));
    }
    Ok(Value::String(text.into()))
}

fn decode_base64(text: &str) -> Result<String, String> {
    let message = || "this !!binary value is not base64: correct it or remove the tag".to_owned();
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut octets = Vec::with_capacity(digits.len() / 4 * 3);
    let groups = digits.chunks(4).count();
    for (index, group) in digits.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if group.len() != 4 || padding > 2 || (padding > 0 && index + 1 != groups) {
            return Err(message());
        }
        let mut bits = 0_u32;
        for byte in &group[..4 - padding] {
            bits = bits << 6 | sextet(*byte).ok_or_else(message)?;
        }
        bits <<= 6 * padding;
        octets.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    let mut decoded = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(decoded)
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
