//! The page, the webhooks and the HTTP interface.
//!
//! Server-rendered HTML that works without script; one event stream per page keeps it live with it. Forges tell of
//! pushes at `/hooks/git`, programs read `/api/v1`.
//!
//! **Invariant:** nothing here decides anything about a cluster: what people ask for becomes one write to a custom
//! resource, made by [`plumb_pipeline::actions`], or to an object by hand, made by [`plumb_pipeline::by_hand`], by the
//! rights of whoever asks, and only with their own token from the page's own origin. Text from repositories and clusters
//! reaches HTML through `Outside` and `maud` only. **Absent:** TLS (a proxy in front has it). **Start at** [`Page::start`];
//! the addresses are listed in `routes`, `places` and, for programs, `openapi`, who may ask for them is decided in `gate`.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 6: a server has a clock and a network"
)]

mod actions;
mod api;
mod app;
mod assets;
mod audit;
mod changes;
mod commits;
mod controls;
mod diff;
mod drift;
mod events;
mod families;
mod fault;
mod gate;
mod guard;
mod hook;
mod lately;
mod layout;
mod list;
mod nav;
mod now;
mod openapi;
mod outside;
mod paging;
mod pause;
mod places;
mod pods;
mod policy;
mod recorded;
mod rollback;
mod routes;
mod row;
mod server;
mod settings;
mod shrink;
mod sign_in;
mod site;
mod stream;
mod tabs;
mod target;
mod time;
mod touch;
mod tree;
mod words;

pub use gate::SessionLength;
pub use server::{Page, WebError, WebOptions};
pub use sign_in::{OidcSignIn, OnceSignIn, ProxySignIn, SignIn, Token};
