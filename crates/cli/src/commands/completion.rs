//! `plumb completion`: completion of commands and flags for a shell.

use clap::{ArgMatches, Args, FromArgMatches};
use clap_complete::Shell;

use crate::{Command, Context, Exit, Failure, registry};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "completion",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("completion")
                .about("Print the completion script of a shell")
                .after_help("bash: source <(plumb completion bash)\nzsh:  plumb completion zsh > \"${fpath[1]}/_plumb\""),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut registry::clap(&context.commands),
        "plumb",
        &mut script,
    );
    context.output.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Success)
}
