//! What commands share: how to reach the cluster and the repositories, and where to print.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use plumb_cluster::{Cluster, ConnectOptions};
use plumb_git::{GitOptions, Repositories, Rewrite};
use plumb_history::Ledger;
use plumb_pipeline::Line;

use crate::{Command, Output, config::Config};

/// What a command is given.
#[derive(Clone)]
pub struct Context {
    /// Where to print.
    pub output: Output,
    /// Every command of the program, for those that speak of all.
    pub(crate) commands: Arc<[Command]>,
}

// Flags of every command that talks to a cluster.
#[allow(
    missing_docs,
    reason = "clap would take a doc comment here for the help of every command that has these flags"
)]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ClusterFlags {
    /// Path of the kubeconfig to use [default: $KUBECONFIG, ~/.kube/config, or the Pod's own]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig to use
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    pub context: Option<String>,
}

// Flags of every command that reads repositories.
#[allow(
    missing_docs,
    reason = "clap would take a doc comment here for the help of every command that has these flags"
)]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GitFlags {
    /// Take repositories whose URL begins with FROM from TO instead, as git's insteadOf does; `rewrites` in plumb.yaml
    /// (or $PLUMB_CONFIG) do the same for every command
    #[arg(long = "rewrite", value_name = "FROM=TO", help_heading = "Git")]
    pub rewrites: Vec<String>,
    /// Folder for mirrors of remote repositories [default: the user's cache folder]
    #[arg(long, value_name = "DIR", help_heading = "Git")]
    pub mirrors: Option<PathBuf>,
}

// Flags of every command that reads the ledger.
#[allow(
    missing_docs,
    reason = "clap would take a doc comment here for the help of every command that has these flags"
)]
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct LedgerFlags {
    /// Folder of the ledger; `ledger` in plumb.yaml (or $PLUMB_CONFIG) does the same for every command
    #[arg(long, value_name = "DIR", env = "PLUMB_LEDGER", help_heading = "Ledger")]
    pub(crate) ledger: Option<PathBuf>,
}

impl Context {
    pub(crate) fn new(output: Output, commands: Vec<Command>) -> Self {
        Self {
            output,
            commands: commands.into(),
        }
    }

    /// Connects to the cluster.
    ///
    /// # Errors
    /// When there is no usable kubeconfig, or the server does not answer.
    pub async fn cluster(&self, flags: &ClusterFlags) -> anyhow::Result<Cluster> {
        let options = ConnectOptions {
            kubeconfig: flags.kubeconfig.clone(),
            context: flags.context.clone(),
            user_agent: concat!("plumb/", env!("CARGO_PKG_VERSION")).to_owned(),
            ..ConnectOptions::default()
        };
        Ok(Cluster::connect(options).await?)
    }

    /// Everything that the line needs.
    ///
    /// # Errors
    /// When the cluster cannot be reached, or the folder for mirrors cannot be made.
    pub async fn line(&self, cluster: &ClusterFlags, git: &GitFlags) -> anyhow::Result<Line> {
        let repositories = repositories(git)?;
        Ok(Line::new(self.cluster(cluster).await?, repositories)?)
    }
}

/// Opens the ledger for reading, whoever writes to it.
///
/// # Errors
/// When nobody says where it is, or it is not there.
pub(crate) fn ledger(flags: &LedgerFlags) -> anyhow::Result<Ledger> {
    let folder = ledger_folder(flags)?;
    Ledger::open_for_reading(&folder)
        .with_context(|| format!("the ledger in {} cannot be read", folder.display()))
}

/// The folder of the ledger.
///
/// # Errors
/// When nobody says where it is.
pub(crate) fn ledger_folder(flags: &LedgerFlags) -> anyhow::Result<PathBuf> {
    let config = Config::read()?;
    let folder = flags.ledger.as_deref().or(config.ledger());
    folder.map(Path::to_owned).context(
        "nothing says where the ledger is: say --ledger DIR (the one that `plumb controller` was given), or set \
         PLUMB_LEDGER, or `ledger` in plumb.yaml",
    )
}

/// The repositories, mirrored where the flags say and rewritten as they and the configuration file say.
pub(crate) fn repositories(git: &GitFlags) -> anyhow::Result<Repositories> {
    let directory = git.mirrors.clone().unwrap_or_else(|| cache().join("mirrors"));
    let mut rewrites = parse_rewrites(&git.rewrites)?;
    rewrites.extend(Config::read()?.rewrites());
    let options = GitOptions {
        rewrites,
        ..GitOptions::new(directory.clone())
    };
    Repositories::new(options)
        .with_context(|| format!("the folder for mirrors, {}, cannot be used", directory.display()))
}

/// Reads rewrite rules as written on the command line.
///
/// # Errors
/// When one has no `=`.
pub fn parse_rewrites(rules: &[String]) -> anyhow::Result<Vec<Rewrite>> {
    rules
        .iter()
        .map(|rule| {
            let (from, to) = rule.split_once('=').with_context(|| {
                format!(
                    "rewrite rule {rule:?} has no '=': write it as https://github.com/org/repo=/srv/git/repo"
                )
            })?;
            Ok(Rewrite {
                from: from.to_owned(),
                to: to.to_owned(),
            })
        })
        .collect()
}

/// The working folder.
///
/// # Errors
/// When it is gone.
pub fn working_folder() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("the working folder cannot be read")
}

/// The folder for what can be had again: mirrors and charts.
#[must_use]
pub fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(std::env::temp_dir)
        .join("plumb")
}
