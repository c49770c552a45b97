//! The parts of a kustomization.

use std::collections::BTreeMap;

use plumb_yaml::Node;

use super::decode::{self, Decode};
use crate::{
    error::Result,
    fields::FieldSpec,
    resource::{Behavior, ResId},
};

/// An item of a list of texts, and its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) line: u32,
}

/// Labels to set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub(crate) pairs: BTreeMap<String, String>,
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
    pub(crate) line: u32,
}

/// What becomes of images with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) tag_suffix: String,
    pub(crate) new_tag: String,
    pub(crate) digest: String,
}

/// How many replicas a workload gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) count: i64,
}

/// A replacement, or the file that holds some.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplacementField {
    pub(crate) path: String,
    pub(crate) replacement: Replacement,
}

/// A value and the fields that it is copied to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replacement {
    pub(crate) source: Option<ReplacementSource>,
    pub(crate) source_value: Option<String>,
    pub(crate) targets: Option<Vec<ReplacementTarget>>,
}

/// Where the value of a replacement is.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplacementSource {
    pub(crate) id: ResId,
    pub(crate) field_path: String,
    pub(crate) options: FieldOptions,
}

/// Where the value of a replacement goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplacementTarget {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) field_paths: Vec<String>,
    pub(crate) options: FieldOptions,
}

/// Which part of a field is meant, and whether a missing one is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: String,
    pub(crate) index: i64,
    pub(crate) create: bool,
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) object: ResId,
    pub(crate) field_path: String,
}

/// The order of the output.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
}

/// A ConfigMap or Secret to make.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generator {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) behavior: Behavior,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) secret_type: String,
    pub(crate) options: Option<GeneratorOptions>,
    pub(crate) line: u32,
}

/// What generated objects are given.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
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
                "pairs" => label.pairs = decode::text_map(value, "Label.pairs")?,
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
fn decode_id(id: &mut ResId, key: &str, value: &Node) -> Result<bool> {
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
            line: node.mark.line,
            ..Self::default()
        };
        Decode {
            owner: "Patch",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "path" => patch.path = decode::text(value, "Patch.path")?,
                "patch" => patch.patch = decode::text(value, "Patch.patch")?,
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
                "count" => replica.count = decode::integer(value, "Replica.replicas.count")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(replica)
    }
}

impl FieldOptions {
    fn decode(node: &Node) -> Result<Self> {
        let mut options = Self::default();
        Decode {
            owner: "FieldOptions",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "delimiter" => options.delimiter = decode::text(value, "FieldOptions.delimiter")?,
                "index" => options.index = decode::integer(value, "FieldOptions.index")?,
                "create" => options.create = decode::flag(value, "FieldOptions.create")?,
                "encoding" => {}
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}

impl ReplacementField {
    pub(super) fn decode(node: &Node) -> Result<Self> {
        let mut field = Self::default();
        Decode {
            owner: "ReplacementField",
            strict: true,
        }
        .object(node, |key, value| {
            if key == "path" {
                field.path = decode::text(value, "ReplacementField.path")?;
                return Ok(true);
            }
            field.replacement.decode_field(key, value)
        })?;
        Ok(field)
    }
}

impl Replacement {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut replacement = Self::default();
        Decode {
            owner: "Replacement",
            strict: false,
        }
        .object(node, |key, value| replacement.decode_field(key, value))?;
        Ok(replacement)
    }

    fn decode_field(&mut self, key: &str, value: &Node) -> Result<bool> {
        match key {
            "source" => self.source = Some(ReplacementSource::decode(value)?),
            "sourcevalue" => self.source_value = Some(decode::text(value, "Replacement.sourceValue")?),
            "targets" => {
                self.targets = Some(decode::list(
                    value,
                    "Replacement.targets",
                    ReplacementTarget::decode,
                )?)
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl ReplacementSource {
    fn decode(node: &Node) -> Result<Self> {
        let mut source = Self::default();
        Decode {
            owner: "SourceSelector",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "fieldpath" => source.field_path = decode::text(value, "SourceSelector.fieldPath")?,
                "options" => source.options = FieldOptions::decode(value)?,
                _ => return decode_id(&mut source.id, key, value),
            }
            Ok(true)
        })?;
        Ok(source)
    }
}

impl ReplacementTarget {
    fn decode(node: &Node) -> Result<Self> {
        let mut target = Self::default();
        Decode {
            owner: "TargetSelector",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "select" => target.select = Some(Selector::decode(value)?),
                "reject" => target.reject = decode::list(value, "TargetSelector.reject", Selector::decode)?,
                "fieldpaths" => target.field_paths = decode::texts(value, "TargetSelector.fieldPaths")?,
                "options" => target.options = FieldOptions::decode(value)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(target)
    }
}

impl Var {
    pub(super) fn decode(node: &Node) -> Result<Self> {
        let mut var = Self {
            field_path: "metadata.name".into(),
            ..Self::default()
        };
        Decode {
            owner: "Var",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "name" => var.name = decode::text(value, "Var.vars.name")?,
                "objref" => var.decode_object(value)?,
                "fieldref" => {
                    if let Some(path) = decode::field(value, "fieldPath").and_then(Node::as_str) {
                        var.field_path = path.to_owned();
                    }
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(var)
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

impl Generator {
    pub(crate) fn decode_config_map(node: &Node) -> Result<Self> {
        Self::decode(node, "ConfigMapArgs", true, false)
    }

    pub(crate) fn decode_secret(node: &Node) -> Result<Self> {
        Self::decode(node, "SecretArgs", true, true)
    }

    /// Reads a generator, which has a `type` when it makes a Secret.
    pub(crate) fn decode(node: &Node, owner: &'static str, strict: bool, is_secret: bool) -> Result<Self> {
        let mut read = Self {
            line: node.mark.line,
            ..Self::default()
        };
        let mut env = None;
        Decode { owner, strict }.object(node, |key, value| {
            match key {
                "name" => read.name = decode::text(value, "GeneratorArgs.name")?,
                "namespace" => read.namespace = decode::text(value, "GeneratorArgs.namespace")?,
                "behavior" => read.behavior = behavior(&decode::text(value, "GeneratorArgs.behavior")?),
                "literals" => read.literals = decode::texts(value, "KvPairSources.literals")?,
                "files" => read.files = decode::texts(value, "KvPairSources.files")?,
                "envs" => read.envs = decode::texts(value, "KvPairSources.envs")?,
                "env" => env = Some(decode::text(value, "KvPairSources.env")?),
                "options" => read.options = Some(GeneratorOptions::decode(value)?),
                "type" if is_secret => read.secret_type = decode::text(value, "SecretArgs.type")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        read.envs.extend(env.filter(|env| !env.is_empty()));
        Ok(read)
    }
}

impl GeneratorOptions {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut options = Self::default();
        Decode {
            owner: "GeneratorOptions",
            strict: true,
        }
        .object(node, |key, value| {
            match key {
                "labels" => options.labels = decode::text_map(value, "GeneratorOptions.labels")?,
                "annotations" => {
                    options.annotations = decode::text_map(value, "GeneratorOptions.annotations")?
                }
                "disablenamesuffixhash" => {
                    options.disable_name_suffix_hash =
                        decode::flag(value, "GeneratorOptions.disableNameSuffixHash")?;
                }
                "immutable" => options.immutable = decode::flag(value, "GeneratorOptions.immutable")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }

    /// These options, completed with those of the whole kustomization.
    pub(crate) fn under(local: Option<Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return local };
        let mut merged = local.unwrap_or_default();
        for (key, value) in &global.labels {
            merged.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, value) in &global.annotations {
            merged
                .annotations
                .entry(key.clone())
                .or_insert_with(|| value.clone());
        }
        merged.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        merged.immutable |= global.immutable;
        Some(merged)
    }
}

fn behavior(text: &str) -> Behavior {
    match text {
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        "create" => Behavior::Create,
        _ => Behavior::Unspecified,
    }
}
