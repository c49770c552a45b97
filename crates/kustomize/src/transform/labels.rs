//! `labels:` and `commonLabels:`.

use plumb_yaml::{Mark, Node, Value, Written};

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::Result,
    fields::{Create, FieldSpec, Section, visit_unchecked, wrong_kind},
    kustomization::{Label, Pairs, decode},
    resource::{Gvk, ResMap, empty_mapping, shared},
    scalar,
};

pub(crate) const STATION: Station = Station {
    kind: "LabelTransformer",
    from_kustomization,
    from_resource: |_, config| Ok(Box::new(SetPairs::read(config, "labels")?)),
};

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let mut changes: Vec<Box<dyn Transform>> = Vec::new();
    let kustomization = setup.kustomization;
    if kustomization.labels.is_empty() && kustomization.common_labels.as_ref().is_none_or(Pairs::is_empty) {
        return Ok(changes);
    }
    for label in &kustomization.labels {
        changes.push(Box::new(SetPairs {
            pairs: label.pairs.clone(),
            specs: specs(setup, label)?,
        }));
    }
    let pairs = kustomization.common_labels.clone().unwrap_or_default();
    changes.push(Box::new(SetPairs {
        pairs,
        specs: setup.config.section(Section::CommonLabels).to_vec(),
    }));
    Ok(changes)
}

fn specs(setup: &Setup<'_>, label: &Label) -> Result<Vec<FieldSpec>> {
    let mut specs = label.field_specs.clone();
    let mut add = |section| {
        setup
            .config
            .section(section)
            .iter()
            .try_for_each(|spec| spec.clone().merge_into(&mut specs))
    };
    add(Section::Labels)?;
    if label.include_selectors {
        add(Section::CommonLabels)?;
        return Ok(specs);
    }
    if label.include_templates {
        add(Section::TemplateLabels)?;
    }
    if label.include_volume_claim_templates {
        add(Section::VolumeClaimTemplateLabels)?;
    }
    FieldSpec::new(Gvk::default(), "metadata/labels", true).merge_into(&mut specs)?;
    Ok(specs)
}

/// Sets the same keys in maps; labels and annotations are such.
pub(crate) struct SetPairs {
    pub(crate) pairs: Pairs,
    pub(crate) specs: Vec<FieldSpec>,
}

impl SetPairs {
    pub(crate) fn read(config: &Node, key: &str) -> Result<Self> {
        let pairs = match config.get(key) {
            Some(pairs) if !pairs.is_null() => decode::pairs(pairs, key)?,
            _ => Pairs::new(),
        };
        let specs = config
            .get("fieldSpecs")
            .map_or(Ok(Vec::new()), decode::field_specs)?;
        Ok(Self { pairs, specs })
    }

    /// Sets the keys in one field; notes what it wrote over that is in other fields, too.
    fn set(&self, field: &mut Node, run: &mut Run<'_>) -> Result<()> {
        if field.is_null() {
            *field = empty_mapping();
        }
        if field.as_mapping().is_none() {
            return Err(wrong_kind(field, "MappingNode"));
        }
        let Some(mapping) = field.as_mapping_mut() else {
            return Ok(());
        };
        for (key, value) in &self.pairs {
            let mut new = Node {
                mark: value.mark,
                value: Value::from(value.text.as_str()),
            };
            let is_quoted = match mapping.get(key) {
                Some(old) => scalar::is_quoted(old),
                None => scalar::reads_as_no_text(&value.text),
            };
            if is_quoted {
                new.mark.written = Written::Quoted;
            }
            match mapping.get_mut(key) {
                Some(old) if shared::is_shared(old) => {
                    shared::note_over(&mut new, old.mark);
                    run.moved.push((key.clone(), old.mark, new.clone()));
                    *old = new;
                }
                Some(old) => {
                    shared::note_made(&mut new);
                    *old = new;
                }
                None => {
                    shared::note(&mut new, run.number);
                    *run.is_odd |= !matches!(scalar::resolve(key), Value::String(_));
                    mapping.push(key.as_str(), new);
                }
            }
        }
        Ok(())
    }
}

/// What is noted while the keys are set in the fields of one object.
struct Run<'a> {
    number: u32,
    is_odd: &'a mut bool,
    /// What was written over that is in other fields, too: its key, its place, and what it is now.
    moved: &'a mut Vec<(String, Mark, Node)>,
}

impl Transform for SetPairs {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        if self.pairs.is_empty() {
            return Ok(());
        }
        for resource in objects.iter_mut() {
            let gvk = resource.gvk();
            let mut moved = Vec::new();
            resource.runs += 1;
            for spec in self.specs.iter().filter(|spec| gvk.is_selected(&spec.gvk)) {
                let mut is_odd = false;
                let mut run = Run {
                    number: resource.runs,
                    is_odd: &mut is_odd,
                    moved: &mut moved,
                };
                let shows_marks = spec.path.trim_start_matches('/') == "metadata/annotations" && !spec.create;
                if shows_marks {
                    resource.show_marks();
                }
                visit_unchecked(&mut resource.node, spec, Create::Mapping, &mut |field| {
                    self.set(field, &mut run)
                })?;
                if shows_marks {
                    resource.hide_marks();
                }
                match &*spec.path {
                    "metadata/annotations" => resource.odd_keys.annotations |= is_odd,
                    _ => resource.odd_keys.elsewhere |= is_odd,
                }
            }
            for (key, old, new) in moved {
                shared::overwrite(&mut resource.node, &key, old, &new);
            }
        }
        Ok(())
    }
}
