//! Repositories made by the git program, read by this crate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what cannot be set up fails the test, and waits are measured"
)]

mod fixture;
mod http;
mod http_server;
mod local;
mod pushing;
mod remotes;
#[cfg(feature = "ssh")]
mod ssh;
#[cfg(feature = "ssh")]
mod ssh_server;
mod watching;
mod writing;
