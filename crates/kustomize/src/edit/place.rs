//! Paths that lead nowhere, and how the original says so.

use super::EditFiles;

/// Why there is nothing at `path`.
pub(super) fn missing(files: &dyn EditFiles, path: &str) -> String {
    let whole = whole(&files.location(), path);
    let mut exists = String::new();
    for part in whole.split('/').filter(|part| !part.is_empty()) {
        exists = format!("{exists}/{part}");
        if !files.exists(&exists) {
            break;
        }
    }
    format!("evalsymlink failure on '{whole}' : lstat {exists}: no such file or directory")
}

/// Why `path`, at which there is no file or folder, cannot be a base either.
pub(super) fn no_folder(files: &dyn EditFiles, path: &str) -> String {
    let is_ambiguous = |part: &str| !matches!(part, "." | "..") && part.contains("..");
    if path.is_empty() {
        "new root cannot be empty".to_owned()
    } else if path.starts_with('/') {
        format!("new root '{path}' cannot be absolute")
    } else if path.split('/').any(is_ambiguous) {
        format!(
            "path {path:?} is ambiguous: resolves to {:?} after normalization, which is likely not the intended \
             target; check for YAML indentation errors in your kustomization file",
            join("", path)
        )
    } else {
        format!(
            "must build at directory: not a valid directory: {}",
            missing(files, path)
        )
    }
}

/// The whole path of `path`, seen from `folder`.
pub(super) fn whole(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        join("", path)
    } else {
        join(folder, path)
    }
}

/// The shortest way to write `path`, seen from `folder`.
pub(super) fn join(folder: &str, path: &str) -> String {
    let joined = if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else if part != ".." || !joined.starts_with('/') {
            parts.push(part);
        }
    }
    let root = if joined.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
