//! Why a build failed: what, where, through which bases, and what to do about it.
//!
//! **Start at** [`BuildError`]. Inside the crate a [`Failure`] is raised where the trouble is; the chain of folders is
//! added on the way out, by the accumulation.

use std::fmt;

use plumb_model::{TreeError, TreePath};
use plumb_yaml::Node;

/// A place in a file; line 0 when only the file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// 1-based line.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}", self.path)
        } else {
            write!(f, "{}:{}", self.path, self.line)
        }
    }
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildErrorKind {
    /// A folder that should be built has no kustomization file.
    #[error(
        "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{0}'"
    )]
    MissingKustomization(TreePath),
    /// A folder has more than one kustomization file.
    #[error("Found multiple kustomization files under: {0}")]
    ManyKustomizations(TreePath),
    /// The kustomization file cannot be understood.
    #[error("invalid Kustomization: {0}")]
    Kustomization(String),
    /// A kustomization file says nothing.
    #[error("kustomization.yaml is empty")]
    Empty,
    /// A resource file is not YAML.
    #[error("MalformedYAMLError: yaml: {0}")]
    Yaml(String),
    /// A resource lacks what every resource has.
    #[error("{0}")]
    Resource(String),
    /// Two resources have the same identity.
    #[error("may not add resource with an already registered id: {0}")]
    Duplicate(String),
    /// A base or file lies on another machine; it has to be fetched first.
    #[error("'{url}' is remote, and remote resources are not fetched")]
    Remote {
        /// What the kustomization names.
        url: String,
    },
    /// A file outside the folder of its kustomization.
    #[error("security; file '{file}' is not in or below '{root}'")]
    Outside {
        /// The file.
        file: String,
        /// The folder.
        root: TreePath,
    },
    /// A base that contains the folder that refers to it.
    #[error("cycle detected: candidate root '{candidate}' contains visited root '{visited}'")]
    Cycle {
        /// The base.
        candidate: TreePath,
        /// The folder that was being built.
        visited: TreePath,
    },
    /// A patch cannot be read or applied.
    #[error("{0}")]
    Patch(String),
    /// A generator cannot be configured or run.
    #[error("{0}")]
    Generator(String),
    /// A transformer cannot be configured or run.
    #[error("{0}")]
    Transformer(String),
    /// The original can do this; this program does not.
    #[error("{0}")]
    Unsupported(String),
    /// Beyond a limit.
    #[error("more than {limit} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The tree cannot be read there.
    #[error("{0}")]
    Tree(#[from] TreeError),
    /// A path leads out of the tree.
    #[error("'{0}' leads out of the repository")]
    LeadsOut(String),
}

/// Why a build failed, where, and through which folders it was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    kind: BuildErrorKind,
    place: Option<Place>,
    chain: Vec<TreePath>,
    hint: Option<String>,
}

impl BuildError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &BuildErrorKind {
        &self.0.kind
    }

    /// Where, if known.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The folders from the one asked for down to the one that failed.
    #[must_use]
    pub fn chain(&self) -> &[TreePath] {
        &self.0.chain
    }

    /// What to do, if known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            kind,
            place,
            chain,
            hint,
        } = &*self.0;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{kind}")?;
        if chain.len() > 1 {
            let chain: Vec<String> = chain.iter().map(ToString::to_string).collect();
            write!(f, " (reached through {})", chain.join(" -> "))?;
        }
        if let Some(hint) = hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

/// A [`BuildError`] before the chain of folders is known.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Details>);

/// What most of the crate returns.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(kind: BuildErrorKind) -> Self {
        let hint = hint(&kind);
        Self(Box::new(Details {
            kind,
            place: None,
            chain: Vec::new(),
            hint,
        }))
    }

    /// Says where, unless a closer place is known already.
    pub(crate) fn at(mut self, path: &TreePath, line: u32) -> Self {
        self.0.place.get_or_insert_with(|| Place {
            path: path.clone(),
            line,
        });
        self
    }

    /// Says which line, of a file that is named later.
    pub(crate) fn marked(mut self, node: &Node) -> Self {
        if node.mark.line > 0 && self.0.place.is_none() {
            self.0.place = Some(Place {
                path: TreePath::root(),
                line: node.mark.line,
            });
        }
        self
    }

    /// Says which line of the kustomization file asked for it.
    pub(crate) fn line(mut self, line: u32) -> Self {
        self.0.place.get_or_insert_with(|| Place {
            path: TreePath::root(),
            line,
        });
        self
    }

    /// Says in which file the marked line is.
    pub(crate) fn in_file(mut self, path: &TreePath) -> Self {
        match &mut self.0.place {
            Some(place) if place.path.is_root() => place.path = path.clone(),
            Some(_) => {}
            None => {
                self.0.place = Some(Place {
                    path: path.clone(),
                    line: 0,
                })
            }
        }
        self
    }

    /// Says which folder was being built.
    pub(crate) fn through(mut self, folder: &TreePath) -> Self {
        self.0.chain.insert(0, folder.clone());
        self
    }

    pub(crate) fn kind(&self) -> &BuildErrorKind {
        &self.0.kind
    }

    /// Puts `prefix: ` before the message, where the kind carries one.
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        match &mut self.0.kind {
            BuildErrorKind::Patch(text)
            | BuildErrorKind::Generator(text)
            | BuildErrorKind::Transformer(text)
            | BuildErrorKind::Resource(text) => *text = format!("{prefix}: {text}"),
            _ => {}
        }
        self
    }

    pub(crate) fn into_error(self) -> BuildError {
        BuildError(self.0)
    }
}

impl From<BuildErrorKind> for Failure {
    fn from(kind: BuildErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<TreeError> for Failure {
    fn from(error: TreeError) -> Self {
        Self::new(BuildErrorKind::Tree(error))
    }
}

fn hint(kind: &BuildErrorKind) -> Option<String> {
    let text = match kind {
        BuildErrorKind::MissingKustomization(_) => {
            "add one that lists its resources, or run `kustomize create --autodetect` there"
        }
        BuildErrorKind::ManyKustomizations(_) => "keep one of them",
        BuildErrorKind::Remote { .. } => "vendor it into the repository and refer to the folder",
        BuildErrorKind::Outside { .. } => {
            "move the file under the folder, make a base of its folder, or turn the load restrictor off"
        }
        BuildErrorKind::Cycle { .. } => "a base must not contain, or be, the folder that refers to it",
        BuildErrorKind::Duplicate(_) => "list the resource once, or patch it instead of adding it again",
        BuildErrorKind::Empty => "list resources, generators or bases in it, or remove the folder",
        _ => return None,
    };
    Some(text.to_owned())
}
