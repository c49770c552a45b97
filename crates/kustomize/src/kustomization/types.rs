//! The parts of a kustomization.

use std::collections::BTreeMap;

use plumb_yaml::{Mark, Node};

use super::decode::{self, Decode};
use crate::{error::Result, fields::FieldSpec, resource::ResId};

/// An item of a list of texts, and its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) mark: Mark,
}

/// Labels, annotations and the like, with their places.
pub(crate) type Pairs = BTreeMap<String, Listed>;

/// Labels to set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub(crate) pairs: Pairs,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_volume_claim_templates: bool,
    pub(crate) field_specs: Vec<FieldSpec>,
}

/// Which objects a patch or replacement is for; patterns, empty for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(crate) id: ResId,
    pub(crate) annotations: String,
    pub(crate) labels: String,
}

/// A patch of either kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) path: String,
    pub(crate) patch: String,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    /// Where the entry stands.
    pub(crate) mark: Mark,
    /// Where its text stands.
    pub(crate) text_mark: Mark,
}

/// What becomes of images with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) tag_suffix: String,
    pub(crate) new_tag: String,
    pub(crate) digest: String,
    /// Where the last of these stands.
    pub(crate) mark: Mark,
}

/// How many replicas a workload gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) count: i64,
    pub(crate) mark: Mark,
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) object: ResId,
    /// Empty where none is written, until the variable is among those known.
    pub(crate) field_path: String,
}

/// The order of the output.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
}

impl Label {
    pub(super) fn decode(node: &Node) -> Result<Self> {
        let mut label = Self::default();
        Decode {
            owner: "Label",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "pairs" => label.pairs = decode::pairs(value, "Label.pairs")?,
                "includeselectors" => {
                    label.include_selectors = decode::flag(value, "Label.includeSelectors")?
                }
                "includetemplates" => {
                    label.include_templates = decode::flag(value, "Label.includeTemplates")?
                }
                "includevolumeclaimtemplates" => {
                    label.include_volume_claim_templates =
                        decode::flag(value, "Label.includeVolumeClaimTemplates")?;
                }
                "fields" => label.field_specs = decode::field_specs(value)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(label)
    }
}

/// Reads one of the five fields that name an object.
pub(super) fn decode_id(id: &mut ResId, key: &str, value: &Node) -> Result<bool> {
    let slot = match key {
        "group" => &mut id.gvk.group,
        "version" => &mut id.gvk.version,
        "kind" => &mut id.gvk.kind,
        "name" => &mut id.name,
        "namespace" => &mut id.namespace,
        _ => return Ok(false),
    };
    *slot = decode::text(value, &format!("target.{key}"))?.into();
    Ok(true)
}

impl Selector {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut selector = Self::default();
        Decode {
            owner: "Selector",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "annotationselector" => {
                    selector.annotations = decode::text(value, "Selector.annotationSelector")?
                }
                "labelselector" => selector.labels = decode::text(value, "Selector.labelSelector")?,
                _ => return decode_id(&mut selector.id, key, value),
            }
            Ok(true)
        })?;
        Ok(selector)
    }
}

impl Patch {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut patch = Self {
            mark: node.mark,
            text_mark: node.mark,
            ..Self::default()
        };
        Decode {
            owner: "Patch",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "path" => patch.path = decode::text(value, "Patch.path")?,
                "patch" => {
                    patch.patch = decode::text(value, "Patch.patch")?;
                    patch.text_mark = value.mark;
                }
                "target" => patch.target = Some(Selector::decode(value)?),
                "options" => patch.decode_options(value)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(patch)
    }

    pub(crate) fn decode_options(&mut self, node: &Node) -> Result<()> {
        Decode {
            owner: "PatchArgs",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "allownamechange" => {
                    self.allow_name_change = decode::flag(value, "PatchArgs.allowNameChange")?
                }
                "allowkindchange" => {
                    self.allow_kind_change = decode::flag(value, "PatchArgs.allowKindChange")?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })
    }
}

impl Image {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut image = Self::default();
        Decode {
            owner: "Image",
            strict: true,
        }
        .object(node, |key, value| {
            let slot = match key {
                "name" => &mut image.name,
                "newname" => &mut image.new_name,
                "tagsuffix" => &mut image.tag_suffix,
                "newtag" => &mut image.new_tag,
                "digest" => &mut image.digest,
                _ => return Ok(false),
            };
            *slot = decode::text(value, &format!("Image.images.{key}"))?;
            if key != "name" {
                image.mark = value.mark;
            }
            Ok(true)
        })?;
        Ok(image)
    }
}

impl Replica {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut replica = Self::default();
        Decode {
            owner: "Replica",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "name" => replica.name = decode::text(value, "Replica.replicas.name")?,
                "count" => {
                    replica.count = decode::integer(value, "Replica.replicas.count")?;
                    replica.mark = value.mark;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(replica)
    }
}

impl Var {
    pub(super) fn decode(node: &Node) -> Result<Self> {
        let mut var = Self::default();
        Decode {
            owner: "Var",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "name" => var.name = decode::text(value, "Var.vars.name")?,
                "objref" => var.decode_object(value)?,
                "fieldref" => var.decode_field(value)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(var)
    }

    fn decode_field(&mut self, node: &Node) -> Result<()> {
        Decode {
            owner: "FieldSelector",
            strict: true,
        }
        .object(node, |key, value| {
            if key == "fieldpath" {
                self.field_path = decode::text(value, "FieldSelector.fieldPath")?;
            }
            Ok(key == "fieldpath")
        })
    }

    fn decode_object(&mut self, node: &Node) -> Result<()> {
        let mut api_version = String::new();
        Decode {
            owner: "Target",
            strict: true,
        }
        .object(node, |key, value| {
            if key == "apiversion" {
                api_version = decode::text(value, "Target.apiVersion")?;
                return Ok(true);
            }
            decode_id(&mut self.object, key, value)
        })?;
        match api_version.split('/').collect::<Vec<_>>()[..] {
            [group, version] => {
                self.object.gvk.group = group.into();
                self.object.gvk.version = version.into();
            }
            [version] if !version.is_empty() => self.object.gvk.version = version.into(),
            _ => {}
        }
        Ok(())
    }
}

impl SortOptions {
    pub(super) fn decode(node: &Node) -> Result<Self> {
        let mut options = Self::default();
        Decode {
            owner: "SortOptions",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "order" => options.order = decode::text(value, "SortOptions.order")?,
                "legacysortoptions" => {
                    let part = |name| match decode::field(value, name) {
                        Some(list) if !list.is_null() => decode::texts(list, "LegacySortOptions"),
                        _ => Ok(Vec::new()),
                    };
                    options.legacy = Some((part("orderFirst")?, part("orderLast")?));
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}
