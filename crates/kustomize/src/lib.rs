//! kustomize build and kustomize edit, over a tree, byte-identical with the original.
//!
//! **Invariant:** everything is read through a [`plumb_model::Reader`] or asked of a [`Host`]; nothing is fetched, run
//! or written here. **Absent:** functions in containers and Go plugins: each is a clear error.
//! **Start at** [`Build`]. One transformer is one file in `transform/` and one line in its registry.

mod build;
pub mod edit;
mod error;
mod fields;
mod generate;
mod hash;
mod host;
mod json;
mod json6902;
mod kustomization;
mod load;
pub mod localize;
mod name_reference;
mod openapi;
mod options;
mod order;
mod origin;
mod plugin;
mod remote;
mod repeats;
mod resource;
mod scalar;
mod selector;
mod session;
mod source;
mod strategic;
mod structured;
mod transform;
mod vars;
mod yaml_cause;

pub use build::{Build, Built, BuiltObject, build};
pub use error::{BuildError, BuildErrorKind, Cause, Place};
pub use host::{
    ChartFiles, ChartRequest, ChartSource, Checkout, ExecFunction, FunctionOutput, Host, HostError, Offline,
    RemoteRepository,
};
pub use load::{is_component, is_kustomization_root};
pub use options::{HelmOptions, Limits, LoadRestrictor, Options, Reorder};
pub use remote::parse as remote_target;
