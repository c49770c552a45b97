//! Recorded builds.

use base64::Engine;
use plumb_kustomize::{LoadRestrictor, Options, Reorder, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};
use serde_json::Value;

use crate::{
    Tally, gist,
    recorded::{records, shared},
};

/// The records of `group` that are builds.
pub(crate) fn recorded(group: &str) -> Option<Tally> {
    let folder = shared("kustomize-cases")?;
    let mut tally = Tally::default();
    for record in records(&folder.join(format!("{group}.jsonl"))) {
        if record["kind"].as_str().is_none_or(|kind| kind == "build") {
            let id = record["id"].to_string();
            tally.note(&id, replay(&record));
        }
    }
    Some(tally)
}

/// Whether a record gives the same: what is printed, byte for byte, or a failure for the same reason.
fn replay(record: &Value) -> Result<(), String> {
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
        enable_plugins: args_text.contains("--enable-alpha-plugins"),
        enable_exec: args_text.contains("--enable-exec"),
        ..Options::default()
    };
    // Wrong arguments are the command line's to refuse.
    let refused = args
        .iter()
        .skip(1)
        .filter(|arg| !arg.starts_with("--") && **arg != "none")
        .count()
        > 1
        || args_text.contains("--load-restrictor foo");
    let place = args.get(1).copied().unwrap_or(".").replace("{{ROOT}}", "");
    let path = TreePath::parse(&place).map_err(|error| error.to_string())?;
    let built = build(&reader, &path, &options);
    // Where the recorder kept its files is our root.
    let stderr = answer["stderr"].as_str().unwrap_or_default();
    let stderr = stderr.replace("{{ROOT}}/", "").replace("{{ROOT}}", ".");
    match (answer["rc"].as_i64() == Some(0), built) {
        (true, Ok(built)) if Some(built.to_yaml().as_str()) == answer["stdout"].as_str() => Ok(()),
        (true, Ok(_)) => Err("prints something else".to_owned()),
        (true, Err(error)) => Err(format!("fails: {error}")),
        (false, _) if refused => Ok(()),
        (false, Ok(_)) => Err("builds, where the original fails".to_owned()),
        (false, Err(error)) if gist::same(&error.to_string(), &stderr) => Ok(()),
        (false, Err(error)) => Err(format!("says `{error}`, not `{}`", stderr.trim_end())),
    }
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
