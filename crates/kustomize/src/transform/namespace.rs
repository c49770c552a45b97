//! `namespace:`: moves every object that can have one into a namespace.

use std::{collections::BTreeMap, rc::Rc};

use plumb_yaml::{Mark, Node, Value, Written};

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::{Create, FieldSpec, Section, visit_resource, wrong_kind},
    kustomization::{Listed, decode},
    openapi::Schemas,
    resource::{ResId, ResMap, Resource},
    scalar,
};

pub(crate) const STATION: Station = Station {
    kind: "NamespaceTransformer",
    from_kustomization,
    from_resource,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subjects {
    DefaultOnly,
    AllServiceAccounts,
    None,
}

struct Namespace {
    namespace: Listed,
    specs: Vec<FieldSpec>,
    unset_only: bool,
    subjects: Subjects,
    schemas: Rc<Schemas>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let namespace = setup.kustomization.namespace.clone();
    if namespace.text.is_empty() {
        return Ok(Vec::new());
    }
    let specs = setup.config.section(Section::Namespace).to_vec();
    Ok(vec![Box::new(Namespace {
        namespace,
        specs,
        unset_only: false,
        subjects: Subjects::DefaultOnly,
        schemas: setup.session.openapi.schemas(),
    })])
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let written = config.at(&["metadata", "namespace"]);
    let namespace = Listed {
        text: written.and_then(Node::as_str).unwrap_or_default().to_owned(),
        mark: written.map(|node| node.mark).unwrap_or_default(),
    };
    let specs = config
        .get("fieldSpecs")
        .map_or(Ok(Vec::new()), decode::field_specs)?;
    let unset_only = config
        .get("unsetOnly")
        .is_some_and(|flag| flag.value == Value::Bool(true));
    let subjects = match config
        .get("setRoleBindingSubjects")
        .and_then(Node::as_str)
        .unwrap_or("")
    {
        "" | "defaultOnly" => Subjects::DefaultOnly,
        "allServiceAccounts" => Subjects::AllServiceAccounts,
        "none" => Subjects::None,
        other => {
            let message = format!(
                "invalid value \"{other}\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \
                 \"allServiceAccounts\""
            );
            return Err(BuildErrorKind::Transformer(message).into());
        }
    };
    Ok(Box::new(Namespace {
        namespace,
        specs,
        unset_only,
        subjects,
        schemas: setup.session.openapi.schemas(),
    }))
}

impl Transform for Namespace {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        if self.namespace.text.is_empty() {
            return Ok(());
        }
        // As in the original, an object must not collide with one that still has its old namespace.
        let mut counts: BTreeMap<ResId, usize> = BTreeMap::new();
        for resource in objects.iter() {
            *counts.entry(resource.id().normalized()).or_default() += 1;
        }
        for resource in objects.iter_mut() {
            if resource.is_gone() || resource.annotation(HELM_GENERATED).as_deref() == Some("true") {
                continue;
            }
            let before = resource.id().normalized();
            resource.remember();
            self.change(resource)?;
            let after = resource.id().normalized();
            if before != after {
                *counts.entry(before).or_insert(1) -= 1;
                *counts.entry(after.clone()).or_default() += 1;
            }
            if counts.get(&after).copied() != Some(1) {
                let message = format!("namespace transformation produces ID conflict: {}", resource.id());
                return Err(Failure::new(BuildErrorKind::Transformer(message)).at(resource.mark));
            }
        }
        Ok(())
    }
}

/// Marks objects that a Helm chart gave; they have their namespace already.
pub(crate) const HELM_GENERATED: &str = "internal.config.kubernetes.io/helm-generated";

/// Moves one object into a namespace, as other transformers want it.
pub(super) fn move_to(resource: &mut Resource, namespace: &Listed, schemas: &Rc<Schemas>) -> Result<()> {
    let namespace = Namespace {
        namespace: namespace.clone(),
        specs: Vec::new(),
        unset_only: false,
        subjects: Subjects::DefaultOnly,
        schemas: Rc::clone(schemas),
    };
    namespace.change(resource)
}

impl Namespace {
    fn change(&self, resource: &mut Resource) -> Result<()> {
        let gvk = resource.gvk();
        let is_core_v1 = gvk.group.is_empty() && &*gvk.version == "v1";
        if !gvk.is_cluster_scoped()
            && !self.schemas.is_cluster_scoped(&gvk)
            && let Some(metadata) = resource.metadata_mut()
        {
            self.set(metadata.entry_or_insert_with("namespace", Node::default))?;
        }
        let is_binding = matches!(&*gvk.kind, "RoleBinding" | "ClusterRoleBinding");
        if is_binding {
            self.change_subjects(&mut resource.node)?;
        }
        for spec in &self.specs {
            let is_skipped = match &*spec.path {
                "metadata/namespace" => true,
                "metadata/name" => !is_core_v1,
                "subjects/namespace" => {
                    is_binding && matches!(&*spec.gvk.kind, "RoleBinding" | "ClusterRoleBinding")
                }
                _ => false,
            };
            if !is_skipped && gvk.is_selected(&spec.gvk) {
                self.change_field(resource, spec)?;
            }
        }
        Ok(())
    }

    fn change_field(&self, resource: &mut Resource, spec: &FieldSpec) -> Result<()> {
        visit_resource(resource, spec, Create::Scalar, &mut |field| self.set(field))
            .map_err(|failure| failure.prefixed("namespace field specs must target scalar nodes"))
    }

    fn change_subjects(&self, node: &mut Node) -> Result<()> {
        let Some(subjects) = node.get_mut("subjects").and_then(Node::as_sequence_mut) else {
            return Ok(());
        };
        for subject in subjects {
            let (key, value) = match self.subjects {
                Subjects::None => return Ok(()),
                Subjects::DefaultOnly => ("name", "default"),
                Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
            };
            if subject.get(key).and_then(Node::as_str) == Some(value)
                && let Some(mapping) = subject.as_mapping_mut()
            {
                self.set(mapping.entry_or_insert_with("namespace", Node::default))?;
            }
        }
        Ok(())
    }

    fn set(&self, field: &mut Node) -> Result<()> {
        if !scalar::is_scalar(field) {
            return Err(wrong_kind(field, "ScalarNode"));
        }
        if !self.unset_only || scalar::text(field).is_empty() {
            let written = if scalar::is_quoted(field) {
                field.mark.written
            } else {
                Written::Plain
            };
            field.value = scalar::text_as(&self.namespace.text, written);
            field.mark = Mark {
                written,
                ..self.namespace.mark
            };
        }
        Ok(())
    }
}
