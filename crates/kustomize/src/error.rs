//! Why a build failed: what, where, through which bases, and what to do about it.
//!
//! **Start at** [`BuildError`]. Inside the crate a [`Failure`] is raised where the trouble is; the chain of folders is
//! added on the way out, by the accumulation.

use std::fmt;

use plumb_model::{TreeError, TreePath};
use plumb_yaml::{Mark, Node, SourceId};

use crate::{host::HostError, source::Sources};

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// The repository that it is in, when that is not the one that is built.
    pub repository: Option<Box<str>>,
    /// 1-based line; 0 when only the file is known.
    pub line: u32,
    /// 1-based column, in characters; 0 when only the line is known.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(repository) = &self.repository {
            write!(f, "{repository}//")?;
        }
        write!(f, "{}", self.path)?;
        for number in [self.line, self.column] {
            if number == 0 {
                break;
            }
            write!(f, ":{number}")?;
        }
        Ok(())
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
    /// The outside did not give what was asked for.
    #[error("{0}")]
    Host(#[from] HostError),
    /// Nobody waits for the build any more.
    #[error("cancelled")]
    Cancelled,
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
    #[error("{}", not_read(.0))]
    Tree(#[from] TreeError),
    /// A path leads out of the tree.
    #[error("'{0}' leads out of the repository")]
    LeadsOut(String),
}

/// Why a build failed, where, and through which folders it was reached; more than one reason where they have nothing to
/// do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    cause: Box<Cause>,
    others: Vec<Cause>,
    warnings: Vec<String>,
}

/// One reason why a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What went wrong.
    pub kind: BuildErrorKind,
    /// Where, if known.
    pub place: Option<Place>,
    /// The folders from the one asked for down to the one that failed.
    pub chain: Vec<TreePath>,
    /// What to do, if known.
    pub hint: Option<String>,
}

impl BuildError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &BuildErrorKind {
        &self.cause.kind
    }

    /// Where, if known.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.cause.place.as_ref()
    }

    /// What to do, if known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.cause.hint.as_deref()
    }

    /// What the build would have warned of, up to where it failed.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn with_warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// Every reason, in the order in which they were met.
    pub fn causes(&self) -> impl Iterator<Item = &Cause> {
        std::iter::once(&*self.cause).chain(&self.others)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if self.chain.len() > 1 {
            let chain: Vec<String> = self.chain.iter().map(ToString::to_string).collect();
            write!(f, " (reached through {})", chain.join(" -> "))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl std::error::Error for BuildError {}

/// A [`BuildError`] before the names of files and the chain of folders are known.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    first: Box<Raised>,
    others: Vec<Raised>,
}

#[derive(Clone, Debug)]
struct Raised {
    kind: BuildErrorKind,
    mark: Option<Mark>,
    chain: Vec<TreePath>,
}

/// What most of the crate returns.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(kind: BuildErrorKind) -> Self {
        Self {
            first: Box::new(Raised {
                kind,
                mark: None,
                chain: Vec::new(),
            }),
            others: Vec::new(),
        }
    }

    /// Says where, unless a closer place is known already.
    pub(crate) fn at(mut self, mark: Mark) -> Self {
        if mark.source != SourceId::default() {
            self.each(|raised| {
                raised.mark.get_or_insert(mark);
            });
        }
        self
    }

    /// Says which node is wrong.
    pub(crate) fn marked(self, node: &Node) -> Self {
        self.at(node.mark)
    }

    /// Says in which text, where no line is known.
    pub(crate) fn in_source(self, source: SourceId) -> Self {
        self.at(Mark {
            source,
            ..Mark::default()
        })
    }

    /// Says which folder was being built.
    pub(crate) fn through(mut self, folder: &TreePath) -> Self {
        self.each(|raised| raised.chain.insert(0, folder.clone()));
        self
    }

    /// Adds what went wrong beside it.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(*other.first);
        self.others.extend(other.others);
        self
    }

    pub(crate) fn kind(&self) -> &BuildErrorKind {
        &self.first.kind
    }

    /// Whether going on to find more that is wrong makes no sense.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self.first.kind,
            BuildErrorKind::Limit { .. } | BuildErrorKind::Cancelled
        )
    }

    /// Puts `prefix: ` before the message, where the kind carries one.
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        match &mut self.first.kind {
            BuildErrorKind::Patch(text)
            | BuildErrorKind::Generator(text)
            | BuildErrorKind::Transformer(text)
            | BuildErrorKind::Resource(text) => *text = format!("{prefix}: {text}"),
            _ => {}
        }
        self
    }

    /// Puts `prefix: ` before the message, whatever the kind is.
    pub(crate) fn wrapped(mut self, prefix: &str) -> Self {
        self.first.kind = BuildErrorKind::Generator(format!("{prefix}: {}", self.first.kind));
        self
    }

    /// Names the files.
    pub(crate) fn into_error(self, sources: &Sources) -> BuildError {
        let cause = |raised: Raised| Cause {
            hint: hint(&raised.kind),
            place: raised.mark.and_then(|mark| sources.place(mark)),
            kind: raised.kind,
            chain: raised.chain,
        };
        BuildError {
            cause: Box::new(cause(*self.first)),
            others: self.others.into_iter().map(cause).collect(),
            warnings: Vec::new(),
        }
    }

    fn each(&mut self, mut change: impl FnMut(&mut Raised)) {
        change(&mut self.first);
        self.others.iter_mut().for_each(change);
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

/// No file system has names as long as a resource that was written in place and taken for one.
fn not_read(error: &TreeError) -> String {
    const LONGEST_NAME: usize = 255;
    match error {
        TreeError::NotFound(path) if path.to_string().split('/').any(|name| name.len() > LONGEST_NAME) => {
            format!("{path}: file name too long")
        }
        error => error.to_string(),
    }
}

fn hint(kind: &BuildErrorKind) -> Option<String> {
    let text = match kind {
        BuildErrorKind::MissingKustomization(_) => {
            "add one that lists its resources, or run `kustomize create --autodetect` there"
        }
        BuildErrorKind::ManyKustomizations(_) => "keep one of them",
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
