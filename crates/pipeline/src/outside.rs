//! What a build may ask of the outside, put together: other repositories, files on the web, helm, functions.
//!
//! **Invariant:** what was not allowed is refused with a sentence that says what would allow it; nothing is made ready
//! (no folder, no connection) before it is asked for.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use plumb_charts::{Functions, Helm};
use plumb_git::Remotes;
use plumb_kustomize::{
    ChartFiles, ChartRequest, ChartSource, Checkout, ExecFunction, FunctionOutput, Host, HostError,
    RemoteRepository,
};

/// Makes ready what other repositories are read through.
type Prepare = Box<dyn Fn() -> Result<Remotes, String> + Send + Sync>;

/// What a build may ask of the outside.
#[derive(Default)]
pub struct Outside {
    prepare: Option<Prepare>,
    remotes: OnceLock<Result<Remotes, HostError>>,
    helm: Option<Helm>,
    functions: Option<Functions>,
    cancelled: Option<Arc<AtomicBool>>,
    deadline: Option<Instant>,
}

impl Outside {
    /// Nothing is allowed.
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// Allows other repositories and files on the web; `prepare` is called when the first is asked for.
    #[must_use]
    pub fn with_remotes(self, prepare: impl Fn() -> Result<Remotes, String> + Send + Sync + 'static) -> Self {
        Self {
            prepare: Some(Box::new(prepare)),
            ..self
        }
    }

    /// Allows Helm charts.
    #[must_use]
    pub fn with_helm(self, helm: Helm) -> Self {
        Self {
            helm: Some(helm),
            ..self
        }
    }

    /// Allows functions that are programs.
    #[must_use]
    pub fn with_functions(self, functions: Functions) -> Self {
        Self {
            functions: Some(functions),
            ..self
        }
    }

    /// Ends the build when `cancelled` is set.
    #[must_use]
    pub fn cancelled_by(self, cancelled: Arc<AtomicBool>) -> Self {
        Self {
            cancelled: Some(cancelled),
            ..self
        }
    }

    /// Ends the build then.
    #[must_use]
    pub fn until(self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self
        }
    }

    fn remotes(&self, url: &str) -> Result<&Remotes, HostError> {
        let Some(prepare) = &self.prepare else {
            return Err(HostError(format!(
                "'{url}' is remote, and --no-remote forbids what is not in the tree"
            )));
        };
        let remotes = self.remotes.get_or_init(|| prepare().map_err(HostError));
        remotes.as_ref().map_err(Clone::clone)
    }

    fn helm(&self, chart: &str) -> Result<&Helm, HostError> {
        self.helm.as_ref().ok_or_else(|| {
            HostError(format!(
                "chart {chart} is not inflated: helm is run with --enable-helm only"
            ))
        })
    }
}

impl Host for Outside {
    fn is_cancelled(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() > deadline)
            || self
                .cancelled
                .as_ref()
                .is_some_and(|cancelled| cancelled.load(Ordering::Relaxed))
    }

    fn repository(&self, repository: &RemoteRepository) -> Result<Checkout, HostError> {
        self.remotes(&repository.url)?.repository(repository)
    }

    fn file(&self, url: &str) -> Result<Bytes, HostError> {
        self.remotes(url)?.file(url)
    }

    fn chart(&self, source: &ChartSource) -> Result<ChartFiles, HostError> {
        self.helm(&source.name)?.chart(source, &|| self.is_cancelled())
    }

    fn inflate(&self, chart: &ChartRequest) -> Result<String, HostError> {
        self.helm(&chart.name)?.inflate(chart, &|| self.is_cancelled())
    }

    fn run(&self, function: &ExecFunction, input: &str) -> Result<FunctionOutput, HostError> {
        let functions = self.functions.as_ref().ok_or_else(|| {
            let path = &function.path;
            HostError(format!(
                "function {path} is not run: programs are run with --enable-exec only"
            ))
        })?;
        functions.run(function, input, &|| self.is_cancelled())
    }
}
