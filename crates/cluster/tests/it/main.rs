//! The cluster crate against a server: what the dev cluster does is what it must be right about.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod apply;
mod drift;
mod hooks;
mod observe;
mod streams;
mod world;
