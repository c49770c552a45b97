//! Numbers as Go writes them.
//!
//! **Start at** [`json_float`].

/// A float that went through JSON: whole numbers come out as integers.
pub(super) fn json_float(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            ".nan"
        } else if number > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .to_owned();
    }
    if number.abs() < 1e21 {
        let digits = number.to_string();
        if let Ok(whole) = digits.parse::<i64>() {
            return whole.to_string();
        }
        if digits.parse::<u64>().is_ok() {
            return digits;
        }
    }
    shortest(number, |number| format!("{number:e}"))
}

/// A float as Go's JSON encoder writes it.
pub(crate) fn go_json_float(number: f64) -> String {
    if !number.is_finite() || number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let digits = format!("{number:e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{mantissa}e-{exponent}"),
        None => format!("{mantissa}e+{exponent}"),
    }
}

/// A float as Go's YAML encoder writes it.
#[must_use]
pub fn go_yaml_float(number: f64) -> String {
    shortest(number, |number| format!("{number:e}"))
}

/// A float as a key, or where a text is wanted: go-yaml v2 and sigs.k8s.io/yaml round it to 32 bits.
#[must_use]
pub fn short_float(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "go-yaml rounds here too")]
    let rounded = number as f32;
    if !rounded.is_finite() {
        return if rounded > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    shortest(number, |_| format!("{rounded:e}"))
}

/// `strconv.FormatFloat(number, 'g', -1, ..)`, given the shortest digits that read back the same, as `d.ddde-n`.
fn shortest(number: f64, scientific: impl Fn(f64) -> String) -> String {
    let digits = scientific(number);
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let (sign, mantissa) = mantissa
            .strip_prefix('-')
            .map_or(("", mantissa), |rest| ("-", rest));
        let figures: String = mantissa.chars().filter(|character| *character != '.').collect();
        return format!("{sign}{}", positional(&figures, exponent));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn positional(figures: &str, exponent: i32) -> String {
    match usize::try_from(exponent) {
        Err(_) => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            format!("0.{}{figures}", "0".repeat(zeros))
        }
        Ok(exponent) if figures.len() <= exponent + 1 => {
            format!("{figures}{}", "0".repeat(exponent + 1 - figures.len()))
        }
        Ok(exponent) => format!("{}.{}", &figures[..=exponent], &figures[exponent + 1..]),
    }
}
