//! Whether a generator could make its object: each source is there and can be read, and no key comes twice.

use std::collections::BTreeSet;

use plumb_yaml::Node;

use super::super::{Done, EditError, EditFiles, place, refuse, wrap};
use crate::{error::Failure, generate, kustomization::decode};

pub(super) fn check(files: &dyn EditFiles, generator: &Node) -> Done {
    let name = decode::field(generator, "name")
        .and_then(Node::as_str)
        .unwrap_or("");
    if name.is_empty() {
        return refuse("a configmap must have a name");
    }
    let list = |key: &str| -> Vec<String> {
        let items = decode::field(generator, key).and_then(Node::as_sequence);
        let text = |item: &Node| item.as_str().unwrap_or("").to_owned();
        items.unwrap_or_default().iter().map(text).collect()
    };
    let loading = |what: &str, list: &[String], error: &EditError| {
        wrap(&format!("loading KV pairs: {what} [{}]", list.join(" ")), error)
    };
    let (envs, literals, sources) = (list("envs"), list("literals"), list("files"));
    let mut keys = env_keys(files, &envs).map_err(|error| loading("env source files:", &envs, &error))?;
    let of_literals = literals
        .iter()
        .map(|literal| generate::literal_key(literal).map_err(said));
    keys.extend(
        of_literals
            .collect::<Done<Vec<_>>>()
            .map_err(|error| loading("literal sources", &literals, &error))?,
    );
    keys.extend(file_keys(files, &sources).map_err(|error| loading("file sources:", &sources, &error))?);
    let mut seen = BTreeSet::new();
    match keys.iter().find(|key| !seen.insert(key.as_str())) {
        Some(key) => refuse(format!("configmap {name} illegally repeats the key `{key}`")),
        None => Ok(()),
    }
}

fn said(failure: Failure) -> EditError {
    EditError::Refused(failure.kind().to_string())
}

fn env_keys(files: &dyn EditFiles, paths: &[String]) -> Done<Vec<String>> {
    let mut keys = Vec::new();
    for path in paths {
        confirm(files, path)?;
        let text = files.read(path).map_err(EditError::Files)?.unwrap_or_default();
        keys.extend(generate::env_keys(&text).map_err(said)?);
    }
    Ok(keys)
}

fn file_keys(files: &dyn EditFiles, sources: &[String]) -> Done<Vec<String>> {
    let mut keys = Vec::new();
    for source in sources {
        let (key, path) = generate::file_source(source).map_err(said)?;
        confirm(files, path)?;
        keys.push(key.to_owned());
    }
    Ok(keys)
}

/// Whether a file is there and may be read.
fn confirm(files: &dyn EditFiles, path: &str) -> Done {
    let whole = place::whole(&files.location(), path);
    if !files.exists(path) {
        refuse(place::missing(files, path))
    } else if files.is_directory(path) {
        refuse(format!("'{whole}' must resolve to a file"))
    } else if !whole.starts_with(&format!("{}/", files.location().trim_end_matches('/'))) {
        let root = files.location();
        refuse(format!("security; file '{whole}' is not in or below '{root}'"))
    } else {
        Ok(())
    }
}
