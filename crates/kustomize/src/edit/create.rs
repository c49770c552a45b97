//! `kustomize create`: a new kustomization file.
//!
//! **Invariant:** the file is written once all that goes into it is known. (The original leaves an empty one behind when
//! its arguments are wrong.)

use plumb_model::{MemoryTree, ReadLimits, Reader};
use plumb_yaml::{Node, SourceId, Value};

use super::{
    Call, Done, EditError, EditFiles, add, flags::Flag, metadata, place::join, refuse, sheet::Sheet,
};
use crate::{host::Offline, load::FILE_NAMES, options::Options, resource::read_resources, session::Session};

pub(super) const FLAGS: &[Flag] = &[
    Flag::value("resources"),
    Flag::switch("autodetect", ""),
    Flag::switch("recursive", ""),
    Flag::value("namespace"),
    Flag::value("nameprefix"),
    Flag::value("namesuffix"),
    Flag::value("annotations"),
    Flag::value("labels"),
];

pub(super) fn create(call: &mut Call<'_>) -> Done {
    let given = call.flags.text("resources").to_owned();
    let mut resources = Vec::new();
    if !given.is_empty() {
        for pattern in given.split(',') {
            resources.extend(add::matching(call.files, pattern)?);
        }
    }
    match FILE_NAMES
        .into_iter()
        .filter(|name| call.files.exists(name))
        .count()
    {
        0 => {}
        1 => return refuse("kustomization file already exists"),
        _ => return Sheet::read(call.files).map(drop),
    }
    if call.flags.is_on("autodetect") {
        let mut found = Vec::new();
        detect(call.files, "", call.flags.is_on("recursive"), &mut found);
        found.retain(|path| !resources.contains(path));
        resources.extend(found);
    }
    let mut sheet = Sheet::new(FILE_NAMES[0]);
    sheet.set(
        "resources",
        Value::Sequence(resources.into_iter().map(Node::text).collect()).into(),
    );
    for (field, flag) in [
        ("namespace", "namespace"),
        ("namePrefix", "nameprefix"),
        ("nameSuffix", "namesuffix"),
    ] {
        sheet.set_text(field, call.flags.text(flag));
    }
    for (field, flag, what) in [
        ("commonAnnotations", "annotations", "annotation"),
        ("commonLabels", "labels", "label"),
    ] {
        let given = call.flags.text(flag);
        if given.is_empty() {
            continue;
        }
        let list: Vec<String> = given.split(',').map(str::to_owned).collect();
        for (key, value) in metadata::pairs(&list, what)? {
            sheet.map(field).insert(key, Node::text(value));
        }
    }
    call.files
        .write(sheet.path(), &sheet.text())
        .map_err(EditError::Files)
}

/// The files that hold objects, and the folders below with a kustomization of their own.
fn detect(files: &dyn EditFiles, folder: &str, recursive: bool, found: &mut Vec<String>) {
    for name in files.list(if folder.is_empty() { "." } else { folder }) {
        let path = join(folder, &name);
        if !files.is_directory(&path) {
            if files
                .read(&path)
                .ok()
                .flatten()
                .is_some_and(|text| holds_objects(&text))
            {
                found.push(path);
            }
        } else if recursive {
            if FILE_NAMES.iter().any(|name| files.exists(&join(&path, name))) {
                found.push(path);
            } else {
                detect(files, &path, recursive, found);
            }
        }
    }
}

/// Whether everything in a text is an object; nothing at all counts, as it does for the original.
fn holds_objects(text: &str) -> bool {
    let (tree, options) = (MemoryTree::new(), Options::default());
    let reader = Reader::new(&tree, ReadLimits::default());
    read_resources(
        &Session::new(&reader, &Offline, &options),
        text,
        SourceId::default(),
    )
    .is_ok()
}
