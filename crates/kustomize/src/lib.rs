//! kustomize build and kustomize edit, over a tree, byte-identical with the original.
//!
//! **Invariant:** everything is read through a [`plumb_model::Reader`]; nothing is fetched, run or written.
//! **Absent:** remote bases, Helm charts, functions and exec plugins: each is a clear error.
//! **Start at** [`build()`]. One transformer is one file in `transform/` and one line in its registry.

mod build;
pub mod edit;
mod error;
mod fields;
mod generate;
mod hash;
mod json;
mod json6902;
mod kustomization;
mod load;
mod name_reference;
mod options;
mod order;
mod origin;
mod plugin;
mod resource;
mod scalar;
mod selector;
mod session;
mod strategic;
mod structured;
mod transform;
mod vars;

pub use build::{Built, BuiltObject, build, build_inline, overlay};
pub use error::{BuildError, BuildErrorKind, Place};
pub use load::is_kustomization_root;
pub use options::{Limits, LoadRestrictor, Options, Reorder};
