//! What a build asks of the outside: other repositories, files on the web, the `helm` program, functions.
//!
//! **Invariant:** a build reaches nothing that it was not handed; with [`Offline`] it reads its tree and nothing else.
//! **Absent:** how any of it is done. **Start at** [`Host`].

use std::sync::Arc;

use bytes::Bytes;
use plumb_model::{Tree, TreePath};

/// A repository that a kustomization names, as `https://github.com/org/repo//path?ref=v1` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteRepository {
    /// Where it is, as Git understands it.
    pub url: String,
    /// The branch, tag or commit; empty for `HEAD`.
    pub reference: String,
    /// The folder in it; empty for its root.
    pub path: String,
    /// Whether the repositories that it has as submodules are wanted.
    pub submodules: bool,
    /// Longest wait, in seconds, where the address says.
    pub timeout: Option<u64>,
}

/// A repository at one commit.
#[derive(Clone)]
pub struct Checkout {
    /// Its files.
    pub tree: Arc<dyn Tree>,
    /// The commit.
    pub commit: String,
}

/// A chart in a chart repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartSource {
    /// Its name.
    pub name: String,
    /// Its version; empty for the newest.
    pub version: String,
    /// The chart repository, as `https://` or `oci://`.
    pub repository: String,
    /// Whether versions under development count.
    pub devel: bool,
}

/// The files of a chart, by path below its own folder.
pub type ChartFiles = Vec<(String, Bytes)>;

/// A Helm chart to be inflated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartRequest {
    /// Its name.
    pub name: String,
    /// The name of the release; empty to have one made up.
    pub release: String,
    /// Its files.
    pub files: ChartFiles,
    /// Values as YAML, the last first in rank.
    pub values: Vec<String>,
    /// More arguments of `helm template`.
    pub arguments: Vec<String>,
}

/// A program that takes a `ResourceList` and gives one back (a KRM function).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecFunction {
    /// The program as written: seen from `folder` when it has a slash, else looked for where programs are.
    pub path: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What its environment has beside ours, as `NAME=value`.
    pub environment: Vec<String>,
    /// The folder that it runs in, from the root of the tree.
    pub folder: TreePath,
}

/// What a function gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionOutput {
    /// What it answers.
    pub text: String,
    /// What it says to people.
    pub notes: String,
}

/// Why the outside did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HostError(pub String);

/// What a build asks of the outside. What is not overridden is refused.
pub trait Host {
    /// Whether nobody waits for the build any more.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// A repository at the commit that it asks for.
    ///
    /// # Errors
    /// When it cannot be had.
    fn repository(&self, repository: &RemoteRepository) -> Result<Checkout, HostError> {
        Err(HostError(format!(
            "'{}' is remote, and remote resources are not fetched here",
            repository.url
        )))
    }

    /// The content of a file on the web.
    ///
    /// # Errors
    /// When it cannot be had.
    fn file(&self, url: &str) -> Result<Bytes, HostError> {
        Err(HostError(format!(
            "'{url}' is remote, and remote resources are not fetched here"
        )))
    }

    /// The files of a chart that is in a chart repository.
    ///
    /// # Errors
    /// When it cannot be had.
    fn chart(&self, source: &ChartSource) -> Result<ChartFiles, HostError> {
        Err(HostError(format!(
            "chart {} of {} cannot be pulled here: helm is not run",
            source.name, source.repository
        )))
    }

    /// What `helm template` makes of a chart.
    ///
    /// # Errors
    /// When there is no such program, or it fails.
    fn inflate(&self, chart: &ChartRequest) -> Result<String, HostError> {
        Err(HostError(format!(
            "chart {} cannot be inflated here: helm is not run",
            chart.name
        )))
    }

    /// What a function answers.
    ///
    /// # Errors
    /// When it cannot be run, or fails.
    fn run(&self, function: &ExecFunction, _input: &str) -> Result<FunctionOutput, HostError> {
        Err(HostError(format!(
            "function {} cannot be run here",
            function.path
        )))
    }
}

/// Nothing but the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Host for Offline {}
