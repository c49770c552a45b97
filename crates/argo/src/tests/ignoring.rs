//! Differences that are ignored: of an Application, and by the settings.

use plumb_model::{IgnoreRule, IgnoreTarget};
use serde_json::json;

use super::{set, unit_of, with};
use crate::{Defaults, ignore_settings, unit, warnings};

fn target(rule: &IgnoreRule) -> (Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
    let IgnoreTarget {
        group,
        kind,
        namespace,
        name,
        ..
    } = &rule.target;
    (
        group.as_deref(),
        kind.as_deref(),
        namespace.as_deref(),
        name.as_deref(),
    )
}

#[test]
fn an_application_says_what_is_ignored_of_which_objects() {
    let rules = json!([
        {"group": "apps", "kind": "Deployment", "name": "my.app", "namespace": "shop",
            "jsonPointers": ["/spec/replicas", "/metadata/annotations/a~1b"]},
        {"group": "*.example.org", "kind": "{Route,Gate?ay}", "jqPathExpressions": [".spec.rules[]?.weight"]},
        {"kind": "*", "managedFieldsManagers": ["kube-controller-manager"]},
    ]);
    let mut object = with("/spec/ignoreDifferences", rules);
    let sync = unit_of(&object).sync;
    assert!(!sync.keeps_ignored && sync.ignore.iter().all(|rule| !rule.fields.kept));
    let [first, second, third] = &sync.ignore[..] else {
        panic!("{:?}", sync.ignore)
    };
    assert_eq!(
        target(first),
        (Some("apps"), Some("Deployment"), Some("shop"), Some("my\\.app"))
    );
    assert_eq!(
        first.fields.pointers,
        ["/spec/replicas", "/metadata/annotations/a~1b"]
    );
    let globs = (Some(".*\\.example\\.org"), Some("(?:Route|Gate.ay)"), None, None);
    assert_eq!(target(second), globs);
    assert_eq!(second.fields.expressions, [".spec.rules[]?.weight"]);
    assert_eq!(
        target(third),
        (Some(""), Some(".*"), None, None),
        "without a group, the core group is meant"
    );
    assert_eq!(third.fields.managers, ["kube-controller-manager"]);
    assert_eq!(warnings(&object), Vec::<String>::new());

    set(
        &mut object,
        "/spec/syncPolicy/syncOptions",
        json!(["RespectIgnoreDifferences=true"]),
    );
    let sync = unit_of(&object).sync;
    assert!(sync.keeps_ignored && sync.ignore.iter().all(|rule| rule.fields.kept));
    assert_eq!(warnings(&object), Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_told_by_field() {
    let rules = json!([{"kind": "Deployment", "jsonPointers": ["spec/replicas"],
        "jqPathExpressions": [".a[", "def f: f; f"]}, {"group": "apps"}]);
    let error =
        unit(&with("/spec/ignoreDifferences", rules), &Defaults::default()).expect_err("three are wrong");
    let fields: Vec<&str> = error.problems.iter().map(|it| it.field.as_str()).collect();
    let expected = [
        "spec.ignoreDifferences[0].jsonPointers[0]",
        "spec.ignoreDifferences[0].jqPathExpressions[0]",
        "spec.ignoreDifferences[0].jqPathExpressions[1]",
        "spec.ignoreDifferences[1].kind",
    ];
    assert_eq!(fields, expected, "{error}");
}

#[test]
fn settings_ignore_for_all_applications() {
    let data = json!({
        "resource.customizations.ignoreDifferences.all": "managedFieldsManagers:\n- kube-controller-manager\n",
        "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers:\n- /spec/replicas\n",
        "resource.customizations.ignoreDifferences.ConfigMap": "jqPathExpressions:\n- .data.counter\n",
        "resource.customizations": "admissionregistration.k8s.io/MutatingWebhookConfiguration:\n  ignoreDifferences: |\n    \
            jsonPointers:\n    - /webhooks/0/clientConfig/caBundle\nargoproj.io/Application:\n  health.lua: return {}\n",
        "resource.customizations.health.apps_Deployment": "return {}",
        "url": "https://argocd.example.org",
    });
    let rules = ignore_settings(&data, true).expect("all can be read");
    let told: Vec<_> = rules.iter().map(target).collect();
    let core = (Some(""), Some("ConfigMap"), None, None);
    let webhooks = (
        Some("admissionregistration\\.k8s\\.io"),
        Some("MutatingWebhookConfiguration"),
        None,
        None,
    );
    let apps = (Some("apps"), Some("Deployment"), None, None);
    assert_eq!(told.len(), 4, "{told:?}");
    for one in [core, webhooks, apps, (None, None, None, None)] {
        assert!(told.contains(&one), "{one:?} of {told:?}");
    }
    assert!(
        rules
            .iter()
            .all(|rule| rule.fields.kept && !rule.fields.is_empty())
    );

    let wrong = json!({"resource.customizations.ignoreDifferences.all": "jsonPointers: [spec]\n",
        "resource.customizations.ignoreDifferences.Pod": "a: [\n"});
    let error = ignore_settings(&wrong, false).expect_err("both are wrong");
    assert_eq!(error.problems.len(), 2, "{error}");
    assert!(error.to_string().contains("argocd-cm"), "{error}");
}
