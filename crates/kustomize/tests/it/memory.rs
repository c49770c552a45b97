//! A folder in memory, to be edited.

use std::collections::{BTreeMap, BTreeSet};

use plumb_kustomize::{BuildError, Built, Options, build, edit::EditFiles};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

/// Files in memory.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) folders: BTreeSet<String>,
    /// Where they are said to be.
    pub(crate) location: String,
}

impl Files {
    pub(crate) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut made = Self {
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            location: "/work".to_owned(),
        };
        for (path, text) in files {
            made.files.insert(path.to_owned(), text.to_owned());
            let mut rest = path;
            while let Some((folder, _)) = rest.rsplit_once('/') {
                made.folders.insert(folder.to_owned());
                rest = folder;
            }
        }
        made
    }

    /// The name under which a path is kept; `None` when it leads elsewhere. Empty for the folder itself.
    fn inner(&self, path: &str) -> Option<String> {
        let whole = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.location)
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        let whole = format!("/{}", parts.join("/"));
        if whole == self.location {
            return Some(String::new());
        }
        whole
            .strip_prefix(&format!("{}/", self.location))
            .map(str::to_owned)
    }
}

impl EditFiles for Files {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.inner(path).and_then(|path| self.files.get(&path).cloned()))
    }

    fn write(&mut self, path: &str, text: &str) -> Result<(), String> {
        let inner = self.inner(path).ok_or("it leads out of the folder")?;
        self.files.insert(inner, text.to_owned());
        Ok(())
    }

    fn exists(&self, path: &str) -> bool {
        self.is_directory(path)
            || self
                .inner(path)
                .is_some_and(|path| self.files.contains_key(&path))
    }

    fn is_directory(&self, path: &str) -> bool {
        match self.inner(path) {
            Some(inner) => inner.is_empty() && !path.is_empty() || self.folders.contains(&inner),
            // A folder that this one is in.
            None => {
                path.starts_with('/')
                    && self
                        .location
                        .starts_with(&format!("{}/", path.trim_end_matches('/')))
            }
        }
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    fn list(&self, path: &str) -> Vec<String> {
        let Some(inner) = self.inner(path) else {
            return Vec::new();
        };
        let prefix = if inner.is_empty() {
            inner
        } else {
            format!("{inner}/")
        };
        let names = self.files.keys().chain(&self.folders).filter_map(|path| {
            let name = path.strip_prefix(&prefix)?;
            (!name.contains('/') && !name.is_empty()).then(|| name.to_owned())
        });
        let names: BTreeSet<String> = names.collect();
        names.into_iter().collect()
    }

    fn build(&self) -> Option<Result<Built, BuildError>> {
        let tree = self.files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
            tree.with(path, text.clone())
        });
        let reader = Reader::new(&tree, ReadLimits::default());
        Some(build(&reader, &TreePath::root(), &Options::default()))
    }
}
