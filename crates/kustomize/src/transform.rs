//! What a kustomization does to the objects it has, in order.
//!
//! A transformer is a file in `transform/` and a line in [`REGISTRY`]. It can be configured by a kustomization's own
//! field, or by a resource of the kind named in its [`Station`] under `transformers:`.

mod annotations;
mod images;
mod labels;
mod namespace;
mod patch;
mod patch_json;
mod patch_strategic_merge;
mod prefix_suffix;
mod replacements;
mod replicas;
mod value_add;

pub(crate) use images::split as split_image;
pub(crate) use namespace::HELM_GENERATED;

use std::rc::Rc;

use plumb_yaml::Node;

use crate::{
    error::Result, fields::Config, kustomization::Kustomization, load::Folder, resource::ResMap,
    session::Session,
};

/// Every built-in transformer, in the order in which they run.
pub(crate) const REGISTRY: [Station; 14] = [
    patch_strategic_merge::STATION,
    patch::STATION,
    namespace::STATION,
    prefix_suffix::PREFIX,
    prefix_suffix::SUFFIX,
    labels::STATION,
    annotations::STATION,
    patch_json::STATION,
    replicas::STATION,
    images::STATION,
    replacements::STATION,
    prefix_suffix::BOTH,
    value_add::STATION,
    crate::hash::STATION,
];

/// A change of all objects, configured and ready to be made.
pub(crate) trait Transform {
    /// Makes the change.
    fn apply(&self, objects: &mut ResMap) -> Result<()>;
}

/// What configuring a transformer may look at.
pub(crate) struct Setup<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) folder: &'a Rc<Folder>,
    pub(crate) kustomization: &'a Kustomization,
    pub(crate) config: &'a Config,
}

/// What comes of configuring a transformer from a kustomization: any number of changes.
pub(crate) type Configured = Result<Vec<Box<dyn Transform>>>;

/// A built-in transformer.
pub(crate) struct Station {
    /// Its kind, as a resource.
    pub(crate) kind: &'static str,
    /// The changes that the kustomization's own fields ask for.
    pub(crate) from_kustomization: fn(&Setup<'_>) -> Configured,
    /// The change that a resource of its kind asks for.
    pub(crate) from_resource: fn(&Setup<'_>, &Node) -> Result<Box<dyn Transform>>,
}

/// For transformers that only resources configure.
fn not_from_kustomization(_: &Setup<'_>) -> Configured {
    Ok(Vec::new())
}
