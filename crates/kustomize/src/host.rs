//! What a build asks of the outside: other repositories, files on the web, the `helm` program, functions.
//!
//! **Invariant:** a build reaches nothing that it was not handed; with [`Offline`] it reads its tree and nothing else.
//! **Absent:** how any of it is done. **Start at** [`Host`].

use std::sync::Arc;

use bytes::Bytes;
use plumb_model::Tree;

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

/// A repository that a build read, and at which commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRead {
    /// Where it is.
    pub url: String,
    /// What was asked for; empty for `HEAD`.
    pub reference: String,
    /// What that was.
    pub commit: String,
}

/// A Helm chart to be inflated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartRequest {
    /// Its name, and its folder in `files`.
    pub name: String,
    /// Its version; empty for the newest.
    pub version: String,
    /// The chart repository; empty when the chart is in `files`.
    pub repository: String,
    /// The chart's files, by path below its own folder; none when it has to be fetched from `repository`.
    pub files: Vec<(String, Bytes)>,
    /// What takes the place of the chart's own `values.yaml`, when something does; as YAML.
    pub values: Option<String>,
    /// More values, later ones first in rank; as YAML.
    pub more_values: Vec<String>,
    /// What is laid over the chart's own values, or under them; as YAML.
    pub inline: Option<InlineValues>,
    /// The arguments of `helm template` that come from the kustomization.
    pub arguments: Vec<String>,
    /// Whether versions under development count.
    pub devel: bool,
}

/// Values that a kustomization writes for a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineValues {
    /// As YAML.
    pub text: String,
    /// `override`, `merge` or `replace`.
    pub merge: String,
}

/// A program that takes a `ResourceList` and gives one back (a KRM function).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecFunction {
    /// The program, below the root of the tree or absolute, as written.
    pub path: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, as `NAME=value`, or as `NAME` to pass one on.
    pub environment: Vec<String>,
    /// The folder that it runs in, from the root of the tree.
    pub folder: String,
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
    fn run(&self, function: &ExecFunction, _input: &str) -> Result<String, HostError> {
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
