//! `patches:`, of either kind, for one object or for all that a target selects.

use std::rc::Rc;

use plumb_yaml::{Node, SourceId, Value, Written};

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    json6902::{self, Operation},
    kustomization::{Patch, decode},
    openapi::Schemas,
    resource::{
        Freedom, ResMap, Resource, read_resources,
        shared::{self, Shared},
    },
    scalar,
    selector::Matcher,
    strategic,
};

pub(crate) const STATION: Station = Station {
    kind: "PatchTransformer",
    from_kustomization,
    from_resource,
};

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let one = |patch: &Patch| -> Result<Box<dyn Transform>> {
        let ready = Ready::new(setup, patch).map_err(|failure| failure.at(patch.mark))?;
        Ok(Box::new(ready))
    };
    setup.kustomization.patches.iter().map(one).collect()
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let text = |key: &str| match decode::field(config, key) {
        Some(value) if !value.is_null() => decode::text(value, key),
        _ => Ok(String::new()),
    };
    let mut patch = Patch {
        path: text("path")?,
        patch: text("patch")?,
        text_mark: decode::field(config, "patch").map_or(config.mark, |text| text.mark),
        mark: config.mark,
        ..Patch::default()
    };
    if let Some(target) = decode::field(config, "target").filter(|target| !target.is_null()) {
        patch.target = Some(crate::kustomization::Selector::decode(target)?);
    }
    if let Some(options) = decode::field(config, "options") {
        patch.decode_options(options)?;
    }
    Ok(Box::new(Ready::new(setup, &patch)?))
}

/// A patch, read.
struct Ready {
    content: Content,
    /// How messages call it.
    name: String,
    target: Option<Matcher>,
    freedom: Freedom,
    schemas: Rc<Schemas>,
    source: SourceId,
}

enum Content {
    Strategic(Vec<Resource>),
    Json(Vec<Operation>),
}

impl Ready {
    fn new(setup: &Setup<'_>, patch: &Patch) -> Result<Self> {
        let inline = patch.patch.trim();
        let (text, name, source) = match (inline, patch.path.as_str()) {
            ("", "") => return Err(error("must specify one of patch and path in".into())),
            ("", path) => {
                let (source, text) = setup.folder.load_text(setup.session, path)?;
                (text, format!("[path: {path:?}]"), source)
            }
            (inline, "") => (
                inline.to_owned(),
                format!("[patch: {inline:?}]"),
                setup.session.source_within(patch.text_mark, inline),
            ),
            _ => return Err(error("patch and path can't be set at the same time".into())),
        };
        let warnings = &setup.session.warnings;
        let target = patch.target.as_ref();
        let target = target.map(|target| Matcher::new(target, warnings)).transpose()?;
        let freedom = Freedom {
            name: patch.allow_name_change,
            kind: patch.allow_kind_change,
        };
        let content = read(setup, &text, &name, source)?;
        Ok(Self {
            content,
            name,
            target,
            freedom,
            schemas: setup.session.openapi.schemas(),
            source,
        })
    }

    fn apply_strategic(&self, objects: &mut ResMap, patches: &[Resource]) -> Result<()> {
        let Some(target) = &self.target else {
            return patches.iter().try_for_each(|patch| {
                let id = patch.id();
                let prefix = format!("no resource matches strategic merge patch \"{id}\"");
                let index = objects
                    .find_by_any_id(&id)
                    .map_err(|failure| failure.prefixed(&prefix))?;
                patch_one(
                    objects.get_mut(index),
                    patch.node.clone(),
                    self.freedom,
                    &self.schemas,
                )
            });
        };
        let [patch] = patches else {
            if patches.is_empty() {
                return Ok(());
            }
            let message = format!(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {}",
                self.name
            );
            return Err(error(message));
        };
        for index in target.select(objects) {
            let resource = objects.get_mut(index);
            let version = resource.node.get("apiVersion");
            let has_version = version.is_some_and(|version| !version.is_null());
            let node = for_target(&patch.node, resource);
            patch_one(resource, node, self.freedom, &self.schemas)?;
            if !has_version {
                write_nothing(resource, "apiVersion");
            }
        }
        check_ids(objects)
    }

    fn apply_json(&self, objects: &mut ResMap, operations: &[Operation]) -> Result<()> {
        let Some(target) = &self.target else {
            return Err(error(format!(
                "must specify a target for JSON patch {}",
                self.name
            )));
        };
        for index in target.select(objects) {
            let resource = objects.get_mut(index);
            resource.remember();
            apply_json(resource, operations)?;
        }
        Ok(())
    }
}

impl Transform for Ready {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        let result = match &self.content {
            Content::Strategic(patches) => self.apply_strategic(objects, patches),
            Content::Json(operations) => self.apply_json(objects, operations),
        };
        result.map_err(|failure| failure.in_source(self.source))
    }
}

/// Reads a patch as whichever kind it is: operations are a list, and no list is an object.
fn read(setup: &Setup<'_>, text: &str, name: &str, source: SourceId) -> Result<Content> {
    let is_list = ["[", "- ", "-\n"].iter().any(|start| text.starts_with(start));
    let operations = || json6902::read(setup.session, text, source);
    let early = match is_list.then(operations) {
        Some(Ok(operations)) if !operations.is_empty() => return Ok(Content::Json(operations)),
        early => early,
    };
    let no_object = match read_resources(setup.session, text, source) {
        Ok(patches) => {
            setup.session.openapi.note_use();
            return Ok(Content::Strategic(patches));
        }
        Err(failure) => failure,
    };
    let no_operations = match early.unwrap_or_else(operations) {
        Ok(operations) => return Ok(Content::Json(operations)),
        Err(failure) => failure,
    };
    let cause = if is_list { no_operations } else { no_object };
    Err(cause.wrapped(&format!("unable to parse SM or JSON patch from {name}")))
}

/// Changes an object, but not who it is, unless that is allowed.
pub(crate) fn patch_one(
    resource: &mut Resource,
    patch: Node,
    freedom: Freedom,
    schemas: &Schemas,
) -> Result<()> {
    let mut patch = patch;
    if freedom.name || freedom.kind {
        resource.remember();
        // What allows it is written on the patch, whose annotations all become texts by that.
        let annotations = patch
            .get_mut("metadata")
            .and_then(|node| node.get_mut("annotations"));
        if let Some(texts) = annotations.and_then(Node::as_mapping_mut) {
            texts.iter_mut().for_each(|(_, value)| to_text(value));
        }
    }
    if replaces_annotations(&patch) {
        resource.show_marks();
        merge(resource, patch, freedom, schemas)?;
        resource.hide_marks();
    } else {
        merge(resource, patch, freedom, schemas)?;
    }
    resource.freedom.name |= freedom.name;
    resource.freedom.kind |= freedom.kind;
    Ok(())
}

/// Whether a patch takes all annotations away, those of the original as well.
fn replaces_annotations(patch: &Node) -> bool {
    let replaces = |path: &[&str]| {
        let part = patch.at(path);
        part.is_some_and(|part| part.is_null() || part.get("$patch").is_some())
    };
    replaces(&["metadata"]) || replaces(&["metadata", "annotations"])
}

fn merge(resource: &mut Resource, patch: Node, freedom: Freedom, schemas: &Schemas) -> Result<()> {
    let (name, namespace, kind) = (resource.name(), resource.namespace(), resource.kind().to_owned());
    let target = std::mem::take(&mut resource.node);
    let mark = target.mark;
    let name_node = target.at(&["metadata", "name"]).cloned();
    let identity = ["apiVersion", "kind"].map(|key| (key, target.get(key).cloned()));
    let shared = Shared::of(&target);
    let merged = strategic::merge(target, patch, schemas).map_err(|failure| failure.at(resource.mark))?;
    let Some(merged) = merged else { return Ok(()) };
    let has_quotes = merged.at(&["metadata", "name"]).is_some_and(scalar::is_quoted);
    resource.node = Node { mark, ..merged };
    shared.follow(&mut resource.node);
    if resource.is_gone() {
        return Ok(());
    }
    // A patch repeats these to say what it is for; they were not said there.
    for (key, before) in identity {
        if let (Some(now), Some(before)) = (resource.node.get_mut(key), before)
            && *now == before
        {
            *now = before;
        }
    }
    if !freedom.kind
        && resource.kind() != kind
        && let Some(mapping) = resource.node.as_mapping_mut()
    {
        mapping.insert("kind", Node::text(kind));
    }
    let had_name = !name.is_empty();
    if let Some(metadata) = resource.metadata_mut() {
        if !freedom.name && had_name {
            let mut node = name_node.unwrap_or_else(|| Node::text(""));
            let mark = node.mark;
            if has_quotes {
                node = Node::text("");
                node.mark.written = Written::Quoted;
            }
            scalar::set_untyped(&mut node, &name, mark);
            metadata.insert("name", node);
        } else if !freedom.name {
            metadata.insert("name", scalar::nothing());
        }
        if namespace.is_empty() {
            metadata.remove("namespace");
        } else {
            scalar::enter_untyped(metadata, "namespace", &namespace);
        }
    }
    Ok(())
}

/// Writes a field without anything in it, where the original says that there is none.
fn write_nothing(resource: &mut Resource, key: &str) {
    if let Some(mapping) = resource.node.as_mapping_mut() {
        mapping.insert(key, scalar::nothing());
    }
}

/// A patch for whatever a target selects takes group and version from each object; its own kind stays. Its labels and
/// annotations are made text first, so that none of them can be taken away with a null.
pub(crate) fn for_target(patch: &Node, resource: &Resource) -> Node {
    let mut node = patch.clone();
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.insert("apiVersion", Node::text(resource.gvk().api_version()));
    }
    let Some(metadata) = node.get_mut("metadata").and_then(Node::as_mapping_mut) else {
        return node;
    };
    // The original writes it anew, without saying that it is a text.
    if let Some(name) = metadata.get("name").filter(|name| scalar::is_scalar(name)) {
        let name = scalar::plain_text(name);
        scalar::enter_untyped(metadata, "name", &name);
    }
    for field in ["labels", "annotations"] {
        let is_empty = match metadata.get_mut(field).map(|node| &mut node.value) {
            Some(Value::Mapping(texts)) => {
                texts.iter_mut().for_each(|(_, value)| to_text(value));
                texts.is_empty()
            }
            _ => true,
        };
        if is_empty {
            metadata.remove(field);
        }
    }
    node
}

fn to_text(node: &mut Node) {
    node.value = Value::String(scalar::written_text(node));
}

pub(crate) fn apply_json(resource: &mut Resource, operations: &[Operation]) -> Result<()> {
    let mark = resource.mark;
    shared::forget(&mut resource.node);
    resource
        .showing_lasting_marks(|node| json6902::apply(node, operations))
        .map_err(|failure| failure.at(mark))
}

/// Drops objects that are gone; two others may have become one by name.
pub(crate) fn check_ids(objects: &mut ResMap) -> Result<()> {
    objects.drop_gone();
    objects.check_identities()
}

fn error(message: String) -> Failure {
    BuildErrorKind::Patch(message).into()
}
