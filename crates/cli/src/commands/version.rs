//! `plumb version`.

use clap::{ArgMatches, Args, FromArgMatches};
use serde_json::json;

use super::kustomize::version::KUSTOMIZE_VERSION;
use crate::{Command, Context, Exit, Failure, Format};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "version",
    clap: || Arguments::augment_args(clap::Command::new("version").about("Print the version")),
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let version = env!("CARGO_PKG_VERSION");
    if arguments.output.is_data() {
        let about = json!({"version": version, "kustomize": KUSTOMIZE_VERSION});
        context.output.data(&about, arguments.output);
    } else {
        context.output.line(format!(
            "plumb {version} (builds as kustomize {KUSTOMIZE_VERSION})"
        ));
    }
    Ok(Exit::Success)
}
