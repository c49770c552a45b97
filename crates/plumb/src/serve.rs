//! The commands that run servers: they need the crates beside `cli`, so they live in the binary.

pub(crate) mod controller;
pub(crate) mod demo;
pub(crate) mod dev_cluster;
pub(crate) mod heap;
mod install;
mod ledger;
mod log;
mod page;
mod screen;
mod sign_in;
