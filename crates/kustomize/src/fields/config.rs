//! The field lists of all transformers: the defaults, and what kustomizations add to them.

use std::{collections::BTreeMap, rc::Rc, sync::LazyLock};

use plumb_yaml::Node;

use super::FieldSpec;
use crate::{
    error::{BuildErrorKind, Result},
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
    sections: BTreeMap<Section, Vec<FieldSpec>>,
    pub(crate) name_references: Vec<NameReference>,
}

impl Config {
    /// What holds when a kustomization configures nothing.
    pub(crate) fn defaults() -> &'static Self {
        &DEFAULTS
    }

    pub(crate) fn section(&self, section: Section) -> &[FieldSpec] {
        self.sections.get(&section).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add(&mut self, section: Section, spec: FieldSpec) -> Result<()> {
        spec.merge_into(self.sections.entry(section).or_default())
    }

    pub(crate) fn add_reference(&mut self, reference: NameReference) -> Result<()> {
        match self
            .name_references
            .iter_mut()
            .find(|known| known.target == reference.target)
        {
            Some(known) => reference
                .referrers
                .into_iter()
                .try_for_each(|spec| spec.merge_into(&mut known.referrers)),
            None => {
                self.name_references.push(reference);
                Ok(())
            }
        }
    }

    /// Adds everything that `other` has. Sorted afterwards, because the order says which of two fields, one for some
    /// kinds and one for all, survives the next merge.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        for (section, specs) in &other.sections {
            specs
                .iter()
                .try_for_each(|spec| self.add(*section, spec.clone()))?;
        }
        other
            .name_references
            .iter()
            .try_for_each(|reference| self.add_reference(reference.clone()))?;
        for specs in self.sections.values_mut() {
            specs.sort_by_cached_key(|spec| order::kind_key(&spec.gvk));
        }
        self.name_references
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
            let documents = session.parse(&text, source, plumb_yaml::Dialect::V2)?;
            for document in &documents {
                let read = Self::read(document).map_err(|failure| failure.in_source(source))?;
                config.merge(&read)?;
            }
        }
        Ok(Some(config))
    }

    fn read(document: &Node) -> Result<Self> {
        let mut config = Self::default();
        let Some(mapping) = document.as_mapping() else {
            return Ok(config);
        };
        for (key, value) in mapping.iter() {
            if key.eq_ignore_ascii_case("nameReference") {
                for item in value.as_sequence().unwrap_or_default() {
                    config.add_reference(read_reference(item)?)?;
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
    let referrers = item
        .get("fieldSpecs")
        .map_or(Ok(Vec::new()), decode::field_specs)?;
    Ok(NameReference {
        target: decode::gvk(item),
        referrers,
    })
}

static DEFAULTS: LazyLock<Config> = LazyLock::new(|| {
    let mut config = Config::default();
    for line in include_str!("defaults.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let words: Vec<&str> = line.split(' ').collect();
        let any = |word: &str| {
            if word == "-" {
                String::new()
            } else {
                word.replace('%', "/")
            }
        };
        let spec = |words: &[&str]| {
            let gvk = Gvk {
                kind: any(words[0]).into(),
                group: any(words[1]).into(),
                version: any(words[2]).into(),
            };
            let path = words[3].strip_prefix('+');
            FieldSpec::new(gvk, path.unwrap_or(words[3]), path.is_some())
        };
        if let Some((section, _)) = SECTIONS.iter().find(|(_, name)| *name == words[0]) {
            config
                .sections
                .entry(*section)
                .or_default()
                .push(spec(&words[1..]));
            continue;
        }
        let mut target = words[1].split('/').map(any);
        let mut part = || target.next().unwrap_or_default().into();
        let target = Gvk {
            group: part(),
            version: part(),
            kind: part(),
        };
        match config
            .name_references
            .iter_mut()
            .find(|known| known.target == target)
        {
            Some(known) => known.referrers.push(spec(&words[2..])),
            None => config.name_references.push(NameReference {
                target,
                referrers: vec![spec(&words[2..])],
            }),
        }
    }
    config
});
