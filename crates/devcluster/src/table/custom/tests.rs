use super::find;
use serde_json::json;

#[test]
fn paths_of_printer_columns() {
    let object = json!({
        "metadata": { "labels": { "a.b/c": "dotted" } },
        "spec": { "list": [{ "name": "x", "n": 1 }, { "name": "y", "n": 2 }] },
        "status": { "conditions": [{ "type": "Synced", "status": "False" }, { "type": "Ready", "status": "True" }] },
    });
    let cases = [
        (".spec.list[0].name", json!(["x"])),
        ("{.spec.list[-1].n}", json!([2])),
        (".spec.list[*].name", json!(["x", "y"])),
        (".status.conditions[?(@.type==\"Ready\")].status", json!(["True"])),
        (".status.conditions[?(@.type!='Ready')].status", json!(["False"])),
        (".metadata.labels.a\\.b/c", json!(["dotted"])),
        (".metadata.labels['a.b/c']", json!(["dotted"])),
        (".spec.none.deeper", json!([])),
    ];
    for (path, expected) in cases {
        assert_eq!(json!(find(&object, path)), expected, "{path}");
    }
}
