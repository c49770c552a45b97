use plumb_model::{GroupKind, ObjectId};

use super::Wanted;

#[test]
fn objects_are_named_as_people_write_them() {
    let object = ObjectId {
        kind: GroupKind::new("apps".to_owned(), "Deployment".to_owned()),
        namespace: Some("web".to_owned()),
        name: "frontend".to_owned(),
    };
    let fits = |text: &str, namespace| {
        let wanted = Wanted::readings(text, namespace).unwrap();
        wanted.iter().any(|wanted| wanted.fits(&object))
    };
    for text in [
        "frontend",
        "web/frontend",
        "deployment/frontend",
        "Deployment.apps/frontend",
        "deployments.apps/frontend",
        "Deployment/web/frontend",
        "Deployment.apps web/frontend",
    ] {
        assert!(fits(text, None), "{text}");
    }
    assert!(fits("deployment.apps/frontend", Some("web")));
    assert!(!fits("deployment.apps/frontend", Some("db")));
    for text in [
        "Service/frontend",
        "Deployment/db/frontend",
        "Deployment.batch/frontend",
        "front",
    ] {
        assert!(!fits(text, None), "{text}");
    }
    for text in ["", "a//b", "a/b/c/d"] {
        assert!(Wanted::readings(text, None).is_err(), "{text}");
    }
}
