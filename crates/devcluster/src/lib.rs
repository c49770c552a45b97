//! An in-process Kubernetes API for the demo and for tests.

pub mod workloads;
