use serde_json::{Value, json};

use super::{JqError, PathExpression, PathStep};

fn paths(text: &str, value: &Value) -> Vec<String> {
    let told = PathExpression::parse(text).expect(text).paths(value).expect(text);
    told.into_iter()
        .map(|path| {
            path.into_iter()
                .map(|step| match step {
                    PathStep::Field(name) => format!("/{name}"),
                    PathStep::Index(at) => format!("/{at}"),
                })
                .collect()
        })
        .collect()
}

fn pod() -> Value {
    json!({"spec": {"replicas": 3, "containers": [
        {"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}]},
        {"name": "proxy", "image": "b"}]},
        "metadata": {"annotations": {"a.b/c": "1", "kubectl.kubernetes.io/x": "2"}}})
}

#[test]
fn fields_items_and_choices_are_told() {
    let cases = [
        (".spec.replicas", vec!["/spec/replicas"]),
        (
            ".spec.containers[].image",
            vec!["/spec/containers/0/image", "/spec/containers/1/image"],
        ),
        (
            r#".spec.containers[] | select(.name == "proxy") | .image"#,
            vec!["/spec/containers/1/image"],
        ),
        (
            r#".spec.containers[] | select(.name | test("^pro")).image"#,
            vec!["/spec/containers/1/image"],
        ),
        (
            r#".metadata.annotations["a.b/c"]"#,
            vec!["/metadata/annotations/a.b/c"],
        ),
        (
            r#".metadata.annotations."a.b/c""#,
            vec!["/metadata/annotations/a.b/c"],
        ),
        (".spec.containers[-1]", vec!["/spec/containers/1"]),
        (".spec.absent.child", vec!["/spec/absent/child"]),
        (".spec.absent[]?.child", vec![]),
        (
            ".spec.replicas, .spec.containers[0].name",
            vec!["/spec/replicas", "/spec/containers/0/name"],
        ),
        (
            ".. | select(type == \"object\" and has(\"env\")) | .env",
            vec!["/spec/containers/0/env"],
        ),
        (
            ".spec.containers[] | select(.env | length > 0) | .env[]?.value",
            vec!["/spec/containers/0/env/0/value"],
        ),
        (
            r#".spec.containers[] | select([.name] | inside(["proxy", "other"]))"#,
            vec!["/spec/containers/1"],
        ),
        (".spec | getpath([\"containers\", 0])", vec!["/spec/containers/0"]),
        (".spec.containers | first", vec!["/spec/containers/0"]),
        (
            r#".spec.containers[] | select(any(.env[]?; .name == "A"))"#,
            vec!["/spec/containers/0"],
        ),
        (
            r#".spec.containers[] as $c | .spec.replicas"#,
            vec!["/spec/replicas", "/spec/replicas"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(paths(text, &pod()), expected, "{text}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_an_error_that_says_so() {
    let expression = PathExpression::parse(".spec.absent[].child").expect("it is jq");
    let error = expression.paths(&pod()).expect_err("null has no items");
    assert!(
        matches!(&error, JqError::Evaluation(why) if why.contains("null")),
        "{error}"
    );
}

#[test]
fn what_might_not_end_or_grows_is_refused() {
    for text in [
        "def f: f; f",
        "repeat(.)",
        "recurse(.)",
        "range(1e9)",
        "last(range(1e9))",
        "until(false; .)",
        "reduce .[] as $x (0; . + $x)",
        ". * 1000000",
        "[., .] | [., .]",
        "[.[] | (., .)]",
        "{a: .}",
        "\"\\(.)\\(.)\"",
        "input",
        "env",
        "now",
        "halt",
        "debug",
        ".a = 1",
        "del(.a)",
        "@base64",
        "[limit(3; repeat(.))]",
    ] {
        let refused = PathExpression::parse(text);
        assert!(
            matches!(refused, Err(JqError::Refused { .. } | JqError::Syntax { .. })),
            "{text}: {refused:?}"
        );
    }
    let deep = format!("{}.a{}", "(".repeat(500), ")".repeat(500));
    assert!(PathExpression::parse(&deep).is_err());
    assert!(PathExpression::parse(&"a".repeat(5000)).is_err());
}

#[test]
fn what_is_no_jq_is_said_to_be_none() {
    for text in ["", ".a[", ".a |", "$x", "nonsense", "select(", "\"open"] {
        assert!(PathExpression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_search_without_measure_ends() {
    let wide: Value = (0..300).map(|n| json!({ "n": n })).collect();
    for text in [
        ".[] | .. | select(false)",
        ".. | .. | .. | ..",
        "(.[] | .[]?), (.. | ..)",
    ] {
        let expression = PathExpression::parse(text).expect(text);
        drop(expression.paths(&wide));
    }
    let twice = vec!["(., .)"; 25].join(" | ");
    let expression = PathExpression::parse(&format!("{twice} | empty")).expect("it is jq");
    assert_eq!(expression.paths(&json!(1)), Err(JqError::TooLong));
    let expression = PathExpression::parse(&format!("last({twice})")).expect("it is jq");
    assert_eq!(expression.paths(&json!(1)), Err(JqError::TooLong));
}
