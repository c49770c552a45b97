//! Moves workloads as kube-controller-manager, the scheduler and kubelets would, inside this process.
//!
//! **Start at** [`World`], which the API server implements.

mod world;

pub use world::{Change, ChangeKind, Key, ResourceType, World, WorldError};
