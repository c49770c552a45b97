//! The commands, one file each; families of commands have a folder.

pub(crate) mod app;
pub(crate) mod audit;
pub(crate) mod blame;
pub(crate) mod build;
pub(crate) mod completion;
pub(crate) mod crds;
pub(crate) mod diff;
pub(crate) mod drift;
pub(crate) mod get;
pub(crate) mod init;
pub(crate) mod kustomize;
pub(crate) mod link;
pub(crate) mod reconcile;
pub(crate) mod state;
pub(crate) mod suspend;
pub(crate) mod version;
