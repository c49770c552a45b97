//! Why a pass ended before its end.

use plumb_cluster::ClusterError;
use plumb_git::GitError;
use plumb_model::{ConditionKind, ObjectError};
use plumb_plan::PlanError;
use plumb_policy::Refused;
use plumb_render::RenderError;

/// Why a pass ended before its end. The last good state stays in force.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The repository or the reference cannot be had.
    #[error(transparent)]
    Source(#[from] GitError),
    /// The Secret that opens the repository cannot be had.
    #[error("Secret {namespace}/{name} for repository {url}: {why}")]
    Credentials {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The repository.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The variables of the unit cannot be had.
    #[error("variables from {place}: {why}")]
    Variables {
        /// What holds them.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// The commit does not render.
    #[error("{path} at {commit}: {error}")]
    Render {
        /// The unit's folder.
        path: String,
        /// The commit, short.
        commit: String,
        /// What is wrong with it.
        error: Box<RenderError>,
    },
    /// An object could not be placed.
    #[error(transparent)]
    Place(#[from] ObjectError),
    /// What the unit's destination is, is not known.
    #[error(transparent)]
    Destination(#[from] plumb_argo::ClusterSecretError),
    /// Nobody is named to write the unit's objects as.
    #[error(transparent)]
    Account(#[from] plumb_argo::AccountError),
    /// The Secret that opens the unit's cluster cannot be used.
    #[error("Secret {namespace}/{name} with the kubeconfig of the destination: {why}")]
    Kubeconfig {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The settings of Argo CD hold what cannot be read.
    #[error(transparent)]
    Settings(#[from] plumb_argo::SpecError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A rule refuses.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A unit that this one depends on is not ready.
    #[error("{0}")]
    Dependency(String),
    /// A piece of blocking work was ended from outside.
    #[error("the work was interrupted: {0}")]
    Interrupted(String),
}

impl PassError {
    /// What sort of condition it makes.
    #[must_use]
    pub fn condition(&self) -> ConditionKind {
        match self {
            Self::Source(_) | Self::Credentials { .. } | Self::Interrupted(_) => ConditionKind::SourceFailed,
            Self::Render { .. } | Self::Place(_) | Self::Variables { .. } => ConditionKind::RenderFailed,
            Self::Destination(_) | Self::Account(_) | Self::Kubeconfig { .. } | Self::Settings(_) => {
                ConditionKind::InvalidSpec
            }
            Self::Cluster(_) | Self::Refused(_) => ConditionKind::CompareFailed,
            Self::Plan(PlanError::Shared { .. }) => ConditionKind::ApplyFailed,
            Self::Plan(PlanError::EmptyRefused { .. }) => ConditionKind::EmptyRefused,
            Self::Dependency(_) => ConditionKind::DependencyNotReady,
        }
    }
}
