//! Programs that a build runs, run.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what cannot be set up fails the test"
)]

mod functions;
mod helm;
