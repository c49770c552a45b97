//! One desired object beside the live one.
//!
//! **Invariant:** the structural comparison may only err on the side of "looks different"; then the server judges.
//! **Start at** [`Cluster::compare`]; what a take-over would remove: [`Cluster::predict`].

use std::sync::Arc;

use plumb_model::{Live, Object, Observation};
use plumb_plan::ignore::Ignoring;
use plumb_schema::{FieldSet, TypeRef, apply::release, compare::differences, structural};
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    memory::{Finding, Record},
    ownership,
    place::Place,
    types::KindType,
    write::{self, ServerSideApply},
};

/// What the server keeps for itself in `metadata`, and changes without anybody's wish.
const BOOKKEEPING: [&str; 3] = ["managedFields", "resourceVersion", "generation"];

/// What a look at one object found.
pub(crate) struct Seen {
    pub(crate) observation: Observation,
    /// What is to be applied, where that is not as Git says.
    pub(crate) yielded: Option<Arc<Value>>,
}

impl Cluster {
    /// Whether `body` is as `object` wants it; remembers what it finds.
    pub(super) async fn compare(
        &self,
        manager: &str,
        object: &Object,
        place: &Place,
        body: Arc<Value>,
    ) -> Result<Seen, ClusterError> {
        let health = place.health(&body);
        let kind = self.type_of(&place.watched.info, &place.watched.version).await?;
        let ty = kind.root();
        let ignoring = Ignoring::new(object, &body, ty);
        let ours = |fields: FieldSet| fields.unrelated(ignoring.fields());
        let desired = wanted(ignoring.cut(&object.body), &kind);
        let stated = ours(FieldSet::of(&desired, ty).strip_untracked());
        let owned = ownership::applied(&body, manager).map(ours);
        let settles = |fields: FieldSet| {
            place.learn(&body, Some(settled(object, manager, &body, fields)));
            let live = Live::Settled;
            let health = health.clone();
            Ok(Seen::from(Observation { live, health }))
        };
        if owned.as_ref() == Some(&stated)
            && differences(&desired, &body, Some(ty)).is_empty()
            && ownership::surplus(&body, manager, &stated).is_none()
        {
            return settles(stated);
        }
        let yielded = ignoring.yielded(object, &body, manager);
        let predicted = self
            .predict(manager, yielded.as_ref().unwrap_or(&object.body), place, ty)
            .await?;
        let will_own = ownership::applied(&predicted, manager).map(ours);
        let (seen, expected) = (ignoring.cut(&body), ignoring.cut(&predicted));
        if owned.is_some() && owned == will_own && same(&seen, &expected) {
            return settles(owned.unwrap_or_default());
        }
        let fields = stated
            .union(&owned.unwrap_or_default())
            .union(&will_own.unwrap_or_default());
        let (seen, expected) = (Arc::new(seen), Arc::new(expected));
        let yielded = yielded.map(Arc::new);
        let record = Record {
            desired: object.digest,
            projection: ownership::projection(&fields, manager, &body),
            fields: Arc::new(fields),
            finding: Finding::Differs {
                body: seen.clone(),
                predicted: expected.clone(),
                yielded: yielded.clone(),
            },
        };
        place.learn(&body, Some(record));
        let live = Live::Present {
            body: seen,
            predicted: Some(expected),
        };
        Ok(Seen {
            observation: Observation { live, health },
            yielded,
        })
    }

    /// What the server says an apply of `applied` would make of the object. Fields of those who came before, which that
    /// apply takes over and gives up, are not there any more; what the server would fill in for them is.
    async fn predict(
        &self,
        manager: &str,
        applied: &Value,
        place: &Place,
        ty: TypeRef<'_>,
    ) -> Result<Value, ClusterError> {
        let (wire, at) = (&self.writer, place.target());
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: true,
            subresource: None,
        };
        let predicted = write::apply(wire, at, applied, how).await?.body;
        let stated = ownership::applied(&predicted, manager).unwrap_or_default();
        let Some((moved, kept)) = ownership::surplus(&predicted, manager, &stated) else {
            return Ok(predicted);
        };
        let entries = predicted["metadata"]["managedFields"].clone();
        let mut left = release(predicted.clone(), &moved, &kept, ty);
        if let Some(metadata) = left["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
        match write::play_replacement(wire, at, &left, manager).await {
            Ok(answer) => {
                let mut body = answer.body;
                body["metadata"]["managedFields"] = entries;
                Ok(body)
            }
            Err(error) if error.is_fatal() => Err(error),
            // Then the apply itself will be refused, and say why.
            Err(_) => Ok(predicted),
        }
    }
}

impl From<Observation> for Seen {
    fn from(observation: Observation) -> Self {
        Self {
            observation,
            yielded: None,
        }
    }
}

/// The record of an object that is as desired, `fields` being ours.
pub(crate) fn settled(object: &Object, manager: &str, body: &Value, fields: FieldSet) -> Record {
    Record {
        desired: object.digest,
        projection: ownership::projection(&fields, manager, body),
        fields: Arc::new(fields),
        finding: Finding::Settled,
    }
}

/// What the server takes of an object: not the status of kinds that have one of their own, nor what a definition does not
/// know.
fn wanted(mut body: Value, kind: &KindType) -> Value {
    match kind {
        KindType::Builtin(ty) if ty.field("status").is_some() => {
            if let Some(fields) = body.as_object_mut() {
                fields.remove("status");
            }
        }
        KindType::Custom(ty) => drop(structural::prune(&mut body, ty.root())),
        KindType::Builtin(_) | KindType::Unknown => {}
    }
    body
}

/// Whether two states of an object differ in nothing that anybody wrote.
fn same(live: &Value, predicted: &Value) -> bool {
    let (Some(live), Some(predicted)) = (live.as_object(), predicted.as_object()) else {
        return live == predicted;
    };
    live.len() == predicted.len()
        && live
            .iter()
            .all(|(key, value)| match (key.as_str(), value, predicted.get(key)) {
                ("metadata", Value::Object(live), Some(Value::Object(predicted))) => {
                    let written = |map: &serde_json::Map<String, Value>| {
                        map.iter()
                            .filter(|(key, _)| !BOOKKEEPING.contains(&key.as_str()))
                            .map(|(key, value)| (key.clone(), value.clone()))
                            .collect::<std::collections::BTreeMap<_, _>>()
                    };
                    written(live) == written(predicted)
                }
                (_, value, other) => other == Some(value),
            })
}
