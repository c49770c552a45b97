//! The order of keys.
//!
//! go-yaml v2 compares keys "naturally", with runs of digits as numbers. That is not an order: it has cycles. So the
//! sort here must bear any comparison, which `slice::sort_by` does not promise.
//!
//! **Start at** [`sort`].

use crate::Node;

/// A key and its value.
pub(super) type Entry<'a> = (&'a str, &'a Node);

/// Up to this many, entries are inserted one by one.
const FEW: usize = 12;

/// Puts entries into the order in which they are written.
pub(super) fn sort(entries: &mut [Entry<'_>]) {
    for chunk in entries.chunks_mut(FEW) {
        insert_all(chunk);
    }
    let mut width = FEW;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        for pair in entries.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, &mut merged);
        }
        entries.copy_from_slice(&merged);
        width *= 2;
    }
}

fn insert_all(entries: &mut [Entry<'_>]) {
    for end in 1..entries.len() {
        let mut at = end;
        while at > 0 && is_less(entries[at].0, entries[at - 1].0) {
            entries.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn merge<'a>(mut left: &[Entry<'a>], mut right: &[Entry<'a>], into: &mut Vec<Entry<'a>>) {
    while let (Some(first), Some(second)) = (left.first(), right.first()) {
        if is_less(second.0, first.0) {
            into.push(*second);
            right = &right[1..];
        } else {
            into.push(*first);
            left = &left[1..];
        }
    }
    into.extend_from_slice(left);
    into.extend_from_slice(right);
}

/// Whether key `a` is written before key `b`.
fn is_less(a: &str, b: &str) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    if let (Some(x), Some(y)) = (a.as_bytes().get(same), b.as_bytes().get(same))
        && x.is_ascii_alphabetic()
        && y.is_ascii_alphabetic()
    {
        return x < y;
    }
    let boundary = (0..=same).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    let (Some(x), Some(y)) = (a[boundary..].chars().next(), b[boundary..].chars().next()) else {
        return a.len() < b.len();
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (_, y_is_letter) => return y_is_letter,
    }
    let in_number = (x == '0' || y == '0') && {
        let digits = a[..boundary]
            .chars()
            .rev()
            .take_while(|character| is_digit(*character));
        digits.into_iter().any(|digit| digit != '0')
    };
    let seed = i64::from(in_number);
    let (a_number, a_length) = leading_number(&a[boundary..], seed);
    let (b_number, b_length) = leading_number(&b[boundary..], seed);
    if a_number != b_number {
        return a_number < b_number;
    }
    if a_length != b_length {
        return a_length < b_length;
    }
    x < y
}

/// The digits at the beginning as a number that wraps around, and how many there are.
fn leading_number(text: &str, seed: i64) -> (i64, usize) {
    text.chars()
        .take_while(|character| is_digit(*character))
        .fold((seed, 0), |(number, length), digit| {
            let value = i64::from(u32::from(digit)) - i64::from(b'0');
            (number.wrapping_mul(10).wrapping_add(value), length + 1)
        })
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || (!character.is_ascii() && character.is_numeric())
}
