//! What the outside sees of the crate, checked against what kustomize v5.8.2 does.
//!
//! The cases are lines of JSON: what goes in, and what the real program made of it (`out`), or our message where it
//! fails too (`error`).

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests look for files, and say so"
)]

mod fast;
mod tree;

use plumb_yaml::{
    Dialect, Limits, Mapping, Mark, Node, ParseError, ParseErrorKind, SourceId, Value, emit, emit_documents,
    parse,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const PARSE: &str = include_str!("cases/parse.jsonl");
const PARSE_V2: &str = include_str!("cases/parse_v2.jsonl");
const EMIT: &str = include_str!("cases/emit.jsonl");

#[test]
fn reads_resources_as_kustomize() {
    check_parse(PARSE, Dialect::V3, 150);
}

#[test]
fn reads_kustomizations_as_kustomize() {
    check_parse(PARSE_V2, Dialect::V2, 20);
}

#[test]
fn writes_as_kustomize() {
    let mut count = 0;
    for (number, line) in EMIT.lines().enumerate() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let node = Node::from_json(&case["in"], Mark::default());
        assert_eq!(
            emit(&node),
            case["out"].as_str().expect("a case has 'out'"),
            "case on line {}",
            number + 1
        );
        count += 1;
    }
    assert!(count >= 120, "only {count} cases");
}

#[test]
fn knows_where_nodes_are() {
    let text = "# c\na: 1\nb:\n- é: \"x\"\n  c: [1, {d: 2}]\n---\ne: &a z\nf: *a\n";
    let documents = read(text, Dialect::V3).expect("the text is valid");
    let place = |node: Option<&Node>| node.map(|node| (node.mark.line, node.mark.column));
    let item = documents[0]
        .at(&["b"])
        .and_then(Node::as_sequence)
        .and_then(<[Node]>::first);
    assert_eq!(place(documents[0].get("a")), Some((2, 4)));
    assert_eq!(place(item), Some((4, 3)));
    assert_eq!(place(item.and_then(|item| item.get("é"))), Some((4, 6)));
    let list = item
        .and_then(|item| item.get("c"))
        .and_then(Node::as_sequence)
        .expect("a list");
    assert_eq!(place(list[1].get("d")), Some((5, 14)));
    assert_eq!(place(documents[1].get("e")), Some((7, 4)));
    assert_eq!(place(documents[1].get("f")), Some((8, 4)));
}

#[test]
fn stops_at_limits() {
    let small = Limits {
        bytes: 100,
        depth: 5,
        nodes: 12,
        documents: 2,
    };
    let kind = |text: &str| match parse(text, SourceId(0), Dialect::V3, &small) {
        Err(ParseError {
            kind: ParseErrorKind::Limit(message),
            ..
        }) => message,
        other => format!("{other:?}"),
    };
    assert_eq!(
        kind(&"x".repeat(101)),
        "the text has more than 100 bytes: split it"
    );
    assert_eq!(kind("[[[[[[1]]]]]]"), "nested deeper than 5 levels: flatten it");
    assert_eq!(
        kind("a:\n b:\n  c:\n   d:\n    e:\n     f: 1"),
        "nested deeper than 5 levels: flatten it"
    );
    assert_eq!(
        kind("[1,2,3,4,5,6,7,8,9,10,11,12]"),
        "more than 12 values: split the text"
    );
    assert_eq!(
        kind("a: 1\n---\nb: 1\n---\nc: 1\n"),
        "more than 2 documents: split the text"
    );
}

#[test]
fn survives_alias_bombs_and_depth() {
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..64 {
        bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
    }
    let limits = Limits {
        nodes: 100_000,
        ..Limits::default()
    };
    let result = parse(&bomb, SourceId(0), Dialect::V3, &limits);
    assert!(matches!(
        result,
        Err(ParseError {
            kind: ParseErrorKind::Limit(_),
            ..
        })
    ));
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    assert_eq!(read(&deep, Dialect::V3).expect("500 levels are allowed").len(), 1);
    for opener in ["[", "{a: ", "- ", "? ", "&a [", "{? "] {
        assert!(read(&opener.repeat(100_000), Dialect::V3).is_err(), "{opener}");
    }
    let contains_itself = read("k: &x [*x]\n", Dialect::V3).expect_err("an anchor in itself");
    assert_eq!(
        contains_itself.to_string(),
        "line 1, column 8: anchor 'x' value contains itself: remove the alias"
    );
}

#[test]
fn sorts_keys_that_have_no_order() {
    // v10 < v1beta1, v1beta1 < v2, v2 < v10: a cycle.
    let text: String = (0..300)
        .map(|n| format!("v{n}: 1\nv{n}beta{}: 1\na{n}b: 1\nx0{n}: 1\n", n % 7))
        .collect();
    let node = &read(&text, Dialect::V3).expect("the text is valid")[0];
    assert_eq!(emit(node).lines().count(), 1200);
}

#[test]
fn reads_every_file_of_real_repositories() {
    let Some(shared) = shared() else { return };
    let mut files = Vec::new();
    collect(&shared.join("repos"), &mut files);
    let (mut read_well, mut refused) = (0, 0);
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        match read(&text, Dialect::V3) {
            Ok(documents) => {
                let written = emit_documents(&documents);
                let again = read(&written, Dialect::V3).map(|documents| emit_documents(&documents));
                assert_eq!(again.as_deref(), Ok(written.as_str()), "{}", file.display());
                read_well += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("{read_well} files read, {refused} refused");
    // The real program refuses 5 % of these: chart templates, and files made to be wrong.
    assert!(
        refused * 100 <= files.len() * 6,
        "{refused} of {} refused",
        files.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn never_panics_on_any_text(text in "(?s:.{0,60})") {
        let _ = (read(&text, Dialect::V3), read(&text, Dialect::V2));
    }

    #[test]
    fn never_panics_on_yaml_like_text(
        text in "([ \n\t:?,#&*!|>'\"%@`\\[\\]{}+0-3a-c~=<.\\\\\r\u{85}\u{2028}é😀-]|: |- |\n  |--- |<<: |&a |\\*a ){0,60}"
    ) {
        for dialect in [Dialect::V3, Dialect::V2] {
            if let Ok(documents) = read(&text, dialect) {
                let _ = emit_documents(&documents);
            }
        }
    }

    #[test]
    fn reads_back_what_it_writes(key in "[a-z]{1,8}", text in "[ -~é日\n]{0,120}") {
        let mut mapping = Mapping::new();
        mapping.insert(key, Node::text(text));
        let node = Node::from(Value::Mapping(mapping));
        let written = emit(&node);
        prop_assert_eq!(read(&written, Dialect::V2), Ok(vec![node]), "{}", written);
    }
}

fn read(text: &str, dialect: Dialect) -> Result<Vec<Node>, ParseError> {
    parse(text, SourceId(0), dialect, &Limits::default())
}

fn check_parse(cases: &str, dialect: Dialect, least: usize) {
    let mut count = 0;
    for (number, line) in cases.lines().enumerate() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let result = read(case["in"].as_str().expect("a case has 'in'"), dialect);
        let result = result
            .map(|documents| emit_documents(&documents))
            .map_err(|error| error.to_string());
        let expected = case["out"]
            .as_str()
            .ok_or_else(|| case["error"].as_str().unwrap_or_default());
        assert_eq!(
            result.as_deref().map_err(String::as_str),
            expected,
            "case on line {}: {line}",
            number + 1
        );
        count += 1;
    }
    assert!(count >= least, "only {count} cases");
}

/// The folder with real repositories, if this machine has one.
fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("PLUMB_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if path.join("repos").is_dir() {
        return Some(path);
    }
    println!("skipped: no repositories at {}", path.display());
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            files.push(path);
        }
    }
}
