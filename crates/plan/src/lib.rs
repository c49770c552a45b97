//! Decides what must change for a cluster to match one commit.
//!
//! Takes [`Rendered`](plumb_model::Rendered) (intent) and [`Observed`](plumb_model::Observed) (reality); returns a
//! [`Plan`] specific enough that applying it needs no further choices.
//!
//! **Invariant:** nothing here waits, reads a clock, or knows Argo CD or Flux; a plan has no public mutators.
//! **Start at** [`plan()`]. What to do at all: [`scope`]; order: [`order`](mod@order); fields: [`drift`](mod@drift),
//! and those that are left to others: [`ignore`](mod@ignore).

mod build;
pub mod drift;
pub mod ignore;
pub mod order;
mod scope;
mod step;
mod text;

#[cfg(test)]
mod tests;

pub use build::{Input, PlanError, plan};
pub use scope::{Extent, Scope, scope};
pub use step::{Action, Change, Plan, Step, Verdict};
pub use text::{ObjectDiff, diff};
