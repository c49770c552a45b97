//! Domain values and ids that every other crate speaks in.
//!
//! **Invariant:** no async, no IO, no clock, and no name of Argo CD's or Flux's API.
//! **Start at** [`Unit`] (what someone asked for), [`Rendered`], [`Observed`] and [`UnitReport`] (what came of it).

mod cluster;
mod conduct;
mod health;
mod ids;
mod ignore;
pub mod merge_patch;
mod object;
mod observed;
mod rendered;
mod report;
mod review;
pub mod spec;
mod tree;
mod unit;

pub use cluster::*;
pub use conduct::*;
pub use health::*;
pub use ids::*;
pub use ignore::*;
pub use object::*;
pub use observed::*;
pub use rendered::*;
pub use report::*;
pub use review::*;
pub use tree::*;
pub use unit::*;
