//! The ledger as its callers and plain Git see it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "tests run programs and look at the clock"
)]

mod crash;
mod fixture;
mod plain_git;
mod size;
