//! `kustomize localize`: a kustomization and every local file that it needs, as they stand in a copy of their own.
//!
//! Paths are rewritten to the shortest ones that lead to the same files without links, plugins are written anew, and
//! all else is copied as it is. **Invariant:** nothing is written here; every file of the result lies in the scope.
//! **Absent:** what lies on other machines: each such file or base is an error that names it.
//! **Start at** [`localize`]; plugins are in [`plugins`].

mod charts;
mod plugins;

use std::{collections::BTreeMap, rc::Rc};

use bytes::Bytes;
use plumb_model::{Reader, TreePath};
use plumb_yaml::{Dialect, Mapping, Node, SourceId, Value};

use crate::{
    edit::shape::{self, FIELDS},
    error::{BuildErrorKind, Failure},
    generate,
    host::Offline,
    load::{FILE_NAMES, Folder, text_of},
    options::Options,
    remote,
    resource::read_resources,
    scalar,
    session::Session,
};

/// Why a kustomization was not localized.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LocalizeError(String);

/// The files of the copy, at the paths that they have in the tree.
pub type Localized = BTreeMap<TreePath, Bytes>;

type Done<T = ()> = Result<T, LocalizeError>;

/// The files that a copy of the kustomization at `target` consists of. Nothing outside `scope` is copied, nor anything
/// in `destination`.
///
/// # Errors
/// When a file is missing, lies outside or on another machine, or is no kustomization where there should be one.
pub fn localize(
    reader: &Reader<'_>,
    target: &TreePath,
    scope: &TreePath,
    destination: &TreePath,
) -> Result<Localized, LocalizeError> {
    let options = Options::default();
    let session = Session::new(reader, &Offline, &options);
    let folder = Folder::first(&session, target).map_err(|failure| said(&failure))?;
    let mut made = Localized::new();
    Copy {
        session: &session,
        scope,
        destination,
        folder,
        made: &mut made,
    }
    .kustomization()?;
    Ok(made)
}

/// One folder on its way into the copy.
struct Copy<'c> {
    session: &'c Session<'c>,
    scope: &'c TreePath,
    destination: &'c TreePath,
    folder: Rc<Folder>,
    made: &'c mut Localized,
}

/// What a text in a kustomization leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// A file.
    File,
    /// A folder with a kustomization.
    Root,
    /// A file with resources, or a folder with a kustomization.
    Resource,
    /// A file, with a key before it or without.
    Source,
    /// A file with a patch, unless it is one itself.
    Patch,
    /// A file with plugins, unless it is one itself.
    Plugin,
}

/// Fields that are lists of paths.
const LISTS: [(&str, To); 6] = [
    ("bases", To::Root),
    ("components", To::Root),
    ("configurations", To::File),
    ("crds", To::File),
    ("resources", To::Resource),
    ("patchesStrategicMerge", To::Patch),
];
/// Fields whose items have a path in one of their own fields.
const IN_ITEMS: [(&str, &str); 4] = [
    ("patches", "path"),
    ("patchesJson6902", "path"),
    ("replacements", "path"),
    ("helmCharts", "valuesFile"),
];

impl Copy<'_> {
    /// Copies the kustomization file of the folder, and all that it names.
    fn kustomization(&mut self) -> Done {
        let (path, mut fields) = self.read()?;
        if let Some(file) = fields
            .get_mut("openapi")
            .and_then(|openapi| openapi.get_mut("path"))
        {
            self.rewrite(file, To::File)
                .map_err(|error| wrap("unable to localize openapi path", &error))?;
        }
        for (name, to) in LISTS {
            self.rewrite_all(fields.get_mut(name), to)
                .map_err(|error| wrap(&format!("unable to localize {name} entry"), &error))?;
        }
        for name in ["configMapGenerator", "secretGenerator"] {
            for item in items(fields.get_mut(name)) {
                self.sources(item)
                    .map_err(|error| wrap(&format!("unable to localize {name}"), &error))?;
            }
        }
        for (name, key) in IN_ITEMS {
            for item in items(fields.get_mut(name)) {
                self.rewrite_all(item.get_mut(key), To::File)
                    .map_err(|error| wrap(&format!("unable to localize {name}"), &error))?;
            }
        }
        self.charts(&mut fields)?;
        for name in ["generators", "transformers", "validators"] {
            self.rewrite_all(fields.get_mut(name), To::Plugin)
                .map_err(|error| wrap(&format!("unable to load {name} entry"), &error))?;
        }
        let mut written = Mapping::new();
        for field in &FIELDS {
            if let Some(value) = field.write(fields.get(field.name())) {
                written.push(field.name(), value);
            }
        }
        let text = plumb_yaml::emit(&Value::Mapping(written).into());
        self.made.insert(path, text.into());
        Ok(())
    }

    /// The kustomization file of the folder, and what it says.
    fn read(&self) -> Done<(TreePath, Mapping)> {
        let root = &self.folder.root;
        let reader = self.folder.reader(self.session);
        let mut found = Vec::new();
        for name in FILE_NAMES {
            let file = root.child(name);
            if reader
                .is_file(&file)
                .map_err(|error| LocalizeError(error.to_string()))?
            {
                found.push(file);
            }
        }
        let path = match found.len() {
            0 => return Err(said(&BuildErrorKind::MissingKustomization(root.clone()).into())),
            1 => found.remove(0),
            _ => return Err(said(&BuildErrorKind::ManyKustomizations(root.clone()).into())),
        };
        let content = self
            .session
            .read(reader, &path)
            .map_err(|failure| said(&failure))?;
        let text = text_of(&content).map_err(|failure| said(&failure))?;
        let documents = self
            .session
            .parse(&text, SourceId::default(), Dialect::V2)
            .map_err(|failure| said(&failure))?;
        let fields = match documents.first() {
            Some(document) => shape::read(document)
                .map_err(|error| LocalizeError(format!("invalid Kustomization: {error}")))?,
            None => Mapping::new(),
        };
        Ok((path, fields))
    }

    /// Copies what a text leads to; the text that leads there in the copy.
    fn copied(&mut self, text: &str, to: To) -> Done<String> {
        match to {
            To::File => self.file(text),
            To::Root => self.root(text),
            To::Resource => self.resource(text),
            To::Source => self.source(text),
            To::Patch => self.patch(text),
            To::Plugin => self.plugin(text),
        }
    }

    /// Rewrites a path; an empty one stays. In plugins a number or a null is one, too, by what is written.
    fn rewrite(&mut self, node: &mut Node, to: To) -> Done {
        let is_left = node.is_null() && to == To::Patch;
        if is_left || !scalar::is_scalar(node) {
            return Ok(());
        }
        let path = scalar::written_text(node);
        if !path.is_empty() {
            node.value = Value::String(self.copied(&path, to)?.into());
        }
        Ok(())
    }

    /// Rewrites a path, or each of a list.
    fn rewrite_all(&mut self, node: Option<&mut Node>, to: To) -> Done {
        let Some(node) = node else { return Ok(()) };
        match node.as_sequence_mut() {
            Some(items) => items.iter_mut().try_for_each(|item| self.rewrite(item, to)),
            None => self.rewrite(node, to),
        }
    }

    /// Rewrites the sources of a generator.
    fn sources(&mut self, generator: &mut Node) -> Done {
        for key in ["env", "envs"] {
            self.rewrite_all(generator.get_mut(key), To::File)
                .map_err(|error| wrap(&format!("unable to localize generator {key} file"), &error))?;
        }
        self.rewrite_all(generator.get_mut("files"), To::Source)
    }

    fn source(&mut self, source: &str) -> Done<String> {
        let (key, path) = generate::file_source(source).map_err(|failure| said(&failure))?;
        let file = self
            .file(path)
            .map_err(|error| wrap(&format!("invalid file source {source:?}"), &error))?;
        Ok(if source == path {
            file
        } else {
            format!("{key}={file}")
        })
    }

    fn file(&mut self, path: &str) -> Done<String> {
        let content = self.load(path)?;
        self.put(path, content)
    }

    fn load(&self, path: &str) -> Done<Bytes> {
        if remote::is_web(path) {
            return Err(elsewhere(path));
        }
        let (_, content) = self
            .folder
            .load(self.session, path)
            .map_err(|failure| wrap("invalid file reference", &said(&failure)))?;
        if self.real(path)?.is_within(self.destination) {
            return Err(LocalizeError(format!(
                "file {path:?} enters localize destination {:?}",
                self.destination.as_str()
            )));
        }
        Ok(content)
    }

    /// Puts a file into the copy; the path to it from the folder.
    fn put(&mut self, path: &str, content: Bytes) -> Done<String> {
        let real = self.real(path)?;
        let relative = real.relative_to(&self.folder.root);
        self.made.insert(real, content);
        Ok(relative)
    }

    /// Where a file is, without links on the way.
    fn real(&self, path: &str) -> Done<TreePath> {
        let tree = |error: &dyn std::fmt::Display| LocalizeError(error.to_string());
        let joined = self.folder.root.join(path).map_err(|error| tree(&error))?;
        let real = self.folder.reader(self.session).real_path(&joined);
        real.map_err(|error| tree(&error))?
            .ok_or_else(|| LocalizeError(format!("{path}: no such file or directory")))
    }

    fn resource(&mut self, path: &str) -> Done<String> {
        let as_file = self.load(path).and_then(|content| {
            let text = text_of(&content).map_err(|failure| said(&failure))?;
            read_resources(self.session, &text, SourceId::default())
                .map_err(|failure| wrap(&format!("invalid resource at file {path:?}"), &said(&failure)))?;
            Ok(content)
        });
        match as_file {
            Ok(content) => self.put(path, content),
            Err(file_error) => self.root(path).map_err(|root_error| {
                LocalizeError(format!(
                    "could not localize path {path:?} as file: {file_error}; could not localize path {path:?} as \
                     directory: {root_error}"
                ))
            }),
        }
    }

    /// Copies another folder with a kustomization; the path to it.
    fn root(&mut self, path: &str) -> Done<String> {
        if remote::parse(path).is_some() {
            return Err(elsewhere(path));
        }
        let folder = self
            .folder
            .base(self.session, path)
            .map_err(|failure| wrap("invalid root reference", &said(&failure)))?;
        let root = folder.root.clone();
        if !root.is_within(self.scope) {
            return Err(LocalizeError(format!(
                "root {:?} outside localize scope {:?}",
                root.as_str(),
                self.scope.as_str()
            )));
        }
        if root.is_within(self.destination) {
            return Err(LocalizeError(format!(
                "root {:?} references into localize destination {:?}",
                root.as_str(),
                self.destination.as_str()
            )));
        }
        let mut copy = Copy {
            session: self.session,
            scope: self.scope,
            destination: self.destination,
            folder,
            made: self.made,
        };
        copy.kustomization()
            .map_err(|error| wrap(&format!("unable to localize root {path:?}"), &error))?;
        Ok(root.relative_to(&self.folder.root))
    }

    /// A patch that is a file, or stands in the list itself.
    fn patch(&mut self, entry: &str) -> Done<String> {
        match read_resources(self.session, entry, SourceId::default()) {
            Ok(_) => Ok(entry.to_owned()),
            Err(_) => self.file(entry),
        }
    }
}

fn items(list: Option<&mut Node>) -> impl Iterator<Item = &mut Node> {
    list.and_then(Node::as_sequence_mut).into_iter().flatten()
}

fn said(failure: &Failure) -> LocalizeError {
    LocalizeError(failure.kind().to_string())
}

fn wrap(prefix: &str, error: &LocalizeError) -> LocalizeError {
    LocalizeError(format!("{prefix}: {error}"))
}

fn elsewhere(path: &str) -> LocalizeError {
    LocalizeError(format!(
        "{path:?} lies on another machine, and what does is not copied: fetch it, and name the local copy"
    ))
}
