//! Plumb keeps Kubernetes clusters plumb with Git: parse, dispatch, and nothing else.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 7: the binary has a clock and a disk"
)]

mod serve;

use std::process::ExitCode;

/// The commands that this crate adds.
const COMMANDS: &[plumb_cli::Command] = &[
    serve::controller::COMMAND,
    serve::demo::COMMAND,
    serve::dev_cluster::COMMAND,
];

fn main() -> ExitCode {
    serve::heap::share();
    plumb_cli::main(COMMANDS)
}

#[cfg(test)]
mod tests;
