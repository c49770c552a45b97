//! Commands in this process against a dev cluster, with custom resources made by hand.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests wait and have a disk"
)]

mod apps;
mod drift;
mod flux;
mod git;
mod local;
mod world;
