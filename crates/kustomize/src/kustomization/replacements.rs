//! Replacements, as a kustomization asks for them.

use plumb_yaml::{Mark, Node};

use super::{
    decode::{self, Decode},
    types::{Selector, decode_id},
};
use crate::{error::Result, resource::ResId};

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
    pub(crate) mark: Mark,
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
        field.replacement.mark = node.mark;
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
        let mut replacement = Self {
            mark: node.mark,
            ..Self::default()
        };
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
