//! Repositories as mirrors: fetch, resolve and read trees straight from the object store.
//!
//! A remote repository is mirrored into a bare one (branches, tags, and what is asked for by name or id); a local
//! one is read where it is. Nothing is ever checked out, and no git program is run. Pushes move one reference.
//!
//! **Invariant:** what is on the other end is hostile: sizes are limited, waits end, and neither an error nor a
//! `Debug` shows a credential. **Absent:** LFS and filters: their pointers are left as they are.
//! **Start at** [`Repositories`], then [`Repository`] and [`GitTree`]; what a build asks for beside its own repository is
//! [`Remotes`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 3: repositories are on disk and behind networks, and a wait that must end needs a clock"
)]

mod address;
mod commit;
mod copying;
mod credentials;
mod error;
mod folder;
mod listing;
mod mirror;
mod push;
mod refs;
mod remotes;
mod repositories;
mod repository;
mod store;
mod submodules;
mod transport;
mod tree;
mod version_range;
pub mod watch;
mod web;
pub mod webhook_match;
mod write;

pub use address::local_folder;
pub use commit::FileChange;
pub use credentials::Credentials;
pub use error::GitError;
pub use folder::Folder;
pub use push::{Delivery, Pushed};
pub use remotes::{LookUp, Remotes};
pub use repositories::{GitOptions, Repositories, Rewrite};
pub use repository::{CommitInfo, Freshness, Person, Refreshed, Repository};
pub use tree::GitTree;
pub use write::{Author, commit_files, init_repository};
