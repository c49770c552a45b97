//! `edit fix --vars`: each var becomes a replacement.
//!
//! Every place in a file of the kustomization (and of its bases) that says `$(NAME)` becomes a target, and the text there
//! becomes `NAME_PLACEHOLDER`. **Invariant:** nothing is written before every var has found its targets; the original
//! leaves half of the files changed when a later var cannot be converted.

mod targets;

use std::collections::BTreeMap;

use plumb_yaml::{Dialect, Limits, Mapping, Node, SourceId, Value};

use super::{Call, Done, EditError, EditFiles, place::join, refuse, sheet::Sheet};
use crate::{
    kustomization::{Kustomization, decode},
    load::FILE_NAMES,
    resource::Gvk,
};
use targets::Use;

/// The files that say what is deployed, as they will be.
struct Draft<'f> {
    files: &'f dyn EditFiles,
    changed: BTreeMap<String, String>,
    /// Every file of the kustomization, in the order in which targets are listed; some stand here twice.
    paths: Vec<String>,
    /// The patches among them, as the kustomization has them.
    patches: BTreeMap<String, Node>,
}

/// Replaces the vars of `sheet`, and writes the files that use them.
pub(super) fn convert(call: &mut Call<'_>, sheet: &mut Sheet) -> Done {
    let Some(vars) = sheet.remove("vars") else {
        return Ok(());
    };
    let mut draft = Draft {
        files: call.files,
        changed: BTreeMap::new(),
        paths: Vec::new(),
        patches: BTreeMap::new(),
    };
    draft.collect(
        &texts(sheet.get("resources")),
        sheet.get("patches"),
        "",
        MAX_DEPTH,
    )?;
    let mut replacements = Vec::new();
    for var in vars.as_sequence().unwrap_or_default() {
        let name = text(Some(var), "name");
        let targets = draft.targets(&name)?;
        draft.put_placeholders(&name);
        let mut replacement = Mapping::new();
        replacement.push("source", source(var));
        replacement.push("targets", Value::Sequence(targets).into());
        replacements.push(Value::Mapping(replacement).into());
    }
    // What was in `replacements` before is lost: the original loses it too.
    sheet.set("replacements", Value::Sequence(replacements).into());
    for (path, text) in draft.changed {
        call.files.write(&path, &text).map_err(EditError::Files)?;
    }
    Ok(())
}

/// How deep bases may be in bases; they may also lie in a circle.
const MAX_DEPTH: usize = 64;

impl Draft<'_> {
    /// Lists the files of a kustomization in `folder`.
    fn collect(&mut self, resources: &[String], patches: Option<&Node>, folder: &str, depth: usize) -> Done {
        if depth == 0 {
            return refuse("bases are nested too deep");
        }
        for resource in resources {
            // The original looks for a base from the working folder, whichever file names it.
            if self.files.is_directory(resource) {
                for name in sorted_names() {
                    if let Some(text) = self.read(&join(resource, name)) {
                        let document = base(&text)?;
                        let inner = texts(decode::field(&document, "resources"));
                        self.collect(&inner, decode::field(&document, "patches"), resource, depth - 1)?;
                    }
                }
            }
            self.paths.push(join(folder, resource));
        }
        for patch in patches.and_then(Node::as_sequence).unwrap_or_default() {
            let path = text(Some(patch), "path");
            if !path.is_empty() {
                let path = join(folder, &path);
                self.paths.push(path.clone());
                self.patches.insert(path, patch.clone());
            }
        }
        Ok(())
    }

    fn read(&self, path: &str) -> Option<String> {
        match self.changed.get(path) {
            Some(text) => Some(text.clone()),
            None => self.files.read(path).ok().flatten(),
        }
    }

    /// The fields in which a var is used, as targets of a replacement.
    fn targets(&self, var: &str) -> Done<Vec<Node>> {
        let mut found = Vec::new();
        for path in &self.paths {
            let Some(text) = self.read(path) else { continue };
            for document in targets::documents(&text) {
                let uses = Use::find(&document, var)
                    .map_err(|message| EditError::Refused(format!("error with {path}: {message}")))?;
                let select = targets::select(&document, self.patches.get(path));
                found.extend(uses.iter().map(|place| place.target(&select)));
            }
        }
        Ok(found)
    }

    fn put_placeholders(&mut self, var: &str) {
        let written = format!("$({var})");
        for path in &self.paths {
            if let Some(text) = self.read(path).filter(|text| text.contains(&written)) {
                self.changed.insert(
                    path.clone(),
                    text.replace(&written, &format!("{var}_PLACEHOLDER")),
                );
            }
        }
    }
}

/// The document of a base's kustomization file.
fn base(text: &str) -> Done<Node> {
    let documents =
        plumb_yaml::parse(text, SourceId::default(), Dialect::V2, &Limits::default()).map_err(|error| {
            EditError::Refused(format!(
                "error converting YAML to JSON: yaml: line {}: {}",
                error.mark.line, error.kind
            ))
        })?;
    let document = documents.into_iter().next().unwrap_or_default();
    // Fields that nobody knows do not matter here, fields of the wrong type do.
    Kustomization::read_extra(&document).map_err(|failure| {
        EditError::Refused(format!(
            "error unmarshaling JSON: while decoding JSON: {}",
            failure.kind()
        ))
    })?;
    Ok(document)
}

/// Where the value of a var comes from, as the source of a replacement.
fn source(var: &Node) -> Node {
    let object = decode::field(var, "objref");
    let gvk = Gvk::new(&text(object, "apiVersion"), &text(object, "kind"));
    let mut source = Mapping::new();
    for (key, value) in [
        ("group", gvk.group.into()),
        ("version", gvk.version.into()),
        ("kind", gvk.kind.into()),
        ("name", text(object, "name")),
        ("namespace", text(object, "namespace")),
        ("fieldPath", text(decode::field(var, "fieldref"), "fieldPath")),
    ] {
        source.push(key, Node::text(value));
    }
    Value::Mapping(source).into()
}

fn text(node: Option<&Node>, key: &str) -> String {
    let found = node.and_then(|node| decode::field(node, key));
    found.and_then(Node::as_str).unwrap_or("").to_owned()
}

fn texts(list: Option<&Node>) -> Vec<String> {
    let items = list.and_then(Node::as_sequence).unwrap_or_default();
    items
        .iter()
        .map(|item| item.as_str().unwrap_or("").to_owned())
        .collect()
}

/// The names that a kustomization file may have, as a folder lists them.
fn sorted_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = FILE_NAMES.into_iter().collect();
    names.sort_unstable();
    names
}
