//! The ledger as its callers and plain Git see it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests run programs, look at the clock and tell what they skip"
)]

mod crash;
mod fixture;
mod kill;
mod memory;
mod plain_git;
mod proof;
mod remote;
mod retention;
mod search;
mod shards;
mod signing;
mod size;
mod time_travel;
