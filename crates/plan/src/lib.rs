//! Decides what must change for a cluster to match one commit.
//!
//! Takes [`Rendered`](plumb_model::Rendered) (intent) and [`Observed`](plumb_model::Observed) (reality); returns a
//! [`Plan`] specific enough that applying it needs no further choices.
//!
//! **Invariant:** nothing here waits, reads a clock, or knows Argo CD or Flux; a plan has no public mutators.
//! **Start at** [`plan()`]. What to do at all: [`scope`]; order: [`order`](mod@order); fields: [`drift`](mod@drift), and those left to others:
//! [`ignore`](mod@ignore);
//! phases, waves and hooks: `course` and `task`; what left Git: `prune`.

mod build;
mod course;
pub mod drift;
mod hook;
pub mod ignore;
mod images;
mod lasting;
pub mod order;
mod prune;
mod scope;
mod step;
mod task;
mod text;

#[cfg(test)]
mod tests;

pub use build::{Course, Input, PlanError, plan};
pub use hook::{OPERATION, hooks};
pub use images::{ImageChange, images};
pub use lasting::{Lasting, lasting};
pub use scope::{Extent, Scope, scope};
pub use step::{Action, Awaiting, Change, Finding, How, Plan, Standing, Step, Verdict, Wait};
pub use text::{ObjectDiff, diff};
