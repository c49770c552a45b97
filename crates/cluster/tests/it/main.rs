//! The cluster crate against a server: what the dev cluster does is what it must be right about.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "cases are counted aloud, and may be played on another cluster"
)]

mod apply;
mod drift;
mod family;
mod hooks;
mod observe;
mod streams;
mod world;
