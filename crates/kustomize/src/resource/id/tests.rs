//! The table of kinds is found in by halving, so its order counts.

use super::{
    Gvk, is_known,
    kinds::{KINDS, versions_of},
};

#[test]
fn every_kind_is_found() {
    assert!(KINDS.is_sorted_by_key(|known| known.kind));
    for known in KINDS {
        let found = versions_of(known.kind)
            .iter()
            .any(|other| other.group == known.group && other.version == known.version);
        assert!(found, "{}", known.kind);
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for kind in ["", "A", "Deploy", "Deployments", "zzz"] {
        assert_eq!(versions_of(kind).len(), 0, "{kind:?}");
    }
    assert!(is_known(&Gvk::new("apps/v1", "Deployment")));
    assert!(!is_known(&Gvk::new("apps/v9", "Deployment")));
    assert!(is_known(&Gvk::new("v1", "Pod")));
    assert!(!Gvk::new("v1", "Pod").is_cluster_scoped());
    assert!(Gvk::new("v1", "Namespace").is_cluster_scoped());
    assert!(!Gvk::new("example.com/v1", "Widget").is_cluster_scoped());
}
