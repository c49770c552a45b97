//! `kustomize version`: the version whose output is ours.

use clap::ArgMatches;

use crate::{Command, Context, Exit, Failure};

/// The version of kustomize that builds are compared with, byte by byte.
pub(crate) const KUSTOMIZE_VERSION: &str = "v5.8.2";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "version",
    clap: || clap::Command::new("version").about("Print the version of kustomize that is stood in for"),
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

fn run(context: &Context, _: &ArgMatches) -> Result<Exit, Failure> {
    context.output.line(KUSTOMIZE_VERSION);
    Ok(Exit::Success)
}
