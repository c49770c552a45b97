//! Recorded answers of the original, where they are at hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use base64::Engine;
use plumb_kustomize::{Build, LoadRestrictor, Options, Reorder, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::disk::DiskTree;

/// The folder of recorded answers; `None` when it is absent.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("PLUMB_SHARED")
        .map_or_else(default, PathBuf::from)
        .join(name);
    if folder.exists() {
        return Some(folder);
    }
    println!("skipped: no {}", folder.display());
    None
}

pub(crate) fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the records can be read");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is a record"))
        .collect()
}

#[test]
fn recorded_builds_give_the_same() {
    let Some(folder) = shared("kustomize-cases") else {
        return;
    };
    for (group, floor) in [("build", 259), ("quirks", 74)] {
        let records = records(&folder.join(format!("{group}.jsonl")));
        let builds: Vec<&Value> = records
            .iter()
            .filter(|record| record["kind"].as_str().is_none_or(|kind| kind == "build"))
            .collect();
        let passed = builds.iter().filter(|record| replay(record)).count();
        println!("{group} {passed}/{}", builds.len());
        assert!(
            passed >= floor,
            "{group}: {passed} of {} pass, {floor} did before",
            builds.len()
        );
    }
}

#[test]
fn public_repositories_give_the_same() {
    let Some(folder) = shared("repos") else { return };
    let expected = fs::read_to_string(folder.join("expected.tsv")).expect("the list can be read");
    let (mut passed, mut total) = (0, 0);
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let tree = DiskTree(folder.join(fields[0]));
        let reader = Reader::new(&tree, ReadLimits::default());
        let path = TreePath::parse(fields[1]).expect("inside the repository");
        let digest = build(&reader, &path, &Options::default()).map(|built| hex(built.to_yaml().as_bytes()));
        total += 1;
        passed += usize::from(digest.is_ok_and(|digest| digest == fields[3]));
    }
    println!("repos {passed}/{total}");
    assert!(passed >= 901, "{passed} of {total} pass, 901 did before");
}

/// Building many folders in one go, where bases are shared, comes to the same as one by one.
#[test]
fn folders_built_together_give_the_same() {
    let Some(folder) = shared("repos") else { return };
    let expected = fs::read_to_string(folder.join("expected.tsv")).expect("the list can be read");
    let mut repositories: BTreeMap<&str, Vec<(TreePath, &str)>> = BTreeMap::new();
    for line in expected.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let path = TreePath::parse(fields[1]).expect("inside the repository");
        repositories.entry(fields[0]).or_default().push((path, fields[3]));
    }
    let mut wrong = Vec::new();
    for (name, folders) in &repositories {
        let tree = DiskTree(folder.join(name));
        let reader = Reader::new(&tree, ReadLimits::default());
        let paths: Vec<TreePath> = folders.iter().map(|(path, _)| path.clone()).collect();
        let wanted: BTreeMap<&TreePath, &str> =
            folders.iter().map(|(path, digest)| (path, *digest)).collect();
        Build::new(&reader, &Options::default()).each(&paths, |path, built| {
            let same = built.is_ok_and(|built| hex(built.to_yaml().as_bytes()) == wanted[path]);
            if !same {
                wrong.push(format!("{name} {path}"));
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn hex(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a record gives the same.
fn replay(record: &Value) -> bool {
    let answer = if record["cli"].is_object() {
        &record["cli"]
    } else {
        record
    };
    let tree = tree(record);
    let reader = Reader::new(&tree, ReadLimits::default());
    let args: Vec<&str> = answer["args"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let args_text = args.join(" ").replace('=', " ");
    let options = Options {
        load_restrictor: if args_text.contains("LoadRestrictionsNone") {
            LoadRestrictor::None
        } else {
            LoadRestrictor::RootOnly
        },
        reorder: if args_text.contains("--reorder none") {
            Reorder::None
        } else {
            Reorder::Legacy
        },
        managed_by_label: args_text.contains("--enable-managedby-label"),
        ..Options::default()
    };
    // Wrong arguments are the command line's to refuse.
    let refused = args
        .iter()
        .skip(1)
        .filter(|arg| !arg.starts_with("--") && **arg != "none")
        .count()
        > 2
        || args_text.contains("--load-restrictor foo");
    let place = args.get(1).copied().unwrap_or(".").replace("{{ROOT}}", "");
    let Ok(path) = TreePath::parse(&place) else {
        return false;
    };
    let built = build(&reader, &path, &options);
    if answer["rc"].as_i64() != Some(0) {
        return built.is_err() || refused;
    }
    built.is_ok_and(|built| Some(built.to_yaml().as_str()) == answer["stdout"].as_str())
}

fn tree(record: &Value) -> MemoryTree {
    let mut tree = MemoryTree::new();
    let entries = |key: &str| record[key].as_object().into_iter().flatten();
    for (path, text) in entries("files") {
        tree = tree.with(path, text.as_str().unwrap_or_default().to_owned());
    }
    for (path, text) in entries("files_b64") {
        let content = base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap_or_default());
        tree = tree.with(path, content.unwrap_or_default());
    }
    for (path, target) in entries("symlinks") {
        tree = tree.with_symlink(path, target.as_str().unwrap_or_default());
    }
    for path in record["empty_dirs"].as_array().into_iter().flatten() {
        tree = tree.with_directory(path.as_str().unwrap_or_default());
    }
    tree
}
