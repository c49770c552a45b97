//! When two single values mean the same.

use base64::Engine as _;
use serde_json::Value;

use crate::fields::same_value;
use crate::quantity;
use crate::{Scalar, Shape};

/// Whether the server would hold both for equal.
pub(super) fn same(desired: &Value, live: &Value, shape: Shape<'_>) -> bool {
    if same_value(desired, live) {
        return true;
    }
    match shape {
        Shape::Scalar(Scalar::Quantity) => quantity::same(desired, live).unwrap_or(false),
        Shape::Scalar(Scalar::DateTime) => match (desired, live) {
            (Value::String(a), Value::String(b)) => instant(a).is_some_and(|it| Some(it) == instant(b)),
            _ => false,
        },
        Shape::Scalar(Scalar::Bytes) => match (desired, live) {
            (Value::String(a), Value::String(b)) => decoded(a).is_some_and(|it| Some(it) == decoded(b)),
            _ => false,
        },
        _ => false,
    }
}

/// Base64 may be broken into lines.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let joined: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(joined).ok()
}

/// Seconds and nanoseconds of an RFC 3339 time, in UTC; only meant to be compared.
fn instant(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut date = date.split('-');
    let mut day_part = || date.next()?.parse::<i64>().ok();
    let (year, month, day) = (day_part()?, day_part()?, day_part()?);
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.split(':');
    let mut clock_part = || clock.next()?.parse::<i64>().ok();
    let (hour, minute, second) = (clock_part()?, clock_part()?, clock_part()?);
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign, rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if sign == "-" { -minutes * 60 } else { minutes * 60 }
        }
    };
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    // Days since a March-based epoch, so that leap days come last in a year.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second - offset, nanos))
}
