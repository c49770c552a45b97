use serde_json::json;

use super::*;

fn document() -> Value {
    json!({
        "metadata": {"name": "web", "generation": 3, "labels": {"app/version": "1.2"}},
        "spec": {"size": "1Gi", "tags": ["a", "b", "c"]},
        "status": {"observedGeneration": 3, "conditions": [
            {"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False"}]},
    })
}

fn holds(text: &str) -> Result<bool, ExpressionError> {
    let document = document();
    let fields = document.as_object().expect("it is an object");
    let expression = Expression::compile(text)?;
    expression.holds(fields.iter().map(|(key, field)| (key.as_str(), field)))
}

#[test]
fn expressions_are_true_or_false_of_a_document() {
    for text in [
        "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')",
        "has(status.observedGeneration) && metadata.generation == status.observedGeneration",
        "metadata.labels['app/version'] == '1.2'",
        "status.conditions.exists(c, c.type == 'Synced' && c.status != 'True')",
        "!has(status.phase) || status.phase == 'Running'",
        "status.?phase.orValue('none') == 'none'",
        "metadata.name.split('e')[0] == 'w'",
        "metadata.name.matches('^w.b$') && metadata.name.startsWith('w')",
        "size(spec.tags) == 3 && 'b' in spec.tags",
        "spec.tags.isSorted() && !['b', 'a'].isSorted()",
        "quantity(spec.size) > quantity('500Mi') && quantity('1024Mi') == quantity('1Gi')",
        "isQuantity('5m') && !isQuantity('five')",
        "sets.contains(spec.tags, ['a']) && sets.intersects(spec.tags, ['x', 'c'])",
        "sets.equivalent(spec.tags, ['c', 'b', 'a', 'a'])",
        "timestamp('2026-08-01T10:00:00Z') - timestamp('2026-08-01T09:00:00Z') == duration('1h')",
        "base64.decode('aGk=') == b'hi'",
        "metadata.generation > 2.5",
        "int('7') + metadata.generation == 10",
    ] {
        assert_eq!(holds(text), Ok(true), "{text}");
    }
    assert_eq!(holds("status.conditions.all(c, c.status == 'True')"), Ok(false));
}

#[test]
fn errors_say_which_expression_and_what_is_missing() {
    let says = |text: &str| holds(text).map_err(|error| error.to_string());
    assert_eq!(
        says("status.phase == 'x'"),
        Err("failed to evaluate the CEL expression 'status.phase == 'x'': no such key: phase".to_owned())
    );
    assert_eq!(
        says("data.x"),
        Err("failed to evaluate the CEL expression 'data.x': there is no data".to_owned())
    );
    assert_eq!(
        says("metadata.name"),
        Err("the CEL expression 'metadata.name' is neither true nor false".to_owned())
    );
    let wrong = says("data.").expect_err("it is no CEL");
    assert!(
        wrong.starts_with("failed to parse the CEL expression 'data.': 1:"),
        "{wrong}"
    );
    assert!(says("").is_err());
    assert!(says("@spend([1]) == [1]").is_err());
}

#[test]
fn every_evaluation_ends() {
    let long = json!(vec![0; 2_000]);
    let evaluate = |text: &str| {
        let expression = Expression::compile(text)?;
        expression.holds([("list", &long)])
    };
    assert_eq!(evaluate("list.all(a, a == 0)"), Ok(true));
    for text in [
        "list.all(a, list.all(b, list.all(c, a == b)))",
        "list.map(a, list.map(b, list.map(c, a))) == []",
        "list.exists(a, list.exists_one(b, false))",
        "sets.contains(list, list)",
    ] {
        let error = evaluate(text).expect_err(text).to_string();
        assert!(error.contains("too many items"), "{error}");
    }
    let nested = |open: &str, close: &str, times: usize| {
        format!("{}1{} == 1", open.repeat(times), close.repeat(times))
    };
    // Whatever these come to, they come to it.
    for (open, close) in [
        ("(", ")"),
        ("{1: ", "}"),
        ("[1].map(x, ", ")"),
        ("f(", ")"),
        ("!", ""),
        ("-", ""),
    ] {
        let _ = evaluate(&nested(open, close, 1_300));
    }
    for text in [
        nested("[", "]", 5_000),
        format!("1{} == 1", " + 1".repeat(1_500)),
        format!("a{}", ".b".repeat(1_500)),
        "x ? ".repeat(1_000),
        "a".repeat(20_000),
    ] {
        assert!(evaluate(&text).is_err(), "{:.20}", text);
    }
    assert_eq!(evaluate(&format!("true{}", " && true".repeat(300))), Ok(true));
}

#[test]
fn large_documents_leave_less_to_go_through() {
    let large = json!({"text": "x".repeat(1 << 20), "list": vec![0; 1_000]});
    let expression = Expression::compile("all.list.map(a, all.text + all.text).size() == 1000").unwrap();
    assert!(expression.holds([("all", &large)]).is_err());
}
