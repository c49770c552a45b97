//! Quantities: equal amounts, order, and texts that are none.

use super::Quantity;

#[test]
fn equal_amounts() {
    let pairs = [
        ("1", "1000m"),
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("1e3", "1k"),
        ("1E3", "1000"),
        ("1E", "1000P"),
        ("1.5Gi", "1536Mi"),
        ("0", "0Gi"),
        ("-1", "-1000m"),
        (".5", "0.50"),
        ("1048576Ki", "1Gi"),
        ("100000000n", "100m"),
    ];
    for (a, b) in pairs {
        assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
        assert!(Quantity::parse(a).is_ok(), "{a}");
    }
}

#[test]
fn order() {
    let sorted = [
        "-2", "-1", "0", "1n", "1m", "999m", "1", "1k", "1Ki", "1M", "1Mi", "1Gi", "1Ei",
    ];
    for pair in sorted.windows(2) {
        assert!(
            Quantity::parse(pair[0]).unwrap() < Quantity::parse(pair[1]).unwrap(),
            "{pair:?}"
        );
    }
}

#[test]
fn not_quantities() {
    for text in [
        "", "-", ".", "1.2.3", "1x", "1kk", "Gi", "1 Gi", "1e", "abc", "1e999",
    ] {
        assert!(Quantity::parse(text).is_err(), "{text}");
    }
}
