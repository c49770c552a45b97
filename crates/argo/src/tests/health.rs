//! Health scripts in Argo CD's settings, and the annotations that health heeds.

use plumb_health::{Rules, ScriptRule};
use plumb_model::HealthStatus;
use serde_json::{Value, json};

fn settings(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": data})
}

fn rules(data: Value) -> Vec<ScriptRule> {
    let (rules, errors) = crate::health_rules(&settings(data));
    assert_eq!(errors, []);
    rules
}

#[test]
fn scripts_stand_in_keys_of_their_own_or_all_in_one() {
    let found = rules(json!({
        "url": "https://argocd.example.org",
        "resource.customizations": "apps/Deployment:\n  health.lua: |\n    return nil -- all\n\
            '*.example.org/*':\n  health.lua.useOpenLibs: true\n  health.lua: return {}\nbatch/Job:\n  ignoreDifferences: x\n",
        "resource.customizations.health.apps_Deployment": "return nil -- own",
        "resource.customizations.health.ConfigMap": "return nil",
        "resource.customizations.health.batch_Job": " ",
        "resource.customizations.useOpenLibs.ConfigMap": "true",
    }));
    let told: Vec<(&str, &str)> = found
        .iter()
        .map(|rule| (rule.of.as_str(), rule.written_in.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "*.example.org/*",
                "ConfigMap argocd-cm, key resource.customizations, entry *.example.org/*, health.lua"
            ),
            (
                "ConfigMap",
                "ConfigMap argocd-cm, key resource.customizations.health.ConfigMap"
            ),
            (
                "apps/Deployment",
                "ConfigMap argocd-cm, key resource.customizations.health.apps_Deployment"
            ),
        ]
    );
    assert!(rules(Value::Null).is_empty());
}

#[test]
fn what_is_wrong_with_a_key_is_told_and_the_others_hold() {
    let (rules, errors) = crate::health_rules(&settings(json!({
        "resource.customizations": "apps/Deployment:\n  health.lua: [1]\n",
        "resource.customizations.health.a_b_C": "return nil",
        "resource.customizations.health.ConfigMap": "return nil",
    })));
    assert_eq!(rules.len(), 1);
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "ConfigMap argocd-cm, key resource.customizations: entry apps/Deployment: health.lua is no text: write the script after `|`",
            "ConfigMap argocd-cm, key resource.customizations.health.a_b_C: it names no kind: write <group>_<Kind>, or <Kind> for the core group",
        ]
    );
}

#[test]
fn a_pod_can_ask_to_be_taken_for_one_that_lasts() {
    let rules = Rules::new(crate::KIND_RULES, Vec::new());
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"restartPolicy": "Never"},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    let status = |pod: &Value| rules.assess(pod).expect("Pods have health").status;
    assert_eq!(status(&pod), HealthStatus::Progressing);
    pod["metadata"]["annotations"] = json!({"argocd.argoproj.io/ignore-restart-policy": "true"});
    assert_eq!(status(&pod), HealthStatus::Healthy);
    pod["metadata"]["annotations"]["argocd.argoproj.io/hook"] = json!("PreSync");
    assert_eq!(status(&pod), HealthStatus::Progressing);
}

#[test]
fn kinds_of_argos_own_tell_their_phase() {
    let rules = Rules::new(crate::KIND_RULES, Vec::new());
    let told = |kind: &str, spec: &Value, status: Value| {
        let body = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": kind,
            "metadata": {"name": "web", "generation": 3}, "spec": spec, "status": status});
        rules.assess(&body).expect("these kinds have health").status
    };
    let nothing = json!({});
    for (phase, expected) in [
        ("", HealthStatus::Progressing),
        ("Running", HealthStatus::Progressing),
        ("Successful", HealthStatus::Healthy),
        ("Error", HealthStatus::Degraded),
        ("Inconclusive", HealthStatus::Unknown),
    ] {
        assert_eq!(told("AnalysisRun", &nothing, json!({"phase": phase})), expected);
    }
    let rollout = |status: Value| {
        told(
            "Rollout",
            &json!({"replicas": 2, "strategy": {"canary": {}}}),
            status,
        )
    };
    assert_eq!(rollout(Value::Null), HealthStatus::Progressing);
    assert_eq!(rollout(json!({"phase": "Paused"})), HealthStatus::Suspended);
    assert_eq!(
        rollout(json!({"phase": "Healthy", "observedGeneration": "2"})),
        HealthStatus::Progressing
    );
    let old = |replicas: u32, stable: &str| json!({"replicas": replicas, "updatedReplicas": 2, "availableReplicas": 2, "currentPodHash": "a", "stableRS": stable});
    assert_eq!(rollout(old(2, "a")), HealthStatus::Healthy);
    assert_eq!(rollout(old(3, "a")), HealthStatus::Progressing);
    assert_eq!(rollout(old(2, "b")), HealthStatus::Progressing);
    let aborted = json!({"conditions": [{"type": "Progressing", "reason": "RolloutAborted"}]});
    assert_eq!(rollout(aborted), HealthStatus::Degraded);
    let set = |kind: &str, status: &str| {
        told(
            "ApplicationSet",
            &nothing,
            json!({"conditions": [{"type": kind, "status": status}]}),
        )
    };
    assert_eq!(set("ErrorOccurred", "True"), HealthStatus::Degraded);
    assert_eq!(set("ResourcesUpToDate", "True"), HealthStatus::Healthy);
    assert_eq!(set("ErrorOccurred", "False"), HealthStatus::Progressing);
}
