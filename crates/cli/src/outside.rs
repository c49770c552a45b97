//! What a build on the command line may ask of the outside, and the flags that say so.

use std::sync::Arc;

use plumb_charts::{Functions, Helm};
use plumb_git::Remotes;
use plumb_kustomize::{HelmOptions, Options};
use plumb_pipeline::Outside;

use crate::{GitFlags, context};

// The flags of a build that concern the outside. (No doc comment: clap would take it for the help of every command.)
#[derive(clap::Args, Debug, Default)]
pub(crate) struct OutsideFlags {
    /// Refuse remote bases and files on the web
    #[arg(long)]
    no_remote: bool,
    /// Inflate Helm charts with the helm program
    #[arg(long)]
    enable_helm: bool,
    /// The helm program: a name or a path
    #[arg(long, value_name = "PROGRAM", default_value = "helm")]
    helm_command: String,
    /// API version that the cluster is to have, for Helm; may be repeated
    #[arg(long, value_name = "VERSION")]
    helm_api_versions: Vec<String>,
    /// Version that Kubernetes is to have, for Helm
    #[arg(long, value_name = "VERSION")]
    helm_kube_version: Option<String>,
    /// Let helm say more
    #[arg(long)]
    helm_debug: bool,
    /// Take functions, and Helm charts too; functions are run with --enable-exec only
    #[arg(long)]
    enable_alpha_plugins: bool,
    /// Run functions that are programs; not for repositories that are not trusted
    #[arg(long)]
    enable_exec: bool,
    /// NAME=VALUE for the environment of functions; may be repeated
    #[arg(short = 'e', long = "env", value_name = "NAME=VALUE")]
    environment: Vec<String>,
    /// Accepted for scripts; containers are not run
    #[arg(long, hide = true)]
    network: bool,
    /// Accepted for scripts; containers are not run
    #[arg(long, hide = true, value_name = "NAME")]
    network_name: Option<String>,
    /// Accepted for scripts; containers are not run
    #[arg(long, hide = true, value_name = "MOUNT")]
    mount: Vec<String>,
    /// Accepted for scripts; containers are not run
    #[arg(long, hide = true)]
    as_current_user: bool,
}

impl OutsideFlags {
    /// `options` with what they choose.
    pub(crate) fn choose(&self, options: Options) -> Options {
        Options {
            enable_helm: self.runs_helm(),
            helm: HelmOptions {
                api_versions: self.helm_api_versions.clone(),
                kube_version: self.helm_kube_version.clone().unwrap_or_default(),
                debug: self.helm_debug,
            },
            enable_plugins: self.enable_alpha_plugins,
            enable_exec: self.enable_exec,
            environment: self.environment.clone(),
            ..options
        }
    }

    /// What they allow, for a tree whose root is that of the file system.
    pub(crate) fn outside(&self) -> Outside {
        let mut outside = if self.no_remote {
            Outside::closed()
        } else {
            with_remotes()
        };
        if self.runs_helm() {
            let charts = context::cache().join("charts");
            outside = outside.with_helm(Helm::new(self.helm_command.as_str(), charts));
        }
        if self.enable_alpha_plugins && self.enable_exec {
            outside = outside.with_functions(Functions::new("/"));
        }
        outside
    }

    fn runs_helm(&self) -> bool {
        self.enable_helm || self.enable_alpha_plugins
    }
}

/// Other repositories and files on the web, and nothing else. No folder is made before one is asked for.
pub(crate) fn with_remotes() -> Outside {
    Outside::closed().with_remotes(|| {
        let repositories =
            context::repositories(&GitFlags::default()).map_err(|error| format!("{error:#}"))?;
        Ok(Remotes::new(Arc::new(repositories)).with_local(true))
    })
}
