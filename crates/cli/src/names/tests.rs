use super::*;

fn id(text: &str) -> UnitId {
    let Wanted {
        kind,
        namespace,
        name,
    } = Wanted::parse(text).unwrap();
    UnitId {
        kind: kind.unwrap(),
        namespace: namespace.unwrap(),
        name,
    }
}

fn parsed(text: &str) -> (Option<UnitKind>, Option<String>, String) {
    let Wanted {
        kind,
        namespace,
        name,
    } = Wanted::parse(text).unwrap();
    (kind, namespace, name)
}

#[test]
fn names_are_taken_apart() {
    let name = || "my-app".to_owned();
    assert_eq!(parsed("my-app"), (None, None, name()));
    assert_eq!(parsed("argocd/my-app"), (None, Some("argocd".into()), name()));
    assert_eq!(parsed("app/my-app"), (Some(UnitKind::Application), None, name()));
    let whole = (Some(UnitKind::Kustomization), Some("flux-system".into()), name());
    assert_eq!(parsed("kustomization/flux-system/my-app"), whole);
    assert_eq!(parsed("ks/flux-system/my-app"), whole);
}

#[test]
fn what_is_no_name_is_refused() {
    for text in ["", "/my-app", "argocd/", "deployment/argocd/my-app", "a/b/c/d"] {
        assert!(Wanted::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_name_without_kind_fits_both_kinds() {
    let wanted = Wanted::parse("my-app").unwrap();
    assert!(
        wanted.fits(&id("application/argocd/my-app")) && wanted.fits(&id("kustomization/flux-system/my-app"))
    );
    assert!(
        !Wanted::parse("app/my-app")
            .unwrap()
            .fits(&id("kustomization/flux-system/my-app"))
    );
}

#[test]
fn an_unknown_name_comes_with_its_neighbours() {
    let known = [
        "application/argocd/my-app",
        "application/argocd/frontend",
        "application/argocd/my-app-staging",
    ]
    .map(id);
    let hint =
        |text: &str| unknown(text, &Wanted::parse(text).unwrap(), &known, "plumb app list").to_string();
    let near = "did you mean application/argocd/my-app or application/argocd/my-app-staging?";
    assert!(hint("my-ap").ends_with(near), "{}", hint("my-ap"));
    assert!(hint("fronted").ends_with("did you mean application/argocd/frontend?"));
    assert_eq!(
        hint("zzz"),
        "there is no application or kustomization \"zzz\": `plumb app list` shows what is"
    );
}

#[test]
fn distance_counts_edits() {
    for (a, b, count) in [
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("same", "same", 0),
        ("ab", "ba", 2),
    ] {
        assert_eq!(distance(a, b), count, "{a} {b}");
    }
}
