//! Programs that a kustomize build runs: `helm` for charts, and functions.
//!
//! **Invariant:** no shell; every run ends, by itself, by its deadline or when nobody waits any more; what it prints has a
//! limit. **Absent:** what to run when, which is the engine's. **Start at** [`Helm`] and [`Functions`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 3: programs run on this machine, and a run that must end needs a clock"
)]

mod files;
mod function;
mod helm;
mod program;

pub use function::Functions;
pub use helm::Helm;
pub use program::{Cancelled, Limits};
