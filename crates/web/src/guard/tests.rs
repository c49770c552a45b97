//! Whom the guard lets through.

use super::*;

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

#[test]
fn only_names_of_this_machine_are_its_own() {
    for host in [
        "127.0.0.1:8080",
        "localhost",
        "LOCALHOST:1",
        "[::1]:8080",
        "127.9.9.9",
    ] {
        assert!(is_this_machine(host), "{host}");
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "a@127.0.0.1",
        "",
        "10.0.0.1",
    ] {
        assert!(!is_this_machine(host), "{host}");
    }
}

#[test]
fn only_our_own_origin_is_the_same() {
    let own = ("host", "localhost:8080");
    assert!(same_origin(
        &headers(&[own, ("origin", "http://localhost:8080")]),
        None
    ));
    assert!(same_origin(
        &headers(&[
            own,
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-origin")
        ]),
        None
    ));
    assert!(same_origin(
        &headers(&[own, ("sec-fetch-site", "same-origin")]),
        None
    ));
    for origin in [
        "http://localhost:8081",
        "http://evil.example",
        "null",
        "",
        "ftp://localhost:8080",
    ] {
        assert!(
            !same_origin(&headers(&[own, ("origin", origin)]), None),
            "{origin}"
        );
    }
    for site in ["cross-site", "same-site", "none"] {
        assert!(
            !same_origin(
                &headers(&[own, ("origin", "http://localhost:8080"), ("sec-fetch-site", site)]),
                None
            ),
            "{site}"
        );
    }
    assert!(
        !same_origin(&headers(&[own]), None),
        "a browser always tells one or the other"
    );
}
