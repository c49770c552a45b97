//! `plumb app`: Applications and Kustomizations, in the words of the argocd command.

pub(crate) mod approve;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod manifests;
pub(crate) mod release;
pub(crate) mod rollback;
pub(crate) mod sync;
pub(crate) mod terminate;
pub(crate) mod wait;

use std::time::Duration;

use crate::{
    ClusterFlags, Command,
    registry::{APP, dispatch, group},
    waiting,
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "app",
    clap: || group("app", "Show and steer Applications and Kustomizations", APP).alias("apps"),
    run: |context, matches| dispatch(APP, context, &matches),
};

// Which unit a command is about. (No doc comment: clap would take it for the help of every such command.)
#[derive(clap::Args, Debug)]
pub(crate) struct UnitFlags {
    /// The app: my-app, argocd/my-app, application/argocd/my-app or kustomization/flux-system/my-app
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Namespace of the custom resource, where NAME has none
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    pub(crate) app_namespace: Option<String>,
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
}

// How long a command waits for what it asked for.
#[derive(clap::Args, Debug)]
pub(crate) struct WaitFlags {
    /// Longest wait, as 90, 90s or 5m; 0 = without end
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = waiting::timeout)]
    pub(crate) timeout: Duration,
    /// Do not wait until it is done
    #[arg(long = "async")]
    pub(crate) no_wait: bool,
}

/// Who asks, for the record.
pub(crate) fn caller() -> String {
    ["PLUMB_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}
