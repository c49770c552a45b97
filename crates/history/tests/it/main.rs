//! The ledger as its callers and plain Git see it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "tests run programs and look at the clock"
)]

mod crash;
mod fixture;
mod memory;
mod plain_git;
mod proof;
mod remote;
mod search;
mod shards;
mod signing;
mod size;
mod time_travel;
