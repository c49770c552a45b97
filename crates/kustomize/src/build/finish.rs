//! What is done once, when everything is gathered: hashes, names, variables, order, and taking off the marks.

use plumb_yaml::{Mapping, Node, Value};

use super::{BuiltObject, accumulate::Accumulated};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::wrong_kind,
    hash,
    kustomization::Kustomization,
    name_reference, order,
    origin::{ORIGIN, TRANSFORMATIONS, transformations_text},
    repeats,
    resource::{OddKeys, Resource, empty_mapping},
    scalar,
    session::Session,
    vars,
};

/// Annotations that never come out.
const INTERNAL: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/helm-generated",
];
/// Marks objects that are for tools only.
const LOCAL: &str = "config.kubernetes.io/local-config";
/// The label that `managedByLabel` sets, with the version that this build is byte-identical with.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "kustomize-v5.8.2");

/// The objects as they come out.
pub(super) fn finish(
    session: &Session<'_>,
    kustomization: &Kustomization,
    accumulated: Accumulated,
) -> Result<Vec<BuiltObject>> {
    let config = accumulated.config();
    let Accumulated {
        mut objects, vars, ..
    } = accumulated;
    hash::add_hashes(&mut objects);
    name_reference::fix(&mut objects, &config)?;
    vars::resolve(session, &mut objects, &vars, &config)?;
    for resource in objects.iter_mut().filter(|resource| !resource.is_gone()) {
        resource.check_identity()?;
    }
    objects.retain(|resource| {
        !resource.is_gone() && resource.annotation(LOCAL).is_none_or(|local| &*local == "false")
    });
    order::sort(
        &mut objects,
        kustomization.sort_options.as_ref(),
        session.options.reorder,
    )?;
    let is_managed = session.options.managed_by_label || kustomization.has_build_metadata("managedByLabel");
    let marks = Marks {
        managed: is_managed,
        origin: kustomization.has_build_metadata("originAnnotations"),
        transformations: kustomization.has_build_metadata("transformerAnnotations"),
    };
    let mut size = 0;
    let mut built = Vec::with_capacity(objects.len());
    for mut resource in objects.into_resources() {
        if resource.odd_keys != OddKeys::default() {
            let message = "json: unsupported type: map[interface {}]interface {}: a label or annotation key that is no text";
            return Err(Failure::new(BuildErrorKind::Resource(message.into())).at(resource.mark));
        }
        let repeats = session.refuse_repeats(&resource.node);
        repeats.map_err(|failure| failure.at(resource.mark))?;
        resource.annotations_to_text();
        marks
            .write(&mut resource)
            .map_err(|failure| failure.at(resource.mark))?;
        size += check(&mut resource.node, false).map_err(|failure| failure.at(resource.mark))?;
        built.push(BuiltObject {
            node: resource.node,
            mark: resource.mark,
        });
    }
    let limit = session.options.limits.output;
    if size > limit {
        return Err(BuildErrorKind::Limit {
            what: "bytes of output",
            limit,
        }
        .into());
    }
    Ok(built)
}

/// Which marks are wanted.
struct Marks {
    managed: bool,
    origin: bool,
    transformations: bool,
}

impl Marks {
    fn write(&self, resource: &mut Resource) -> Result<()> {
        let origin = resource
            .origin
            .take()
            .filter(|_| self.origin)
            .map(|origin| origin.text());
        let changes = std::mem::take(&mut resource.transformations);
        let changes = (self.transformations && !changes.is_empty()).then(|| transformations_text(&changes));
        let Some(metadata) = resource.metadata_mut() else {
            return Ok(());
        };
        if self.managed {
            let labels = metadata.entry_or_insert_with("labels", empty_mapping);
            if labels.is_null() {
                *labels = empty_mapping();
            }
            if labels.as_mapping().is_none() {
                return Err(wrong_kind(labels, "MappingNode"));
            }
            if let Some(labels) = labels.as_mapping_mut() {
                labels.insert(MANAGED_BY.0, Node::text(MANAGED_BY.1));
            }
        }
        let annotations = metadata.entry_or_insert_with("annotations", empty_mapping);
        if annotations.as_mapping().is_none() {
            *annotations = empty_mapping();
        }
        let Some(annotations) = annotations.as_mapping_mut() else {
            return Ok(());
        };
        write_annotations(annotations, origin, changes);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
        Ok(())
    }
}

fn write_annotations(annotations: &mut Mapping, origin: Option<String>, changes: Option<String>) {
    annotations.retain(|key, _| !INTERNAL.contains(&key) && key != ORIGIN && key != TRANSFORMATIONS);
    if let Some(origin) = origin {
        annotations.push(ORIGIN, Node::text(origin));
    }
    if let Some(changes) = changes {
        annotations.push(TRANSFORMATIONS, Node::text(changes));
    }
}

/// Makes a node what JSON makes of it, and refuses what that cannot say; about how long the node is as text.
fn check(node: &mut Node, in_brackets: bool) -> Result<usize> {
    repeats::refuse_mistyped(node)?;
    scalar::settle_scalar(node, in_brackets);
    let within = in_brackets || scalar::is_in_brackets(node);
    match &mut node.value {
        Value::Float(number) if !number.is_finite() => {
            let sign = if *number < 0.0 { "-Inf" } else { "+Inf" };
            let message = format!("json: unsupported value: {sign}");
            Err(Failure::new(BuildErrorKind::Resource(message)).marked(node))
        }
        Value::String(text) => Ok(text.len() + 1),
        Value::Sequence(items) => items
            .iter_mut()
            .try_fold(2, |size, item| Ok(size + check(item, within)?)),
        Value::Mapping(mapping) => mapping.iter_mut().try_fold(2, |size, (key, value)| {
            Ok(size + key.len() + 2 + check(value, within)?)
        }),
        _ => Ok(4),
    }
}
