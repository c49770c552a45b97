//! The folder of a kustomization: what it may read, and which bases it may have.
//!
//! **Invariant:** a chain of folders never contains a folder twice, nor a parent of one that is in it.

use std::rc::Rc;

use bytes::Bytes;
use plumb_model::{Reader, TreeError, TreePath};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    options::LoadRestrictor,
    session::Session,
};

/// The names a kustomization file may have.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A folder that is built, and how it was reached.
pub(crate) struct Folder {
    pub(crate) root: TreePath,
    pub(crate) referrer: Option<Rc<Folder>>,
    depth: usize,
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
            referrer: None,
            depth: 0,
        }))
    }

    /// The base `path`, seen from here.
    pub(crate) fn base(self: &Rc<Self>, session: &Session<'_>, path: &str) -> Result<Rc<Self>> {
        let missing = || Failure::from(TreeError::NotFound(self.root.child(path)));
        if path.is_empty() {
            return Err(BuildErrorKind::Kustomization("new root cannot be empty".into()).into());
        }
        let candidate = match self.join(path) {
            Ok(candidate) => candidate,
            Err(_) if is_remote(path) => return Err(remote(path)),
            Err(failure) => return Err(failure),
        };
        let Some(root) = session.reader.real_path(&candidate)? else {
            return Err(if is_remote(path) { remote(path) } else { missing() });
        };
        if path.starts_with('/') {
            let message = format!("new root '{path}' cannot be absolute");
            return Err(BuildErrorKind::Kustomization(message).into());
        }
        if !session.reader.is_directory(&root)? {
            return Err(TreeError::NotADirectory(candidate).into());
        }
        let mut visited = Some(self);
        while let Some(folder) = visited {
            if folder.root.is_within(&root) {
                return Err(BuildErrorKind::Cycle {
                    candidate: root,
                    visited: folder.root.clone(),
                }
                .into());
            }
            visited = folder.referrer.as_ref();
        }
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
            referrer: Some(Rc::clone(self)),
            depth: self.depth + 1,
        }))
    }

    /// The file `path`, seen from here.
    pub(crate) fn file(&self, session: &Session<'_>, path: &str) -> Result<TreePath> {
        let joined = match self.join(path) {
            Ok(joined) if !path.starts_with('/') => joined,
            _ if is_remote(path) => return Err(remote(path)),
            Ok(joined) => return Err(TreeError::NotFound(joined).into()),
            Err(failure) => return Err(failure),
        };
        let Some(real) = session.reader.real_path(&joined)? else {
            return Err(if is_remote(path) {
                remote(path)
            } else {
                TreeError::NotFound(joined).into()
            });
        };
        if session.reader.is_directory(&real)? {
            return Err(TreeError::IsADirectory(joined).into());
        }
        if session.options.load_restrictor == LoadRestrictor::RootOnly && !real.is_within(&self.root) {
            return Err(BuildErrorKind::Outside {
                file: joined.to_string(),
                root: self.root.clone(),
            }
            .into());
        }
        Ok(joined)
    }

    /// The content of the file `path`, seen from here.
    pub(crate) fn load(&self, session: &Session<'_>, path: &str) -> Result<(TreePath, Bytes)> {
        let file = self.file(session, path)?;
        let content = session.read(&file)?;
        Ok((file, content))
    }

    /// The text of the file `path`, seen from here.
    pub(crate) fn load_text(&self, session: &Session<'_>, path: &str) -> Result<(TreePath, String)> {
        let (file, content) = self.load(session, path)?;
        let text = text_of(&content).map_err(|failure| failure.at(&file, 0))?;
        Ok((file, text))
    }

    fn join(&self, path: &str) -> Result<TreePath> {
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

fn remote(url: &str) -> Failure {
    BuildErrorKind::Remote { url: url.to_owned() }.into()
}

/// Whether `path` names a repository or file elsewhere.
pub(crate) fn is_remote(path: &str) -> bool {
    let hosts = [
        "github.com/",
        "github.com:",
        "gitlab.com/",
        "bitbucket.org/",
        "git::",
        "gh:",
    ];
    path.contains("://")
        || hosts.iter().any(|host| path.starts_with(host))
        || path.contains("?ref=")
        || path.contains(".git")
        || path
            .split_once('@')
            .is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'))
}
