//! `plumb link`: stands in for kustomize where scripts call it by its name.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};

use crate::{Command, Context, Exit, Failure};

/// The name of the link.
const NAME: &str = "kustomize";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "link",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("link")
                .about("Put a link named kustomize in a folder, through which Plumb stands in for it"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder for the link; put it in PATH
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Put it in the place of a kustomize that is there
    #[arg(long)]
    force: bool,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let program = std::env::current_exe().context("the program cannot find itself")?;
    let link = arguments.dir.join(NAME);
    fs::create_dir_all(&arguments.dir)
        .with_context(|| format!("folder {} cannot be made", arguments.dir.display()))?;
    if fs::symlink_metadata(&link).is_ok() {
        if fs::read_link(&link).is_ok_and(|target| target == program) {
            context
                .output
                .line(format!("{} is there already", link.display()));
            return Ok(Exit::Success);
        }
        if !arguments.force {
            return Err(anyhow::anyhow!(
                "{} is there already: say --force to put the link in its place",
                link.display()
            )
            .into());
        }
        fs::remove_file(&link).with_context(|| format!("{} cannot be taken away", link.display()))?;
    }
    symlink(&program, &link).with_context(|| format!("{} cannot be made", link.display()))?;
    context
        .output
        .line(format!("{} -> {}", link.display(), program.display()));
    Ok(Exit::Success)
}
