//! The table of built-in kinds: how definitions are written, and that the committed one is current.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Definitions, run, table, unpacked};

#[test]
fn definitions_become_lines() {
    let reference =
        |name: &str| json!({"default": {}, "allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
    let definitions: Definitions = [
        ("a.Amount".to_owned(), json!({"type": "object", "properties": {"cpu": {"$ref": "#/x/b.Quantity"}}})),
        ("b.Quantity".to_owned(), json!({"oneOf": [{"type": "string"}, {"type": "number"}]})),
        (
            "c.Thing".to_owned(),
            json!({
                "x-kubernetes-map-type": "atomic",
                "x-kubernetes-group-version-kind": [{"group": "g", "version": "v1", "kind": "Thing"}],
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "default": ""},
                    "amount": reference("a.Amount"),
                    "protocol": {"type": "string", "enum": ["TCP", "UDP"], "default": "TCP"},
                    "ports": {"type": "array", "items": reference("a.Amount"), "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["port", "protocol"], "x-kubernetes-patch-strategy": "merge",
                        "x-kubernetes-patch-merge-key": "port"},
                    "sizes": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
                },
            }),
        ),
    ]
    .into();
    let expected = "S\n.cpu\t#2;\nNq\nSa\n.amount\t#1;\tz\n.name\ts\trz\n.ports\tLk(port,protocol)#1;\tpk=port\n\
                    .protocol\te(TCP|UDP)\t\t\"TCP\"\n.sizes\tMgi\nKg\tv1\tThing\t3\n";
    assert_eq!(table(&definitions).unwrap(), expected);
}

#[test]
fn the_committed_table_is_current() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("PLUMB_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    let from = shared.join("reference/kubernetes");
    if !from.exists() {
        println!("skipped: no recorded API server at {}", from.display());
        return;
    }
    let fresh = std::env::temp_dir().join(format!("kinds-{}.txt.gz", std::process::id()));
    run(&from, &fresh).unwrap();
    let made = unpacked(&fresh).unwrap();
    std::fs::remove_file(&fresh).unwrap();
    assert!(
        made == unpacked(&here.join("../schema/data/kinds.txt.gz")).unwrap(),
        "run cargo xtask schema-table"
    );
}
