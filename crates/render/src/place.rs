//! Where in a cluster each object goes, and under whose marks.

use std::collections::BTreeMap;

use plumb_model::{Directives, GroupKind, Marks, Object, ObjectError, Rendered};
use serde_json::{Value, json};

use crate::secret;

/// What placing needs to know.
#[derive(Clone, Copy)]
pub struct Placement<'a> {
    /// For objects of namespaced kinds that name no namespace.
    pub default_namespace: Option<&'a str>,
    /// The unit's marks.
    pub marks: &'a Marks,
    /// Which kinds live in namespaces, as the cluster says; kinds that it does not know are missing.
    pub namespaced: &'a BTreeMap<GroupKind, bool>,
    /// What an object's annotations say about how to treat it.
    pub directives: fn(&Value) -> Directives,
}

/// Gives every object its namespace, its marks and its directives; of objects that are there twice the last stays.
///
/// # Errors
/// When an object lost its name on the way, which a body that was an object before cannot.
pub fn place(rendered: Rendered, placement: &Placement<'_>) -> Result<Rendered, ObjectError> {
    let defined = namespaced_by_definitions(&rendered);
    let mut placed: Vec<Object> = Vec::with_capacity(rendered.objects.len());
    let mut index = BTreeMap::new();
    let mut warnings = rendered.warnings;
    for object in rendered.objects {
        let kind = &object.id.kind;
        let namespaced = placement
            .namespaced
            .get(kind)
            .or_else(|| defined.get(kind))
            .copied()
            .unwrap_or(true);
        let object = place_one(&object, namespaced, placement)?;
        match index.get(&object.id) {
            Some(&at) => {
                let earlier: &Object = &placed[at];
                warnings.push(format!(
                    "{} is there twice: {} is used, {} is not",
                    object.id, object.origin, earlier.origin
                ));
                placed[at] = object;
            }
            None => {
                index.insert(object.id.clone(), placed.len());
                placed.push(object);
            }
        }
    }
    Ok(Rendered {
        objects: placed,
        reads: rendered.reads,
        remotes: rendered.remotes,
        web_files: rendered.web_files,
        warnings,
    })
}

fn place_one(object: &Object, namespaced: bool, placement: &Placement<'_>) -> Result<Object, ObjectError> {
    let mut body = (*object.body).clone();
    secret::settle(&mut body);
    let directives = (placement.directives)(&body);
    let metadata = &mut body["metadata"];
    match (namespaced, &object.id.namespace, placement.default_namespace) {
        (true, None, Some(namespace)) => metadata["namespace"] = json!(namespace),
        (false, Some(_), _) => {
            metadata
                .as_object_mut()
                .and_then(|metadata| metadata.remove("namespace"));
        }
        _ => {}
    }
    // Marks name the object by its final place, so they come second.
    let mut object = Object {
        directives,
        ..Object::new(body, object.origin.clone())?
    };
    let mut body = (*object.body).clone();
    for (key, value) in &placement.marks.labels {
        entries(&mut body, "labels")[key] = json!(value);
    }
    if let Some(tracking) = &placement.marks.tracking
        && object.id.kind.kind != "CustomResourceDefinition"
    {
        entries(&mut body, "annotations")[&tracking.key] = json!(tracking.value(&object.id));
    }
    object = object.with_body(body)?;
    Ok(object)
}

/// The map `field` of the metadata, made where it is missing or null.
fn entries<'b>(body: &'b mut Value, field: &str) -> &'b mut Value {
    let entries = &mut body["metadata"][field];
    if entries.is_null() {
        *entries = json!({});
    }
    entries
}

fn namespaced_by_definitions(rendered: &Rendered) -> BTreeMap<GroupKind, bool> {
    rendered
        .objects
        .iter()
        .filter(|object| object.id.kind.kind == "CustomResourceDefinition")
        .filter_map(|definition| {
            let spec = &definition.body["spec"];
            let group = spec["group"].as_str()?;
            let kind = spec["names"]["kind"].as_str()?;
            Some((
                GroupKind {
                    group: group.to_owned(),
                    kind: kind.to_owned(),
                },
                spec["scope"] != "Cluster",
            ))
        })
        .collect()
}
