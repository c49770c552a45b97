use super::*;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_is_listed_is_named_as_flux_names_it() {
    let ks = What::Unit(UnitKind::Kustomization);
    let cases = [
        ("ks", vec![ks], None),
        ("kustomizations reporting", vec![ks], Some("reporting")),
        ("sources git", vec![What::GitRepository], None),
        (
            "source git reporting",
            vec![What::GitRepository],
            Some("reporting"),
        ),
        ("apps", vec![What::Unit(UnitKind::Application)], None),
        (
            "all",
            vec![What::GitRepository, What::Unit(UnitKind::Application), ks],
            None,
        ),
    ];
    for (text, what, name) in cases {
        assert_eq!(What::parse(&words(text)).unwrap(), (what, name), "{text}");
    }
    for text in ["", "sources helm", "pods", "ks a b"] {
        assert!(What::parse(&words(text)).is_err(), "{text}");
    }
}

#[test]
fn commits_are_cut_short_wherever_they_stand() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(
        short(&format!("Applied revision: main@sha1:{commit}!")),
        "Applied revision: main@sha1:01234567!"
    );
    assert_eq!(short("no commit, only deadbeef"), "no commit, only deadbeef");
}
