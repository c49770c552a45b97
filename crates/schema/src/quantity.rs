//! Amounts with units as Kubernetes writes them: `100m`, `1.5Gi`, `2e3`.
//!
//! **Invariant:** comparison is exact; no floating point.
//! **Start at** [`Quantity::parse`].

mod canonical;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::Value;

pub use canonical::canonical;

/// An amount: `mantissa * 10^ten * 2^two`, mantissa without trailing zeros.
#[derive(Debug, Clone)]
pub struct Quantity {
    mantissa: i128,
    ten: i32,
    two: u32,
}

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a quantity: a number with an optional unit such as 500m, 2, 1.5Gi or 1e3 is")]
pub struct QuantityError(pub String);

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// When the text is no number, has an unknown unit, or has more digits than any real amount.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse(text).ok_or_else(|| QuantityError(text.to_owned()))
    }

    /// Reads a quantity from a text or a number.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => parse(text),
            Value::Number(number) => parse(&number.to_string()),
            _ => None,
        }
    }

    /// The amount as a number, as near as one comes to it.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "near is what is asked for")]
    pub fn to_f64(&self) -> f64 {
        // A power of ten below one is no binary fraction: dividing by its inverse comes nearer.
        let scale = 10_f64.powi(self.ten.abs());
        let whole = self.mantissa as f64 * 2_f64.powi(i32::try_from(self.two).unwrap_or(i32::MAX));
        if self.ten < 0 {
            whole / scale
        } else {
            whole * scale
        }
    }
}

/// Whether two values are the same amount; `None` when one of them is no quantity.
#[must_use]
pub fn same(a: &Value, b: &Value) -> Option<bool> {
    Some(Quantity::from_value(a)? == Quantity::from_value(b)?)
}

fn parse(text: &str) -> Option<Quantity> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, unit) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (ten, two) = scale(unit)?;
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let mut mantissa: i128 = digits
        .trim_start_matches('0')
        .parse()
        .or_else(|_| {
            if digits.bytes().all(|b| b == b'0') {
                Ok(0)
            } else {
                Err(())
            }
        })
        .ok()?;
    let mut ten = ten.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    while mantissa != 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        ten += 1;
    }
    Some(Quantity {
        mantissa: if negative { -mantissa } else { mantissa },
        ten,
        two,
    })
}

/// Powers of ten and of two that a unit stands for.
fn scale(unit: &str) -> Option<(i32, u32)> {
    Some(match unit {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => {
            let exponent: i32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
            if exponent.abs() > 100 {
                return None;
            }
            (exponent, 0)
        }
    })
}

impl Quantity {
    fn sign(&self) -> i128 {
        self.mantissa.signum()
    }

    /// Decimal digits of the magnitude, lowest first, when scaled by `10^-ten`.
    fn digits(&self, ten: i32) -> Vec<u8> {
        let mut digits = vec![0; usize::try_from(self.ten - ten).unwrap_or(0)];
        let mut rest = self.mantissa.unsigned_abs();
        while rest > 0 {
            digits.push(u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
        }
        for _ in 0..self.two {
            double(&mut digits);
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        digits
    }
}

fn double(digits: &mut Vec<u8>) {
    let mut carry = 0;
    for digit in digits.iter_mut() {
        let twice = *digit * 2 + carry;
        *digit = twice % 10;
        carry = twice / 10;
    }
    if carry > 0 {
        digits.push(carry);
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.sign().cmp(&other.sign());
        if signs.is_ne() || self.mantissa == 0 {
            return signs;
        }
        let sizes = if (self.ten, self.two) == (other.ten, other.two) {
            self.mantissa.unsigned_abs().cmp(&other.mantissa.unsigned_abs())
        } else {
            let ten = self.ten.min(other.ten);
            let (a, b) = (self.digits(ten), other.digits(ten));
            a.len()
                .cmp(&b.len())
                .then_with(|| a.iter().rev().cmp(b.iter().rev()))
        };
        if self.mantissa < 0 { sizes.reverse() } else { sizes }
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Quantity {}
