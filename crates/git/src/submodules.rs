//! A tree in which submodules are folders: what is below one comes from its own repository, at the recorded commit.
//!
//! Nothing is fetched until something below a submodule is looked at.
//!
//! **Invariant:** what `.gitmodules` says is hostile: depth and number are bounded, and a repository that is elsewhere
//! never makes this one read a repository of this machine.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use plumb_model::{CommitId, Entry, EntryKind, Tree, TreeError, TreePath};

use crate::{GitError, GitTree, address::Address};

/// Most submodules in submodules.
const DEPTH: usize = 8;
/// Most submodules that one tree may open, all levels together.
const COUNT: usize = 200;
/// Largest `.gitmodules`.
const FILE: u64 = 1 << 20;

/// Opens the repository at a URL, at a commit.
pub(crate) type Open = Arc<dyn Fn(&str, &CommitId) -> Result<GitTree, GitError> + Send + Sync>;

/// A tree in which submodules are folders.
pub(crate) struct WithSubmodules {
    tree: GitTree,
    modules: Vec<Module>,
    open: Open,
    depth: usize,
    /// How many were opened, all levels together.
    count: Arc<AtomicUsize>,
    opened: Mutex<BTreeMap<TreePath, Arc<WithSubmodules>>>,
}

struct Module {
    path: TreePath,
    url: String,
}

impl WithSubmodules {
    /// `tree`, which is of the repository at `url`.
    pub(crate) fn new(tree: GitTree, url: &str, open: Open) -> Result<Self, TreeError> {
        Self::nested(tree, url, open, (0, Arc::default()))
    }

    fn nested(
        tree: GitTree,
        url: &str,
        open: Open,
        (depth, count): (usize, Arc<AtomicUsize>),
    ) -> Result<Self, TreeError> {
        Ok(Self {
            modules: modules(&tree, url)?,
            tree,
            open,
            depth,
            count,
            opened: Mutex::default(),
        })
    }

    /// Where `path` really is: in this tree, or in that of a submodule.
    fn locate(&self, path: &TreePath) -> Result<Option<(Arc<Self>, TreePath)>, TreeError> {
        let Some(module) = self.modules.iter().find(|module| path.is_within(&module.path)) else {
            return Ok(None);
        };
        let recorded = self.tree.entry(&module.path)?;
        let Some(recorded) = recorded.filter(|entry| entry.kind == EntryKind::Submodule) else {
            return Ok(None);
        };
        let below = path
            .as_str()
            .strip_prefix(module.path.as_str())
            .unwrap_or_default();
        let below = TreePath::parse(below.trim_start_matches('/'))?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inner) = opened.get(&module.path) {
            return Ok(Some((Arc::clone(inner), below)));
        }
        let inner = Arc::new(self.opened(module, &recorded)?);
        opened.insert(module.path.clone(), Arc::clone(&inner));
        Ok(Some((inner, below)))
    }

    fn opened(&self, module: &Module, recorded: &Entry) -> Result<Self, TreeError> {
        let failed = |why: String| TreeError::Store {
            path: module.path.clone(),
            why: format!("submodule: {why}"),
        };
        if self.depth >= DEPTH {
            return Err(failed(format!("more than {DEPTH} submodules in each other")));
        }
        if self.count.fetch_add(1, Ordering::Relaxed) >= COUNT {
            return Err(failed(format!("more than {COUNT} submodules")));
        }
        let commit = CommitId::parse(&recorded.id.0).map_err(|error| failed(error.to_string()))?;
        let tree = (self.open)(&module.url, &commit).map_err(|error| failed(error.to_string()))?;
        let level = (self.depth + 1, Arc::clone(&self.count));
        Self::nested(tree, &module.url, Arc::clone(&self.open), level)
    }

    fn is_module(&self, path: &TreePath, entry: &Entry) -> bool {
        entry.kind == EntryKind::Submodule && self.modules.iter().any(|module| module.path == *path)
    }
}

impl Tree for WithSubmodules {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        if let Some(mut entry) = self.tree.entry(path)? {
            if self.is_module(path, &entry) {
                entry.kind = EntryKind::Directory;
            }
            return Ok(Some(entry));
        }
        match self.locate(path)? {
            Some((inner, below)) => inner.entry(&below),
            None => Ok(None),
        }
    }

    fn size(&self, path: &TreePath) -> Result<u64, TreeError> {
        match self.locate(path)? {
            Some((inner, below)) => inner.size(&below),
            None => self.tree.size(path),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        match self.locate(path)? {
            Some((inner, below)) => inner.read(&below),
            None => self.tree.read(path),
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError> {
        if let Some((inner, below)) = self.locate(path)? {
            return inner.list(&below);
        }
        let mut listing = self.tree.list(path)?;
        for (name, entry) in &mut listing {
            if self.is_module(&path.child(name), entry) {
                entry.kind = EntryKind::Directory;
            }
        }
        Ok(listing)
    }
}

/// The submodules that `.gitmodules` names, as far as their paths stay in the tree.
fn modules(tree: &GitTree, url: &str) -> Result<Vec<Module>, TreeError> {
    let path = TreePath::root().child(".gitmodules");
    let is_file = tree
        .entry(&path)?
        .is_some_and(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Executable));
    if !is_file {
        return Ok(Vec::new());
    }
    let failed = |why: String| TreeError::Store {
        path: path.clone(),
        why,
    };
    if tree.size(&path)? > FILE {
        return Err(failed(format!("larger than {} MiB", FILE >> 20)));
    }
    let content = tree.read(&path)?;
    let text = String::from_utf8_lossy(&content);
    let file = gix::config::File::try_from(text.as_ref()).map_err(|error| failed(error.to_string()))?;
    let mut found = Vec::new();
    for section in file.sections_by_name("submodule").into_iter().flatten() {
        let value = |key: &str| section.value(key).map(|value| value.to_string());
        let (Some(path), Some(written)) = (value("path"), value("url")) else {
            continue;
        };
        let path = TreePath::parse(&path)?;
        if path.is_root() {
            continue;
        }
        found.push(Module {
            path,
            url: resolved(url, &written).map_err(failed)?,
        });
    }
    Ok(found)
}

/// The URL of a submodule of the repository at `parent`.
fn resolved(parent: &str, url: &str) -> Result<String, String> {
    let is_relative = url.starts_with("./") || url.starts_with("../");
    let whole = if is_relative {
        relative(parent, url).ok_or_else(|| format!("the URL {url:?} leads out of the server"))?
    } else {
        url.to_owned()
    };
    let is_local = |url: &str| matches!(Address::parse(url), Address::Local(_));
    if is_local(&whole) && !is_local(parent) {
        return Err(format!(
            "{url:?} is a repository of this machine, which is not read for another"
        ));
    }
    Ok(whole)
}

/// `url`, which begins with `./` or `../`, seen from the repository at `parent`, as Git sees it.
fn relative(parent: &str, url: &str) -> Option<String> {
    let mut base = parent.trim_end_matches('/');
    // The host stays, whatever is asked for.
    let least = match base.split_once("://") {
        Some((scheme, rest)) => scheme.len() + 3 + rest.find('/')?,
        None => 0,
    };
    let (mut separator, mut rest) = ('/', url);
    loop {
        if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            let at = base.rfind('/').or_else(|| {
                separator = ':';
                base.rfind(':')
            })?;
            base = &base[..at];
        } else if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else {
            break;
        }
    }
    (base.len() >= least).then(|| format!("{base}{separator}{rest}"))
}

#[cfg(test)]
mod tests;
