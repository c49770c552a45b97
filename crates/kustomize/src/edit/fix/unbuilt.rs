//! Why a kustomization cannot be built, in the words of the original where it is a file that is missing.

use plumb_model::TreeError;
use plumb_yaml::Node;

use super::super::{
    EditFiles,
    place::{self, missing, no_folder},
    shape::FIELDS,
    sheet::Sheet,
};
use crate::error::{BuildError, BuildErrorKind};

/// What the original says; our own words for what it says in a way that only its insides explain.
pub(super) fn explain(files: &dyn EditFiles, sheet: &Sheet, error: &BuildError) -> String {
    let ours = error.kind().to_string();
    match error.kind() {
        BuildErrorKind::Tree(TreeError::NotFound(path)) => {
            let is_it = |named: &str| {
                let whole = place::whole(&files.location(), named);
                path.as_str() == whole.trim_start_matches('/') || path.as_str() == place::join("", named)
            };
            not_found(files, sheet, is_it).unwrap_or(ours)
        }
        BuildErrorKind::Kustomization(complaint)
            if complaint.starts_with("apiVersion for ") || complaint.starts_with("kind should be ") =>
        {
            let lines = complaint.replace("; ", "\n");
            format!(
                "Failed to read kustomization file under {}:\n{lines}",
                files.location()
            )
        }
        _ => ours,
    }
}

/// What is said of the first missing file that the kustomization itself names.
fn not_found(files: &dyn EditFiles, sheet: &Sheet, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let named = |field: &str| {
        let items = sheet.get(field).and_then(Node::as_sequence).unwrap_or_default();
        let text = items.iter().filter_map(Node::as_str).find(|item| is_it(item));
        text.map(str::to_owned)
    };
    let accumulating = |path: &str| {
        format!(
            "accumulation err='accumulating resources from '{path}': {}': {}",
            missing(files, path),
            no_folder(files, path)
        )
    };
    for (field, doing) in [
        ("resources", "accumulating resources"),
        ("generators", "loading generator plugins"),
    ] {
        if let Some(path) = named(field) {
            return Some(format!("{doing}: {}", accumulating(&path)));
        }
    }
    if let Some(path) = named("components") {
        return Some(format!(
            "accumulating components: loader.New {:?}",
            no_folder(files, &path)
        ));
    }
    if let Some(path) = named("crds") {
        let all = sheet.get("crds").and_then(Node::as_sequence).unwrap_or_default();
        let all: Vec<&str> = all.iter().filter_map(Node::as_str).collect();
        return Some(format!(
            "loading CRDs [{}]: {}",
            all.join(" "),
            missing(files, &path)
        ));
    }
    let patches = sheet
        .get("patches")
        .and_then(Node::as_sequence)
        .unwrap_or_default();
    let patch = patches.iter().find_map(|patch| {
        let path = patch.get("path").and_then(Node::as_str)?;
        is_it(path).then_some((patch, path))
    });
    if let Some((patch, path)) = patch {
        return Some(format!(
            "trouble configuring builtin PatchTransformer with config: `\n{}`: failed to get the patch file from \
             path({path}): {}",
            written(patch),
            missing(files, path)
        ));
    }
    named("configurations").map(|path| missing(files, &path))
}

/// A patch as it is written.
fn written(patch: &Node) -> String {
    let patches = FIELDS.iter().find(|field| field.name() == "patches");
    let list = plumb_yaml::Value::Sequence(vec![patch.clone()]).into();
    let written = patches.and_then(|field| field.write(Some(&list)));
    let first = written
        .as_ref()
        .and_then(Node::as_sequence)
        .and_then(<[Node]>::first);
    first.map(plumb_yaml::emit).unwrap_or_default()
}
