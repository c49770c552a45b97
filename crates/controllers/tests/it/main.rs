//! The controllers as a whole, on dev clusters in this process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests wait for what happens, and say so when it does not"
)]

mod clusters;
mod health;
mod world;
