//! The only writer to a cluster: observe, watch, apply and status.
//!
//! A [`Cluster`] is one connection. [`Cluster::observe`] says what is there of the objects that a unit is about, mostly
//! from memory that watches keep fresh; [`Cluster::apply`] makes true what an approved plan says and decides nothing.
//!
//! **Invariant:** kube write verbs exist here only ([`write`](mod@write)); an object that is as the last apply left it
//! costs no call; Secrets are in no error and no log.
//! **Absent:** what ought to be changed (`plumb-plan`), custom resources' meaning (the adapters).
//! **Start at** [`Cluster::observe`] and [`Cluster::apply`]; memory: [`memory`]; HTTP: [`wire`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 3: talks to a server, so it needs clocks; its tables are looked up and never walked for output"
)]

mod apply;
mod connect;
mod error;
mod family;
mod fleet;
mod kinds;
mod logs;
mod memory;
mod observe;
mod ownership;
mod place;
mod read;
mod review;
mod stream;
mod touch;
mod types;
mod wait;
mod watcher;
mod watches;
mod wire;
mod write;

pub use apply::{Applied, ApplyLimits};
pub use connect::{Cluster, ConnectOptions};
pub use error::ClusterError;
pub use family::{Family, Member};
pub use fleet::{Fleet, Joined, KubeconfigRules};
pub use kinds::KindInfo;
pub use logs::LogRequest;
pub use memory::{LiveChange, LiveEvent};
pub use observe::{Detail, Look};
pub use review::{Access, Person};
pub use stream::WatchEvent;
pub use touch::Touch;
pub use wire::Counters;
pub use write::{DeleteOptions, ServerSideApply};
