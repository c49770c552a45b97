//! `replicas:`.

use plumb_yaml::{Mark, Node, Value, Written};

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::{BuildErrorKind, Result},
    fields::{Create, FieldSpec, Section, visit_resource, wrong_kind},
    kustomization::{Replica, decode},
    order,
    resource::ResMap,
    scalar,
};

pub(crate) const STATION: Station = Station {
    kind: "ReplicaCountTransformer",
    from_kustomization,
    from_resource,
};

struct Replicas {
    replica: Replica,
    specs: Vec<FieldSpec>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    if setup.kustomization.replicas.is_empty() {
        return Ok(Vec::new());
    }
    let mut specs = setup.config.section(Section::Replicas).to_vec();
    specs.sort_by_cached_key(|spec| order::kind_key(&spec.gvk));
    let one = |replica: &Replica| -> Box<dyn Transform> {
        Box::new(Replicas {
            replica: replica.clone(),
            specs: specs.to_vec(),
        })
    };
    Ok(setup.kustomization.replicas.iter().map(one).collect())
}

fn from_resource(_: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let replica = config
        .get("replica")
        .map_or(Ok(Replica::default()), Replica::decode)?;
    let specs = config
        .get("fieldSpecs")
        .map_or(Ok(Vec::new()), decode::field_specs)?;
    Ok(Box::new(Replicas { replica, specs }))
}

impl Transform for Replicas {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        let mut found = false;
        for spec in &self.specs {
            let hits = objects
                .indices_by_any_id(|id| *id.name == *self.replica.name && id.gvk.is_selected(&spec.gvk));
            for index in hits {
                found = true;
                visit_resource(objects.get_mut(index), spec, Create::Scalar, &mut |field| {
                    if !scalar::is_scalar(field) {
                        return Err(wrong_kind(field, "ScalarNode"));
                    }
                    if field.mark.written == Written::Untyped {
                        field.mark.written = Written::Plain;
                    }
                    if scalar::is_quoted(field) {
                        field.value = Value::from(self.replica.count.to_string());
                    } else {
                        field.value = Value::Int(self.replica.count);
                    }
                    field.mark = Mark {
                        written: field.mark.written,
                        ..self.replica.mark
                    };
                    Ok(())
                })?;
            }
        }
        if found {
            return Ok(());
        }
        let kinds: Vec<String> = self.specs.iter().map(|spec| spec.gvk.to_string()).collect();
        let message = format!(
            "resource with name {} does not match a config with the following GVK [{}]",
            self.replica.name,
            kinds.join(" ")
        );
        Err(BuildErrorKind::Transformer(message).into())
    }
}
