//! Domain values and ids that every other crate speaks in.
//!
//! **Invariant:** no async, no IO, no clock, and no name of Argo CD's or Flux's API.
//! **Start at** [`Unit`] (what someone asked for), [`Rendered`], [`Observed`] and [`UnitReport`] (what came of it).

mod tree;

pub use tree::*;
