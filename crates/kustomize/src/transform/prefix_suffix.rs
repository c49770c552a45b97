//! `namePrefix:` and `nameSuffix:`.

use plumb_yaml::{Mark, Node};

use super::{Configured, Setup, Station, Transform, not_from_kustomization};
use crate::{
    error::{BuildErrorKind, Result},
    fields::{Create, FieldSpec, Section, visit_resource, wrong_kind},
    kustomization::{Listed, decode},
    resource::{ResId, ResMap, Resource},
    scalar,
};

pub(crate) const PREFIX: Station = Station {
    kind: "PrefixTransformer",
    from_kustomization: |setup| affix(setup.kustomization.name_prefix.clone(), setup, End::Front),
    from_resource: |_, config| Ok(Box::new(Affix::read(config, "prefix", End::Front)?)),
};

pub(crate) const SUFFIX: Station = Station {
    kind: "SuffixTransformer",
    from_kustomization: |setup| affix(setup.kustomization.name_suffix.clone(), setup, End::Back),
    from_resource: |_, config| Ok(Box::new(Affix::read(config, "suffix", End::Back)?)),
};

pub(crate) const BOTH: Station = Station {
    kind: "PrefixSuffixTransformer",
    from_kustomization: not_from_kustomization,
    from_resource: |_, config| {
        Ok(Box::new(Both(
            Affix::read(config, "prefix", End::Front)?,
            Affix::read(config, "suffix", End::Back)?,
        )))
    },
};

/// A prefix and a suffix in one.
struct Both(Affix, Affix);

impl Transform for Both {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        self.0.apply(objects)?;
        self.1.apply(objects)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Front,
    Back,
}

struct Affix {
    text: String,
    mark: Mark,
    end: End,
    specs: Vec<FieldSpec>,
}

fn affix(written: Listed, setup: &Setup<'_>, end: End) -> Configured {
    if written.text.is_empty() {
        return Ok(Vec::new());
    }
    let section = if end == End::Front {
        Section::NamePrefix
    } else {
        Section::NameSuffix
    };
    Ok(vec![Box::new(Affix {
        text: written.text,
        mark: written.mark,
        end,
        specs: setup.config.section(section).to_vec(),
    })])
}

impl Affix {
    fn read(config: &Node, key: &str, end: End) -> Result<Self> {
        let written = config.get(key);
        let text = written.map(scalar::text).unwrap_or_default().into_owned();
        let Some(specs) = config.get("fieldSpecs").filter(|specs| !specs.is_null()) else {
            return Err(BuildErrorKind::Transformer("fieldSpecs is not expected to be nil".into()).into());
        };
        Ok(Self {
            text,
            mark: written.map(|node| node.mark).unwrap_or_default(),
            end,
            specs: decode::field_specs(specs)?,
        })
    }

    fn change(&self, resource: &mut Resource, id: &ResId) -> Result<()> {
        for spec in self.specs.iter().filter(|spec| id.gvk.is_selected(&spec.gvk)) {
            if &*spec.path == "metadata/name" && !self.text.is_empty() {
                let affixes = if self.end == End::Front {
                    &mut resource.prefixes
                } else {
                    &mut resource.suffixes
                };
                affixes.push(self.text.as_str().into());
                resource.remember();
            }
            visit_resource(resource, spec, Create::Scalar, &mut |field| {
                if !scalar::is_scalar(field) {
                    return Err(wrong_kind(field, "ScalarNode"));
                }
                let old = scalar::text(field);
                let new = match self.end {
                    End::Front => format!("{}{old}", self.text),
                    End::Back => format!("{old}{}", self.text),
                };
                scalar::set_untyped(field, &new, self.mark);
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl Transform for Affix {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for resource in objects.iter_mut() {
            let id = resource.original_id();
            if !keeps_its_name(&id) {
                self.change(resource, &id)?;
            }
        }
        Ok(())
    }
}

fn keeps_its_name(id: &ResId) -> bool {
    match &*id.gvk.kind {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => &*id.gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
