//! Times as people read them: `5m12s`, `3d`.
//!
//! **Start at** [`age`].

use jiff::Timestamp;
use serde_json::Value;

/// Time since an RFC 3339 time.
#[must_use]
pub(crate) fn age(time: &Value) -> String {
    between(time, None)
}

/// Time from one RFC 3339 time to another, or to now.
#[must_use]
pub(crate) fn between(from: &Value, to: Option<&Value>) -> String {
    let parse = |time: &Value| time.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let Some(from) = parse(from) else {
        return "<unknown>".to_owned();
    };
    let to = to.and_then(parse).unwrap_or_else(Timestamp::now);
    duration(to.duration_since(from).as_secs())
}

/// Seconds in at most two units, as kubectl shortens them.
fn duration(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{big}{unit}")
        } else {
            format!("{big}{unit}{small}{small_unit}")
        }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests;
