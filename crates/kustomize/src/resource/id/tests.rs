//! The table of kinds is found in by halving, so its order counts.

use super::{Gvk, KINDS, is_known, lines_of};

#[test]
fn every_line_is_found() {
    let mut before = "";
    for line in KINDS.lines() {
        assert!(before < line, "{before} before {line}");
        before = line;
        let (kind, rest) = line.split_once(' ').expect("a line has three words");
        let found = lines_of(kind).any(|(api_version, scope)| rest == format!("{api_version} {scope}"));
        assert!(found, "{line}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for kind in ["", "A", "Deploy", "Deployments", "zzz", "Pod\n"] {
        assert_eq!(lines_of(kind).count(), 0, "{kind:?}");
    }
    assert!(is_known(&Gvk::new("apps/v1", "Deployment")));
    assert!(!is_known(&Gvk::new("apps/v9", "Deployment")));
    assert!(is_known(&Gvk::new("v1", "Pod")));
    assert!(!Gvk::new("v1", "Pod").is_cluster_scoped());
    assert!(Gvk::new("v1", "Namespace").is_cluster_scoped());
    assert!(!Gvk::new("example.com/v1", "Widget").is_cluster_scoped());
}
