use super::*;

#[test]
fn ranges_hold_what_they_say() {
    // range, versions inside, versions outside
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("*", &["0.0.1", "9.9.9"], &["1.0.0-rc.1"]),
        (">=1.0.0", &["1.0.0", "v2.0.0"], &["0.9.9", "1.1.0-rc.1"]),
        (">=1.0.0-0", &["1.0.0-rc.1", "1.1.0-rc.1", "1.0.0"], &["0.9.9"]),
        (">=1.0 <2.0", &["1.0.0", "1.9.9"], &["2.0.0", "0.9.0"]),
        (">= 1.0, < 2.0", &["1.5.0"], &["2.0.0"]),
        ("1.2.x", &["1.2.0", "1.2.9"], &["1.3.0", "1.2.1-rc.1"]),
        ("1.2", &["1.2.0", "1.2.9"], &["1.3.0"]),
        ("1.2.3", &["1.2.3", "1.2.3+build"], &["1.2.4"]),
        ("^1.2", &["1.2.0", "1.9.0"], &["1.1.9", "2.0.0"]),
        ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.2.2"]),
        ("^0.0.3", &["0.0.3"], &["0.0.4"]),
        ("^0", &["0.1.0", "0.9.0"], &["1.0.0"]),
        ("~1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3.0"]),
        ("~1", &["1.0.0", "1.9.0"], &["2.0.0"]),
        (">1.2", &["1.3.0", "2.0.0"], &["1.2.0", "1.2.9"]),
        ("<=1.2", &["1.2.9", "1.0.0"], &["1.3.0"]),
        ("!=1.3.0", &["1.2.0"], &["1.3.0"]),
        ("1.0 - 2.0.0", &["1.0.0", "2.0.0"], &["2.0.1"]),
        ("1.x || >=3.0", &["1.5.0", "3.1.0"], &["2.0.0"]),
        ("~1.2-beta", &["1.2.0-beta.2", "1.2.0"], &["1.2.0-alpha", "1.3.0"]),
    ];
    for (range, inside, outside) in cases {
        let parsed = VersionRange::parse(range).unwrap_or_else(|| panic!("{range} is a range"));
        for version in *inside {
            assert!(
                parsed.contains(&strict_version(version).unwrap()),
                "{version} in {range}"
            );
        }
        for version in *outside {
            assert!(
                !parsed.contains(&strict_version(version).unwrap()),
                "{version} not in {range}"
            );
        }
    }
}

#[test]
fn branch_names_are_no_ranges() {
    for text in ["main", "release/1.2", "", ">=", "1.2.3.4", "v1-", "feature-x"] {
        assert!(VersionRange::parse(text).is_none(), "{text}");
    }
}

#[test]
fn tags_are_versions_strictly_or_leniently() {
    assert_eq!(strict_version("v1.2.3"), lenient_version("v1.2.3"));
    assert_eq!(strict_version("v1.2"), None);
    assert_eq!(lenient_version("v1.2").unwrap().to_string(), "1.2.0");
    for no in ["1.x", "*", "main", "1.2.3.4"] {
        assert_eq!(lenient_version(no), None, "{no}");
    }
}
