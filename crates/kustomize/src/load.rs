//! The folder of a kustomization: what it may read, and which bases it may have.
//!
//! **Invariant:** a chain of folders never contains a folder twice, nor a parent of one that is in it.

use std::rc::Rc;

use bytes::Bytes;
use plumb_model::{EntryKind, ReadLimits, Reader, TreeError, TreePath};
use plumb_yaml::{Dialect, Node, SourceId};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    host::RemoteRepository,
    kustomization::COMPONENT,
    options::LoadRestrictor,
    remote,
    session::Session,
};

/// The names a kustomization file may have.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A folder that is built, and how it was reached.
pub(crate) struct Folder {
    pub(crate) root: TreePath,
    /// The repository that it is in, when that is not the one that is built.
    remote: Option<Rc<Remote>>,
    pub(crate) referrer: Option<Rc<Folder>>,
    depth: usize,
}

/// Another repository, as some kustomization names it.
struct Remote {
    name: Box<str>,
    reader: Reader<'static>,
}

/// Whether the kustomization of a folder is a component, which changes what its referrer has and gives nothing by itself.
///
/// # Errors
/// When the tree cannot be read.
pub fn is_component(reader: &Reader<'_>, path: &TreePath) -> Result<bool, TreeError> {
    let Some(file) = is_kustomization_root(reader, path)? else {
        return Ok(false);
    };
    let content = reader.read(&file)?;
    let text = String::from_utf8_lossy(&content);
    if !text.contains(COMPONENT) {
        return Ok(false);
    }
    let limits = plumb_yaml::Limits::default();
    let documents = plumb_yaml::parse(&text, SourceId::default(), Dialect::V2, &limits);
    Ok(documents.is_ok_and(|documents| {
        let kind = documents.first().and_then(|document| document.get("kind"));
        kind.and_then(Node::as_str) == Some(COMPONENT)
    }))
}

/// The kustomization file of a folder, if it has one.
///
/// # Errors
/// When the tree cannot be read.
pub fn is_kustomization_root(reader: &Reader<'_>, path: &TreePath) -> Result<Option<TreePath>, TreeError> {
    for name in FILE_NAMES {
        let file = path.child(name);
        if reader.is_file(&file)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

impl Folder {
    /// The folder that the build was asked for.
    pub(crate) fn first(session: &Session<'_>, path: &TreePath) -> Result<Rc<Self>> {
        let root = session
            .reader
            .real_path(path)?
            .ok_or_else(|| TreeError::NotFound(path.clone()))?;
        if !session.reader.is_directory(&root)? {
            return Err(TreeError::NotADirectory(path.clone()).into());
        }
        Ok(Rc::new(Self {
            root,
            remote: None,
            referrer: None,
            depth: 0,
        }))
    }

    /// The base `path`, seen from here.
    pub(crate) fn base(self: &Rc<Self>, session: &Session<'_>, path: &str) -> Result<Rc<Self>> {
        if path.is_empty() {
            return Err(BuildErrorKind::Kustomization("new root cannot be empty".into()).into());
        }
        if let Some(repository) = remote::parse(path) {
            return self.remote_base(session, path, &repository);
        }
        if path.starts_with('/') {
            let message = format!("new root '{path}' cannot be absolute");
            return Err(BuildErrorKind::Kustomization(message).into());
        }
        let candidate = self.join(path)?;
        let reader = self.reader(session);
        let (root, kind) = reader
            .look_up(&candidate)?
            .ok_or_else(|| Failure::from(TreeError::NotFound(candidate.clone())))?;
        if kind != EntryKind::Directory {
            return Err(TreeError::NotADirectory(candidate).into());
        }
        self.check_cycle(&root)?;
        self.below(session, root, self.remote.clone())
    }

    /// A folder of another repository.
    fn remote_base(
        self: &Rc<Self>,
        session: &Session<'_>,
        address: &str,
        repository: &RemoteRepository,
    ) -> Result<Rc<Self>> {
        let mut visited = Some(self);
        while let Some(folder) = visited {
            let earlier = folder
                .remote
                .as_ref()
                .filter(|remote| remote.name.starts_with(address));
            if let Some(earlier) = earlier {
                let message = format!(
                    "cycle detected: URI '{address}' referenced by previous URI '{}'",
                    earlier.name
                );
                return Err(BuildErrorKind::Kustomization(message).into());
            }
            visited = folder.referrer.as_ref();
        }
        let tree = session.checkout(repository)?;
        let remote = Remote {
            name: address.into(),
            reader: Reader::shared(tree, ReadLimits::default()),
        };
        let path = TreePath::parse(&repository.path).map_err(TreeError::from)?;
        let root = remote
            .reader
            .real_path(&path)?
            .ok_or_else(|| Failure::from(TreeError::NotFound(path.clone())))?;
        if !remote.reader.is_directory(&root)? {
            let message = format!(
                "'{address}' refers to file '{}'; expecting directory",
                root.name()
            );
            return Err(BuildErrorKind::Kustomization(message).into());
        }
        self.below(session, root, Some(Rc::new(remote)))
    }

    fn below(
        self: &Rc<Self>,
        session: &Session<'_>,
        root: TreePath,
        remote: Option<Rc<Remote>>,
    ) -> Result<Rc<Self>> {
        let limit = session.options.limits.depth;
        if self.depth + 1 > limit {
            return Err(BuildErrorKind::Limit {
                what: "bases on top of each other",
                limit,
            }
            .into());
        }
        Ok(Rc::new(Self {
            root,
            remote,
            referrer: Some(Rc::clone(self)),
            depth: self.depth + 1,
        }))
    }

    /// Refuses a base that holds a folder which led here, in the same repository.
    fn check_cycle(self: &Rc<Self>, candidate: &TreePath) -> Result<()> {
        let mut visited = Some(self);
        while let Some(folder) = visited {
            if !same_tree(&folder.remote, &self.remote) {
                break;
            }
            if folder.root.is_within(candidate) {
                return Err(BuildErrorKind::Cycle {
                    candidate: candidate.clone(),
                    visited: folder.root.clone(),
                }
                .into());
            }
            visited = folder.referrer.as_ref();
        }
        Ok(())
    }

    /// The file `path`, seen from here.
    pub(crate) fn file(&self, session: &Session<'_>, path: &str) -> Result<TreePath> {
        let joined = self.join(path)?;
        if path.starts_with('/') {
            return Err(TreeError::NotFound(joined).into());
        }
        let reader = self.reader(session);
        let Some((real, kind)) = reader.look_up(&joined)? else {
            return Err(TreeError::NotFound(joined).into());
        };
        if kind == EntryKind::Directory {
            return Err(TreeError::IsADirectory(joined).into());
        }
        // What comes from elsewhere never reaches beyond its folder.
        let restricted = self.remote.is_some() || session.options.load_restrictor == LoadRestrictor::RootOnly;
        if restricted && !real.is_within(&self.root) {
            return Err(BuildErrorKind::Outside {
                file: joined.to_string(),
                root: self.root.clone(),
            }
            .into());
        }
        Ok(joined)
    }

    /// The content of the file `path`, seen from here.
    pub(crate) fn load(&self, session: &Session<'_>, path: &str) -> Result<(SourceId, Bytes)> {
        if remote::is_web(path) {
            return Ok((
                session.source(&TreePath::root(), Some(path)),
                session.web_file(path)?,
            ));
        }
        let file = self.file(session, path)?;
        let source = self.source(session, &file);
        let content = session
            .read(self.reader(session), &file)
            .map_err(|failure| failure.in_source(source))?;
        Ok((source, content))
    }

    /// The text of the file `path`, seen from here.
    pub(crate) fn load_text(&self, session: &Session<'_>, path: &str) -> Result<(SourceId, String)> {
        let (source, content) = self.load(session, path)?;
        let text = text_of(&content).map_err(|failure| failure.in_source(source))?;
        Ok((source, text))
    }

    /// Whether the folder is in another repository than the one that is built.
    pub(crate) fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// The tree that the folder is in.
    pub(crate) fn reader<'s>(&'s self, session: &'s Session<'_>) -> &'s Reader<'s> {
        match &self.remote {
            Some(remote) => &remote.reader,
            None => session.reader,
        }
    }

    /// A number for the text of a file of this folder's tree.
    pub(crate) fn source(&self, session: &Session<'_>, file: &TreePath) -> SourceId {
        let name = self.remote.as_ref().map(|remote| &*remote.name);
        session.source(file, name)
    }

    /// Where `path`, seen from here, is.
    pub(crate) fn join(&self, path: &str) -> Result<TreePath> {
        self.root
            .join(path)
            .map_err(|_| BuildErrorKind::LeadsOut(path.to_owned()).into())
    }
}

/// Bytes as text, line ends made `\n`.
pub(crate) fn text_of(content: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(content)
        .map_err(|_| Failure::new(BuildErrorKind::Yaml("invalid leading UTF-8 octet".into())))?;
    Ok(if text.contains("\r\n") {
        text.replace("\r\n", "\n")
    } else {
        text.to_owned()
    })
}

fn same_tree(a: &Option<Rc<Remote>>, b: &Option<Rc<Remote>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
