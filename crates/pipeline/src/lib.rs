//! The straight line from a commit to an applied and assessed unit.
//!
//! **Invariant:** no station calls an earlier one; a retry is a new pass; whatever fails leaves the last good state in
//! force. **Absent:** watch loops and queues (`controllers`), pages (`web`). **Start at** [`reconcile`](mod@reconcile);
//! what stops after the plan is [`preview`]; what people ask for is in [`actions`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 5: passes are timed and run at some moment, so a clock is needed"
)]

pub mod actions;
mod adapter;
mod assess;
mod board;
mod books;
mod clusters;
mod complete;
pub mod copies;
mod delete;
mod error;
mod event;
mod ignoring;
mod kept;
mod line;
mod operation;
mod outside;
pub mod preview;
mod publish;
pub mod reconcile;
mod recording;
mod rendering;
mod resolve;
pub mod revert;
mod station;
mod touch;
mod witness;

#[cfg(test)]
mod tests;

pub use adapter::{SPOKEN_TO, directives, restore};
pub use board::{Board, Push, UnitView};
pub use books::Books;
pub use clusters::cluster_of;
pub use complete::complete;
pub use error::PassError;
pub use event::{Event, Happening};
pub use kept::Kept;
pub use line::{Backoff, CachedRender, Line, Memory, Pass, Reach, Timings, now, remembered};
pub use outside::Outside;
pub use publish::{publish, publish_invalid, publish_source, show};
pub use reconcile::reconcile;
pub use rendering::render_commit;
pub use resolve::open_source;
pub use touch::{ByHand, by_hand};
pub use witness::Sources;
