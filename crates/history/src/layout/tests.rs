//! Names survive their paths.

use plumb_model::{GroupKind, ObjectId, UnitId, UnitKind};
use proptest::prelude::*;

use super::{object_file, object_of, unit_of, unit_path};

fn name() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        prop::sample::select("._-%/ab:A\0\n ".chars().collect::<Vec<_>>()),
        any::<char>()
    ];
    prop::collection::vec(c, 0..8).prop_map(|chars| chars.into_iter().collect())
}

fn is_safe(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-%".contains(&byte))
}

proptest! {
    #[test]
    fn an_object_survives_its_file(group in name(), kind in name(), namespace in prop::option::of(name()), name in name()) {
        let object = ObjectId { kind: GroupKind::new(group, kind), namespace, name };
        let file = object_file(&object);
        prop_assert!(is_safe(&file), "{}", file);
        prop_assert_eq!(object_of(&file), Some(object));
    }

    #[test]
    fn a_unit_survives_its_folder(namespace in name(), name in name()) {
        let unit = UnitId { kind: UnitKind::Kustomization, namespace, name };
        let path = unit_path(&unit);
        prop_assert!(path.iter().all(|part| is_safe(part)));
        prop_assert_eq!(unit_of(&path[2]), Some(unit));
    }
}

#[test]
fn ordinary_names_read_well() {
    let object = ObjectId {
        kind: GroupKind::new("apps", "Deployment"),
        namespace: Some("web".to_owned()),
        name: "frontend".to_owned(),
    };
    assert_eq!(object_file(&object), "Deployment.apps_web_frontend.yaml");
    let role = ObjectId {
        kind: GroupKind::new("rbac.authorization.k8s.io", "ClusterRole"),
        namespace: None,
        name: "system:auth_x".to_owned(),
    };
    assert_eq!(
        object_file(&role),
        "ClusterRole.rbac.authorization.k8s.io__system%3Aauth%5Fx.yaml"
    );
    let unit = UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: "my-app".to_owned(),
    };
    assert_eq!(unit_path(&unit)[2], "application_argocd_my-app");
}
