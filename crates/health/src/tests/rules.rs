//! Rules of users and of adapters over the built-in ones.

use plumb_expressions::lua::Script;
use plumb_model::{GroupKind, Health, HealthStatus::*};
use serde_json::{Value, json};

use crate::{KindRule, Rules, ScriptRule};

fn script(of: &str, text: &str) -> ScriptRule {
    ScriptRule {
        of: of.to_owned(),
        written_in: format!("argocd-cm, key {of}"),
        script: Script::new(text),
    }
}

fn says(word: &str) -> String {
    format!("return {{status = 'Degraded', message = '{word}'}}")
}

fn widget() -> Value {
    json!({"apiVersion": "shop.example.org/v1", "kind": "Widget", "metadata": {"name": "one"},
        "status": {"conditions": [{"type": "Ready", "status": "True", "message": "fine"}]}})
}

#[test]
fn the_exact_script_comes_before_the_longest_glob_and_that_before_others() {
    let all = [
        ("*", "any"),
        ("*.example.org/*", "group"),
        ("*.example.org/Wid*", "longest"),
        ("shop.example.org/Widget", "exact"),
        ("shop.example.org/Other", "other"),
    ];
    for kept in (1..=4).rev() {
        let scripts = all[..kept].iter().map(|(of, word)| script(of, &says(word)));
        let rules = Rules::new(&[], scripts.collect());
        let expected = Health::new(Degraded, all[kept - 1].1);
        assert_eq!(rules.assess(&widget()), Some(expected));
    }
    let none = Rules::new(&[], vec![script("Widget", &says("core"))]);
    assert_eq!(none.assess(&widget()), Some(Health::new(Healthy, "fine")));
}

#[test]
fn what_a_script_does_not_tell_the_next_in_order_does() {
    let handed_in = KindRule {
        group: "shop.example.org",
        kind: "Widget",
        rule: |body| (body["spec"]["paused"] == true).then(|| Health::new(Suspended, "paused")),
    };
    let rules = Rules::new(
        &[handed_in],
        vec![script("shop.example.org/Widget", "return nil")],
    );
    let mut body = widget();
    assert_eq!(rules.assess(&body), Some(Health::new(Healthy, "fine")));
    body["spec"] = json!({"paused": true});
    assert_eq!(rules.assess(&body), Some(Health::new(Suspended, "paused")));
    body["metadata"]["deletionTimestamp"] = json!("2026-08-01T10:00:00Z");
    assert_eq!(
        rules.assess(&body),
        Some(Health::new(Progressing, "Pending deletion"))
    );
}

#[test]
fn a_script_that_fails_is_named() {
    for (text, expected) in [
        ("this is no Lua", "argocd-cm, key Widget: it is no Lua"),
        (
            "return {status = 'Splendid'}",
            "argocd-cm, key Widget: it returns the status \"Splendid\": return Healthy",
        ),
        (
            "while true do end",
            "argocd-cm, key Widget: it was ended after 20 million steps",
        ),
        ("return 1", "argocd-cm, key Widget: it returns a"),
    ] {
        let mut body = widget();
        body["apiVersion"] = json!("v1");
        let health = Rules::new(&[], vec![script("Widget", text)])
            .assess(&body)
            .unwrap();
        assert_eq!(health.status, Unknown);
        assert!(health.message.starts_with(expected), "{}", health.message);
    }
}

#[test]
fn rules_agree_about_kinds_that_no_change_concerns() {
    let before = Rules::new(&[], vec![script("a/B", "return nil")]);
    let after = Rules::new(
        &[],
        vec![script("a/B", "return nil"), script("a/C", "return nil")],
    );
    assert!(before.agree(&after, &GroupKind::new("a", "B")));
    assert!(!before.agree(&after, &GroupKind::new("a", "C")));
}

#[test]
fn a_script_that_always_runs_away_is_not_run_for_ever() {
    let text = "if obj.spec.loops then while true do end end return {status = 'Healthy'}";
    let rules = Rules::new(&[], vec![script("shop.example.org/Widget", text)]);
    let (mut good, mut bad) = (widget(), widget());
    (good["spec"], bad["spec"]) = (json!({}), json!({"loops": true}));
    for _ in 0..2 {
        assert_eq!(rules.assess(&bad).map(|health| health.status), Some(Unknown));
        assert_eq!(rules.assess(&good).map(|health| health.status), Some(Healthy));
    }
    assert!(rules.assess(&bad).is_some());
    let health = rules.assess(&good).expect("a script tells something");
    assert_eq!(health.status, Unknown);
    assert!(
        health.message.contains("is not run again until it is changed"),
        "{}",
        health.message
    );
}
