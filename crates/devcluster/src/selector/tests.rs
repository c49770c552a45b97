use super::labels::parse as requirements;
use crate::{resource::Catalog, selector::Selector};
use serde_json::json;

fn check(labels: &str, selected: bool) {
    let object = json!({ "metadata": { "labels": { "app": "web", "tier": "front", "n": "5" } } });
    let selector = Selector::parse(labels, "").expect("a selector");
    assert_eq!(selector.matches(&object), selected, "{labels}");
}

#[test]
fn label_selectors_of_all_forms() {
    check("", true);
    check("app=web,tier==front", true);
    check("app!=web", false);
    check("other!=web", true);
    check("app in (db, web), tier notin (back)", true);
    check("app notin (web)", false);
    check("app,!none", true);
    check("!app", false);
    check("n>4,n<6", true);
    check("n>5", false);
}

#[test]
fn what_is_no_selector_is_refused() {
    for text in ["a b", "app in web", "=x", "app in (a", "n>x"] {
        assert!(requirements(text).is_err(), "{text}");
    }
}

#[test]
fn fields_are_known_per_kind() {
    let catalog = Catalog::builtin();
    let pods = catalog.find("", "v1", "pods").expect("pods are served");
    let selector = Selector::parse("", "status.phase!=Running,metadata.name=a").expect("a selector");
    assert_eq!(selector.check(pods), Ok(()));
    assert!(selector.matches(&json!({ "metadata": { "name": "a" }, "status": { "phase": "Failed" } })));
    assert!(!selector.matches(&json!({ "metadata": { "name": "a" }, "status": { "phase": "Running" } })));
    let refused = Selector::parse("", "spec.replicas=1").expect("a selector");
    let refused = refused.check(pods).expect_err("an unknown field");
    assert_eq!(refused.message, "field label not supported: spec.replicas");
}
