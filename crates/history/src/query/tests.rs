//! What a filter means.

use super::{Cursor, is_field, is_object, is_person, is_unit};

#[test]
fn names_are_found_as_people_write_them() {
    let unit = "application/argocd/my-app";
    for query in [unit, "argocd/my-app", "my-app"] {
        assert!(is_unit(query, unit), "{query}");
    }
    assert!(!is_unit("app", unit));
    let object = "Deployment.apps/web/frontend";
    for query in [
        object,
        "frontend",
        "web/frontend",
        "deployment/frontend",
        "Deployment.apps/frontend",
    ] {
        assert!(is_object(query, object), "{query}");
    }
    for query in [
        "end",
        "db/frontend",
        "Service/frontend",
        "Deployment/db/frontend",
        "",
    ] {
        assert!(!is_object(query, object), "{query}");
    }
    assert!(is_field(".spec", ".spec.replicas") && is_field(".spec.replicas", ".spec.replicas"));
    assert!(is_field(".spec.containers", ".spec.containers[name=\"a\"].image"));
    assert!(!is_field(".spec.rep", ".spec.replicas"));
    assert!(is_person("ann", "Ann Author <ann@example.com>") && !is_person("", ""));
}

#[test]
fn a_cursor_survives_its_text() {
    let cursor = Cursor::parse("a:7,b-2:0").expect("a cursor");
    assert_eq!(cursor.to_string(), "a:7,b-2:0");
    assert!(Cursor::parse("").is_err() && Cursor::parse("a").is_err() && Cursor::parse("a:x").is_err());
}
