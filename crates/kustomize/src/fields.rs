//! Which fields of which kinds a transformer changes, and the walk to them.
//!
//! **Start at** [`FieldSpec`] and [`visit`]. The defaults and what `configurations:` add are in [`Config`].

mod config;
mod crds;
mod path;

pub(crate) use config::{Config, NameReference, Section};
pub(crate) use crds::config_from_crds;
pub(crate) use path::{How, find_all, look_up, split_path, split_smart};

use plumb_yaml::{Node, Text, Value};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    resource::{Gvk, ResId, Resource, empty_mapping},
    scalar,
};

/// A field of some kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    pub(crate) gvk: Gvk,
    pub(crate) path: Text,
    pub(crate) create: bool,
}

/// What is put where a field that may be made is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// Nothing; the object is left alone.
    Nothing,
    /// A null, to be written over.
    Scalar,
    /// An empty map.
    Mapping,
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        Self {
            gvk,
            path: path.into(),
            create,
        }
    }

    /// Adds `spec` to `specs` unless it is there already.
    pub(crate) fn merge_into(self, specs: &mut Vec<Self>) -> Result<()> {
        match specs
            .iter()
            .find(|known| known.path == self.path && known.gvk.is_selected(&self.gvk))
        {
            Some(known) if known.create != self.create => {
                Err(BuildErrorKind::Transformer("conflicting fieldspecs".into()).into())
            }
            Some(_) => Ok(()),
            None => {
                specs.push(self);
                Ok(())
            }
        }
    }
}

/// Why a node of another kind than `wanted` (in the words of YAML) cannot be used.
pub(crate) fn wrong_kind(node: &Node, wanted: &str) -> Failure {
    let is = match &node.value {
        Value::Mapping(_) => "MappingNode",
        Value::Sequence(_) => "SequenceNode",
        _ => "ScalarNode",
    };
    let message = format!("wrong node kind: expected {wanted} but got {is}");
    Failure::new(BuildErrorKind::Transformer(message)).marked(node)
}

/// Calls `change` with every node that `spec` means in the object `node`, if `spec` is about its kind.
pub(crate) fn visit(
    node: &mut Node,
    spec: &FieldSpec,
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    if !Gvk::of(node).is_selected(&spec.gvk) {
        return Ok(());
    }
    visit_unchecked(node, spec, create, change)
}

/// [`visit`] for an object of a build, where what the original keeps in annotations counts.
pub(crate) fn visit_resource(
    resource: &mut Resource,
    spec: &FieldSpec,
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    let path = spec.path.strip_prefix('/').unwrap_or(&spec.path);
    if path.starts_with("metadata/annotations") {
        return resource.showing_marks(|node| visit(node, spec, create, change));
    }
    visit(&mut resource.node, spec, create, change)
}

/// [`visit`] for an object that is known to be of the kind that `spec` is about.
pub(crate) fn visit_unchecked(
    node: &mut Node,
    spec: &FieldSpec,
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    let create = if spec.create { create } else { Create::Nothing };
    let id = |node: &Node| ResId {
        gvk: Gvk::of(node),
        name: node
            .at(&["metadata", "name"])
            .map(scalar::plain_text)
            .unwrap_or_default(),
        namespace: node
            .at(&["metadata", "namespace"])
            .map(scalar::plain_text)
            .unwrap_or_default(),
    };
    let path = spec.path.strip_prefix('/').unwrap_or(&spec.path);
    // Most fields that hold names are not there, and looking does not take a tree apart that others share.
    if create == Create::Nothing && !reaches(node, path) {
        return Ok(());
    }
    walk(node, path, create, change).map_err(|failure| {
        failure.prefixed(&format!(
            "considering field '{}' of object {}",
            spec.path,
            id(node)
        ))
    })
}

/// Whether [`visit_unchecked`] does anything where nothing is made.
pub(crate) fn is_reached(node: &Node, spec: &FieldSpec) -> bool {
    reaches(node, spec.path.strip_prefix('/').unwrap_or(&spec.path))
}

/// Whether walking along a path comes to a field, to where the walk would fail, or to a null that it makes a list.
fn reaches(node: &Node, path: &str) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Sequence(items) => items.iter().any(|item| reaches(item, path)),
        Value::Mapping(mapping) => {
            let (part, rest) = path::first(path, '/');
            let (name, is_list) = list_name(&part);
            let leads_on = |field: &Node| match rest {
                Some(rest) => (is_list && field.is_null()) || reaches(field, rest),
                None => true,
            };
            name.is_empty() || mapping.get(name).is_some_and(leads_on)
        }
        _ => true,
    }
}

/// The name in a part of a path, and whether the part says that a list is there.
fn list_name(part: &str) -> (&str, bool) {
    part.strip_suffix("[]").map_or((part, false), |name| (name, true))
}

fn walk(
    node: &mut Node,
    path: &str,
    create: Create,
    change: &mut dyn FnMut(&mut Node) -> Result<()>,
) -> Result<()> {
    let (part, rest) = path::first(path, '/');
    match &mut node.value {
        Value::Null => Ok(()),
        Value::Sequence(items) => items
            .iter_mut()
            .try_for_each(|item| walk(item, path, create, change)),
        Value::Mapping(mapping) => {
            let (name, is_list) = list_name(&part);
            if name.is_empty() {
                let message = "cannot set or create an empty field name".to_owned();
                return Err(BuildErrorKind::Transformer(message).into());
            }
            let missing = match create {
                Create::Nothing => None,
                _ if is_list => None,
                Create::Scalar if rest.is_none() => Some(Node::default()),
                _ => Some(empty_mapping()),
            };
            let field = match &missing {
                Some(made) => Some(mapping.entry_or_insert_with(name, || made.clone())),
                None => mapping.get_mut(name),
            };
            let Some(field) = field else { return Ok(()) };
            if field.is_null() {
                if is_list {
                    field.value = Value::Sequence(Vec::new());
                } else if let Some(made) = missing {
                    field.value = made.value;
                }
            }
            match rest {
                Some(rest) => walk(field, rest, create, change),
                None => change(field),
            }
        }
        _ => Err(Failure::new(BuildErrorKind::Transformer(
            "expected sequence or mapping node".into(),
        ))),
    }
}
