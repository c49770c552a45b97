use super::{Catalog, version_rank};

#[test]
fn the_recorded_types_are_all_there() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.groups().len(), 21);
    let deployments = catalog
        .find("apps", "v1", "deployments")
        .expect("deployments are served");
    assert!(deployments.namespaced && deployments.has_status());
    assert_eq!(
        deployments.subresource("scale").map(|scale| scale.kind.as_str()),
        Some("Scale")
    );
    assert_eq!(deployments.columns.len(), 8);
    let scalers = catalog
        .preferred("autoscaling", "horizontalpodautoscalers")
        .expect("autoscalers are served");
    assert_eq!(scalers.version, "v2");
    assert!(
        deployments.speaks("apps/v1") && !deployments.speaks("apps/v1beta1") && !deployments.speaks("v1")
    );
}

#[test]
fn versions_rank_stable_first_and_new_before_old() {
    let mut versions = ["v1alpha1", "foo10", "v1beta2", "v1", "v10", "v2beta1", "foo1"];
    versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
    assert_eq!(
        versions,
        ["v10", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo1", "foo10"]
    );
}
