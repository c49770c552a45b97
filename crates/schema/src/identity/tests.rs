//! Names of kinds: parts and text.

use super::GroupVersionKind;

#[test]
fn parts_and_text() {
    for (api_version, kind, text) in [
        ("apps/v1", "Deployment", "apps/v1/Deployment"),
        ("v1", "Pod", "v1/Pod"),
        ("a.b.io/v1beta1", "X", "a.b.io/v1beta1/X"),
    ] {
        let gvk = GroupVersionKind::from_api_version(api_version, kind).unwrap();
        assert_eq!(
            (gvk.api_version().as_str(), gvk.to_string().as_str()),
            (api_version, text)
        );
    }
    assert_eq!(
        GroupVersionKind::new("apps", "v1", "Deployment")
            .group_kind()
            .to_string(),
        "apps/Deployment"
    );
    assert_eq!(
        GroupVersionKind::new("", "v1", "Pod").group_kind().to_string(),
        "Pod"
    );
    for bad in ["", "/v1", "apps/", "a/b/c"] {
        assert!(GroupVersionKind::from_api_version(bad, "X").is_err(), "{bad}");
    }
}
