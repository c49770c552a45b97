//! One desired object beside the live one.
//!
//! **Invariant:** the structural comparison may only err on the side of "looks different"; then the server judges.

use std::sync::Arc;

use plumb_model::{Live, Object, Observation};
use plumb_schema::{FieldSet, Schemas, TypeRef, compare::differences};
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    memory::{Finding, Record},
    ownership,
    place::Place,
    write::{self, ServerSideApply},
};

/// What the server keeps for itself in `metadata`, and changes without anybody's wish.
const BOOKKEEPING: [&str; 3] = ["managedFields", "resourceVersion", "generation"];

impl Cluster {
    /// Whether `body` is as `object` wants it; remembers what it finds.
    pub(super) async fn compare(
        &self,
        manager: &str,
        object: &Object,
        place: &Place,
        body: Arc<Value>,
    ) -> Result<Observation, ClusterError> {
        let health = place.health(&body);
        let ty = Schemas::builtin().kind(&object.gvk);
        let stated = FieldSet::of(&object.body, ty.unwrap_or_else(TypeRef::deduced)).strip_untracked();
        let owned = ownership::applied(&body, manager);
        if owned.as_ref() == Some(&stated) && differences(&object.body, &body, ty).is_empty() {
            place.learn(&body, Some(settled(object, manager, &body, stated)));
            return Ok(Observation {
                live: Live::Settled,
                health,
            });
        }
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: true,
            subresource: None,
        };
        let predicted = write::apply(&self.writer, place.target(), &object.body, how)
            .await?
            .body;
        let will_own = ownership::applied(&predicted, manager);
        if owned.is_some() && owned == will_own && same(&body, &predicted) {
            place.learn(
                &body,
                Some(settled(object, manager, &body, owned.unwrap_or_default())),
            );
            return Ok(Observation {
                live: Live::Settled,
                health,
            });
        }
        let fields = stated
            .union(&owned.unwrap_or_default())
            .union(&will_own.unwrap_or_default());
        let predicted = Arc::new(predicted);
        let record = Record {
            desired: object.digest,
            projection: ownership::projection(&fields, manager, &body),
            fields: Arc::new(fields),
            finding: Finding::Differs {
                body: body.clone(),
                predicted: predicted.clone(),
            },
        };
        place.learn(&body, Some(record));
        Ok(Observation {
            live: Live::Present {
                body,
                predicted: Some(predicted),
            },
            health,
        })
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
