//! Paths inside a tree.

use std::fmt;

/// A path inside a tree: `/`-separated, no `.`, no `..`, no leading or trailing `/`. Empty is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Box<str>);

/// A path that leaves the tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: leads out of the repository")]
pub struct PathError {
    /// The path as given, after what it was joined to.
    pub path: String,
}

impl TreePath {
    /// The root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path as people write it (`./a/../b/`, `/b`), from the root.
    ///
    /// # Errors
    /// When it leaves the tree.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        Self::root().join(path)
    }

    /// `relative` seen from this folder; `..` goes up. A leading `/` is taken as from this folder too.
    ///
    /// # Errors
    /// When it leaves the tree.
    pub fn join(&self, relative: &str) -> Result<Self, PathError> {
        let mut parts: Vec<&str> = self.parts().collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(|| PathError {
                        path: format!("{self}/{relative}"),
                    })?;
                }
                name => parts.push(name),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The entry `name` of this folder.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        if self.is_root() {
            Self(name.into())
        } else {
            // One of the hottest places of a build: no formatting.
            let mut path = String::with_capacity(self.0.len() + 1 + name.len());
            path.push_str(&self.0);
            path.push('/');
            path.push_str(name);
            Self(path.into())
        }
    }

    /// The folder that holds this; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(
            self.0
                .rsplit_once('/')
                .map_or_else(Self::root, |(parent, _)| Self(parent.into())),
        )
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The parts from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `folder` or below it.
    #[must_use]
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self
                .0
                .strip_prefix(&*folder.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// How to get to this from the folder `from`, with `..` where needed; `.` when they are the same.
    #[must_use]
    pub fn relative_to(&self, from: &Self) -> String {
        let ours: Vec<&str> = self.parts().collect();
        let theirs: Vec<&str> = from.parts().collect();
        let shared = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        let mut parts = vec![".."; theirs.len() - shared];
        parts.extend(&ours[shared..]);
        if parts.is_empty() {
            ".".to_owned()
        } else {
            parts.join("/")
        }
    }

    /// The path as text; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { &self.0 })
    }
}
