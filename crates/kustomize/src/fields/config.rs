//! The field lists of all transformers: the defaults, and what kustomizations add to them.

mod defaults;
#[cfg(test)]
mod tests;

use std::{
    rc::Rc,
    sync::{LazyLock, OnceLock},
};

use plumb_yaml::Node;

use super::FieldSpec;
use crate::{
    edit::shape::{FIELD_LISTS, Library, relax},
    error::{BuildErrorKind, Failure, Result},
    kustomization::decode,
    load::Folder,
    order,
    resource::Gvk,
    session::Session,
};

/// A list of fields that belongs to a transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    NamePrefix,
    NameSuffix,
    Namespace,
    CommonLabels,
    Labels,
    TemplateLabels,
    VolumeClaimTemplateLabels,
    CommonAnnotations,
    VarReference,
    Images,
    Replicas,
}

/// The sections in the order of their declaration, with the names that they have in files.
const SECTIONS: [(Section, &str); 11] = [
    (Section::NamePrefix, "namePrefix"),
    (Section::NameSuffix, "nameSuffix"),
    (Section::Namespace, "namespace"),
    (Section::CommonLabels, "commonLabels"),
    (Section::Labels, "labels"),
    (Section::TemplateLabels, "templateLabels"),
    (Section::VolumeClaimTemplateLabels, "volumeClaimTemplateLabels"),
    (Section::CommonAnnotations, "commonAnnotations"),
    (Section::VarReference, "varReference"),
    (Section::Images, "images"),
    (Section::Replicas, "replicas"),
];

/// Fields that hold the name of an object of some kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: Vec<FieldSpec>,
}

/// The field lists of all transformers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    sections: [OnceLock<Vec<FieldSpec>>; SECTIONS.len()],
    name_references: OnceLock<Vec<NameReference>>,
    /// Whether what is not there yet is what holds when nothing is configured.
    by_default: bool,
}

impl Config {
    /// What holds when a kustomization configures nothing. Each list is put together when it is first asked for: most
    /// builds need few of them.
    pub(crate) fn defaults() -> &'static Self {
        static DEFAULTS: LazyLock<Config> = LazyLock::new(|| Config {
            by_default: true,
            ..Config::default()
        });
        &DEFAULTS
    }

    pub(crate) fn section(&self, section: Section) -> &[FieldSpec] {
        let make = || {
            if self.by_default {
                defaults::section(SECTIONS[section as usize].1)
            } else {
                Vec::new()
            }
        };
        self.sections[section as usize].get_or_init(make)
    }

    pub(crate) fn name_references(&self) -> &[NameReference] {
        let make = || {
            if self.by_default {
                defaults::name_references()
            } else {
                Vec::new()
            }
        };
        self.name_references.get_or_init(make)
    }

    fn section_mut(&mut self, section: Section) -> &mut Vec<FieldSpec> {
        self.section(section);
        self.sections[section as usize]
            .get_mut()
            .expect("it was put there by the line above")
    }

    fn name_references_mut(&mut self) -> &mut Vec<NameReference> {
        self.name_references();
        self.name_references
            .get_mut()
            .expect("it was put there by the line above")
    }

    pub(crate) fn add(&mut self, section: Section, spec: FieldSpec) -> Result<()> {
        spec.merge_into(self.section_mut(section))
    }

    pub(crate) fn add_reference(&mut self, reference: NameReference) -> Result<()> {
        let references = self.name_references_mut();
        match references
            .iter_mut()
            .find(|known| known.target == reference.target)
        {
            Some(known) => reference
                .referrers
                .into_iter()
                .try_for_each(|spec| spec.merge_into(&mut known.referrers)),
            None => {
                references.push(reference);
                Ok(())
            }
        }
    }

    /// Adds everything that `other` has. Sorted afterwards, because the order says which of two fields, one for some
    /// kinds and one for all, survives the next merge.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        for (section, _) in SECTIONS {
            other
                .section(section)
                .iter()
                .try_for_each(|spec| self.add(section, spec.clone()))?;
            self.section_mut(section)
                .sort_by_cached_key(|spec| order::kind_key(&spec.gvk));
        }
        other
            .name_references()
            .iter()
            .try_for_each(|reference| self.add_reference(reference.clone()))?;
        self.name_references_mut()
            .sort_by_cached_key(|reference| order::kind_key(&reference.target));
        Ok(())
    }

    /// The defaults and what the files of `configurations:` add; `None` when there are none.
    pub(crate) fn load(session: &Session<'_>, folder: &Rc<Folder>, paths: &[String]) -> Result<Option<Self>> {
        if paths.is_empty() {
            return Ok(None);
        }
        let mut config = Self::defaults().clone();
        for path in paths {
            let (source, text) = folder.load_text(session, path)?;
            for document in session.parse_strictly(&text, source)? {
                let read = Self::read(&relax(document, &FIELD_LISTS, Library::Json))
                    .map_err(|failure| failure.in_source(source))?;
                config.merge(&read)?;
            }
        }
        Ok(Some(config))
    }

    fn read(document: &Node) -> Result<Self> {
        let mut config = Self::default();
        if document.is_null() {
            return Ok(config);
        }
        let Some(mapping) = document.as_mapping() else {
            let is = decode::kind_of(document);
            let message =
                format!("json: cannot unmarshal {is} into Go value of type builtinconfig.TransformerConfig");
            return Err(Failure::new(BuildErrorKind::Kustomization(message)).marked(document));
        };
        for (key, value) in mapping.iter() {
            if key.eq_ignore_ascii_case("nameReference") {
                if !value.is_null() {
                    decode::list(value, "TransformerConfig.nameReference", read_reference)?
                        .into_iter()
                        .try_for_each(|reference| config.add_reference(reference))?;
                }
            } else if let Some((section, _)) =
                SECTIONS.iter().find(|(_, name)| key.eq_ignore_ascii_case(name))
            {
                for spec in decode::field_specs(value)? {
                    config.add(*section, spec)?;
                }
            } else {
                return Err(BuildErrorKind::Kustomization(format!("json: unknown field \"{key}\"")).into());
            }
        }
        Ok(config)
    }
}

fn read_reference(item: &Node) -> Result<NameReference> {
    let mut reference = NameReference::default();
    decode::Decode {
        owner: "NameBackReferences",
        strict: true,
    }
    .object(item, |key, value| {
        if key != "fieldspecs" {
            return decode::gvk_part(&mut reference.target, key, value);
        }
        reference.referrers = decode::field_specs(value)?;
        Ok(true)
    })?;
    Ok(reference)
}
