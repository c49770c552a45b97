//! The dev cluster as its clients see it: most tests call it without a network, one tours it with kubectl.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look for programs and wait for them"
)]

mod client;
mod definitions;
mod kubectl;
mod objects;
mod patches;
mod restart;
mod watches;
