use super::{is_id, span};

fn read(text: &str) -> Option<(String, String)> {
    let now = "2026-03-04T05:06:07Z".parse().unwrap();
    let (first, last) = span(text, now)?;
    Some((first.to_string(), last.to_string()))
}

fn spans(text: &str, first: &str, last: &str) {
    assert_eq!(read(text), Some((first.to_owned(), last.to_owned())), "{text}");
}

#[test]
fn times_dates_and_lengths_are_read() {
    spans("now", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z");
    spans("2h", "2026-03-04T03:06:07Z", "2026-03-04T03:06:07Z");
    spans("1d12h", "2026-03-02T17:06:07Z", "2026-03-02T17:06:07Z");
    spans(
        "2026-01-31",
        "2026-01-31T00:00:00Z",
        "2026-01-31T23:59:59.999999Z",
    );
    spans(
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.999999Z",
    );
    spans(
        "2026-01-31T12:00:00.5Z",
        "2026-01-31T12:00:00.5Z",
        "2026-01-31T12:00:00.5Z",
    );
    spans(
        "2026-01-31T12:00:00+02:00",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:00:00.999999Z",
    );
    spans(
        "2026-01-31T12:00",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.999999Z",
    );
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2026",
        "90",
        "yesterday",
        "2026-13-01",
        "2026-01-32T00:00:00Z",
        "h",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    assert!(is_id("abcdef1") && !is_id("abcdef") && !is_id("abcdefg"));
}
