//! What tests share: scenarios, faults, a real control plane, and where shared data is.
//!
//! **Absent:** anything that ships. **Start at** [`scenario::run`], [`chaos::run`] or [`control_plane::ControlPlane`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "development only: tests have a clock, an environment and a disk"
)]

pub mod api;
pub mod chaos;
pub mod control_plane;
pub mod differential;
pub mod git;
pub mod install;
mod remote;
pub mod scenario;

use std::path::PathBuf;

/// The folder of data that is shared beside the checkout; `None` where it is absent, and the test says "skipped".
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let path = std::env::var_os("PLUMB_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    path.is_dir().then_some(path)
}
