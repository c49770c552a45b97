//! Every command, one line each.

use std::{ffi::OsString, future::Future, path::Path, pin::Pin};

use clap::ArgMatches;

use crate::{Context, Exit, Failure, commands};

/// A command that runs.
pub type Running = Pin<Box<dyn Future<Output = Result<Exit, Failure>>>>;

/// One command.
#[derive(Clone, Copy)]
pub struct Command {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its arguments and help.
    pub clap: fn() -> clap::Command,
    /// What it does.
    pub run: fn(Context, ArgMatches) -> Running,
}

/// The commands of this crate.
pub const COMMANDS: &[Command] = &[
    commands::app::COMMAND,
    commands::build::COMMAND,
    commands::diff::COMMAND,
    commands::drift::COMMAND,
    commands::get::COMMAND,
    commands::reconcile::COMMAND,
    commands::suspend::SUSPEND,
    commands::suspend::RESUME,
    commands::audit::COMMAND,
    commands::state::COMMAND,
    commands::blame::COMMAND,
    commands::init::COMMAND,
    commands::crds::COMMAND,
    commands::kustomize::COMMAND,
    commands::kustomize::edit::PLUMB_EDIT,
    commands::link::COMMAND,
    commands::completion::COMMAND,
    commands::version::COMMAND,
];

/// The commands under `plumb app`.
pub(crate) const APP: &[Command] = &[
    commands::app::list::COMMAND,
    commands::app::get::COMMAND,
    commands::app::create::COMMAND,
    commands::app::sync::COMMAND,
    commands::app::diff::COMMAND,
    commands::app::manifests::COMMAND,
    commands::app::history::COMMAND,
    commands::app::rollback::COMMAND,
    commands::app::release::COMMAND,
    commands::app::approve::COMMAND,
    commands::app::terminate::COMMAND,
    commands::app::wait::COMMAND,
    commands::app::delete::COMMAND,
];

/// The commands under `plumb audit`.
pub(crate) const AUDIT: &[Command] = &[
    commands::audit::log::COMMAND,
    commands::audit::search::COMMAND,
    commands::audit::show::COMMAND,
    commands::audit::diff::COMMAND,
    commands::audit::verify::COMMAND,
    commands::audit::export::COMMAND,
];

/// The commands under `plumb kustomize`, and of a link named `kustomize`.
pub(crate) const KUSTOMIZE: &[Command] = &[
    commands::kustomize::build::COMMAND,
    commands::kustomize::create::COMMAND,
    commands::kustomize::edit::COMMAND,
    commands::kustomize::localize::COMMAND,
    commands::kustomize::version::COMMAND,
];

/// The arguments of a process. Called through a link named as one of our stand-ins (`kustomize`), its name becomes the
/// first of them.
pub(crate) fn arguments(commands: &[Command], mut arguments: Vec<OsString>) -> Vec<OsString> {
    let called = arguments
        .first()
        .and_then(|name| Path::new(name).file_stem())
        .and_then(|name| name.to_str());
    if let Some(name) = called.map(str::to_owned)
        && name != "plumb"
        && commands.iter().any(|command| command.name == name)
    {
        arguments.insert(1, name.into());
    }
    arguments
}

/// The whole command line.
#[must_use]
pub fn clap(commands: &[Command]) -> clap::Command {
    group("plumb", "Keeps Kubernetes clusters plumb with Git", commands)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
}

/// A command that is but a family of others.
pub(crate) fn group(name: &'static str, about: &'static str, commands: &[Command]) -> clap::Command {
    clap::Command::new(name)
        .about(about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.iter().map(|command| (command.clap)().name(command.name)))
}

/// Runs the one of a family that was asked for.
pub(crate) fn dispatch(commands: &'static [Command], context: Context, matches: &ArgMatches) -> Running {
    let asked = matches.subcommand();
    let found =
        asked.and_then(|(name, inner)| Some((commands.iter().find(|command| command.name == name)?, inner)));
    match found {
        Some((command, inner)) => (command.run)(context, inner.clone()),
        None => Box::pin(async { Err(anyhow::anyhow!("no command was given; --help lists them").into()) }),
    }
}

/// Commands that work on this machine alone: they wait for nobody, and need no threads.
const LOCAL: &[&str] = &[
    "blame",
    "build",
    "completion",
    "edit",
    "init",
    "kustomize",
    "link",
    "state",
    "version",
];

/// Whether what `arguments` ask for is done on this machine alone.
pub(crate) fn is_local(arguments: &[OsString]) -> bool {
    let called = arguments.get(1).and_then(|name| name.to_str());
    called.is_some_and(|called| LOCAL.contains(&called))
}

/// Reads the command line. Where the first word is a command, only that one is put together: scripts call `kustomize`
/// hundreds of times, and the whole tree costs more than a build.
pub(crate) fn parse(commands: &[Command], arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let called = arguments.get(1);
    let of_that_name = |command: &&Command| called.is_some_and(|called| called == command.name);
    match commands.iter().find(of_that_name) {
        Some(command) => clap(&[*command]),
        None => clap(commands),
    }
    .try_get_matches_from(arguments)
}

#[cfg(test)]
mod tests;
