use super::{age, duration};
use serde_json::Value;

#[test]
fn durations_are_shortened_as_kubectl_shortens_them() {
    let cases = [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (150, "2m30s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (4 * 3600 + 60, "4h1m"),
        (47 * 3600, "47h"),
        (3 * 86_400 + 3600, "3d1h"),
        (9 * 86_400, "9d"),
        (800 * 86_400, "2y70d"),
        (3650 * 86_400, "10y"),
        (-5, "<invalid>"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(duration(seconds), expected, "{seconds} seconds");
    }
    assert_eq!(age(&Value::Null), "<unknown>");
}
