//! ConfigMaps and Secrets to make, as a kustomization asks for them.

use plumb_yaml::{Mark, Node};

use super::{
    Pairs,
    decode::{self, Decode},
};
use crate::{error::Result, resource::Behavior};

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
    pub(crate) mark: Mark,
}

/// What generated objects are given.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Pairs,
    pub(crate) annotations: Pairs,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
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
            mark: node.mark,
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
        // Only kustomization files still know the old field.
        read.envs.extend(env.filter(|env| strict && !env.is_empty()));
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
                "labels" => options.labels = decode::pairs(value, "GeneratorOptions.labels")?,
                "annotations" => options.annotations = decode::pairs(value, "GeneratorOptions.annotations")?,
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
