//! The page over real connections: over a board with made-up units where that will do, over a dev cluster throughout.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and some measure how long things take"
)]

mod audit;
mod client;
mod guard;
mod hooks;
mod live;
mod now;
mod objects;
mod oidc;
mod openapi;
mod pages;
mod rights;
mod rollback;
mod sign_in;
mod time;
mod world;
