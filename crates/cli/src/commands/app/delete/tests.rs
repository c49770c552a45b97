use plumb_model::{UnitId, UnitReport};

use super::*;

fn application(cascade: bool) -> Loaded {
    let mut object = plumb_argo::application(&ApplicationArgs {
        name: "my-app".into(),
        namespace: "argocd".into(),
        cascade,
        ..ApplicationArgs::default()
    });
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
        finalizers.push("example.com/other".into());
    }
    loaded(UnitKind::Application, object)
}

fn loaded(kind: UnitKind, object: Value) -> Loaded {
    let id = UnitId {
        kind,
        namespace: "argocd".into(),
        name: "my-app".into(),
    };
    Loaded {
        id,
        unit: Err(String::new()),
        report: UnitReport::unknown(),
        object,
    }
}

#[test]
fn a_cascade_adds_the_finalizer_once() {
    let patch = cascade_patch(&application(false), true).unwrap();
    assert_eq!(patch["metadata"]["finalizers"].as_array().unwrap().len(), 1);
    assert_eq!(cascade_patch(&application(true), true), None);
}

#[test]
fn without_cascade_only_our_finalizers_are_taken_off() {
    let patch = cascade_patch(&application(true), false).unwrap();
    assert_eq!(patch, json!({"metadata": {"finalizers": ["example.com/other"]}}));
    assert_eq!(cascade_patch(&application(false), false), None);
}

#[test]
fn a_kustomization_says_so_in_its_spec() {
    let kustomization = || loaded(UnitKind::Kustomization, json!({"spec": {"prune": true}}));
    assert_eq!(
        cascade_patch(&kustomization(), false),
        Some(json!({"spec": {"deletionPolicy": "Orphan"}}))
    );
    assert_eq!(
        cascade_patch(&kustomization(), true),
        Some(json!({"spec": {"deletionPolicy": "Delete"}}))
    );
}
