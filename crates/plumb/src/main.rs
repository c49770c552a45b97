//! Plumb keeps Kubernetes clusters plumb with Git: parse, dispatch, and nothing else.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 7: the binary has a clock and a disk"
)]

mod serve;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    plumb_cli::main(&[
        serve::controller::COMMAND,
        serve::demo::COMMAND,
        serve::dev_cluster::COMMAND,
    ])
}
