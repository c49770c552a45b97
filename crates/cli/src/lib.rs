//! One file per command.
//!
//! Each command is one file under `commands/` with its arguments, its help and its function, and one line in
//! [`registry`]. What runs servers (`controller`, `demo`, `dev-cluster`) is added by the binary, since it needs the
//! crates of this row. **Invariant:** nothing is printed but through [`Output`]; what is asked of a cluster is one write
//! to a custom resource, and waiting for what comes of it is a watch. **Start at** [`main`]; names of units: [`names`];
//! comparing with a cluster: [`compare`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 6: a command line has an environment, a working folder and a clock"
)]

mod commands;
mod compare;
mod config;
mod context;
mod drift;
mod entries;
mod error;
pub mod layouts;
mod moments;
mod names;
mod output;
mod outside;
mod progress;
mod reference;
pub mod registry;
mod show;
mod units;
mod waiting;

use std::{ffi::OsString, process::ExitCode};

pub use context::{ClusterFlags, Context, GitFlags, cache, parse_rewrites, working_folder};
pub use error::{Exit, Failure};
pub use output::{Format, Output};
pub use reference::reference;
pub use registry::{Command, Running};

/// Parses the command line, runs the command and says how it ended. `more` are the binary's own commands.
#[must_use]
pub fn main(more: &[Command]) -> ExitCode {
    let output = Output::to_terminal();
    let commands: Vec<Command> = registry::COMMANDS.iter().chain(more).copied().collect();
    let arguments = registry::arguments(&commands, std::env::args_os().collect());
    let runtime = if registry::is_local(&arguments) {
        tokio::runtime::Builder::new_current_thread().build()
    } else {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
    };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            output.failure(&anyhow::Error::from(error).context("the program could not start its threads"));
            return Exit::Error.into();
        }
    };
    let code = runtime.block_on(run_one(&commands, &arguments, &output));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code.into()
}

/// Runs the command that `arguments` name (the program's own name first), and gives the exit code.
pub async fn run(more: &[Command], arguments: Vec<OsString>, output: &Output) -> u8 {
    let commands: Vec<Command> = registry::COMMANDS.iter().chain(more).copied().collect();
    let arguments = registry::arguments(&commands, arguments);
    run_one(&commands, &arguments, output).await
}

/// Runs the one of `commands` that `arguments` name.
async fn run_one(commands: &[Command], arguments: &[OsString], output: &Output) -> u8 {
    let matches = match registry::parse(commands, arguments) {
        Ok(matches) => matches,
        Err(error) => {
            output.clap(&error);
            // kustomize has but one code for all that goes wrong.
            let stands_in = arguments.get(1).is_some_and(|name| name == "kustomize");
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            return if stands_in { code.min(1) } else { code };
        }
    };
    let Some((name, matches)) = matches.subcommand() else {
        return Exit::Error.code();
    };
    let Some(command) = commands.iter().find(|command| command.name == name) else {
        return Exit::Error.code();
    };
    let context = Context::new(output.clone(), commands.to_vec());
    match (command.run)(context, matches.clone()).await {
        Ok(exit) => exit.code(),
        Err(failure) => {
            output.failure(&failure.error);
            failure.exit.code()
        }
    }
}
