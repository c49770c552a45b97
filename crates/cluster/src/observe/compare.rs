//! One desired object beside the live one.
//!
//! **Invariant:** the structural comparison may only err on the side of "looks different"; then the server judges.
//! **Start at** [`Cluster::compare`]; what a take-over would remove: [`Cluster::predict`].

use std::{collections::BTreeSet, sync::Arc};

use plumb_model::{Live, Object, Observation};
use plumb_plan::ignore::Ignoring;
use plumb_schema::{FieldSet, Step, TypeRef, apply::release, compare::differences, locate};
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    memory::{Finding, Record},
    ownership,
    place::Place,
    read,
    write::{self, ServerSideApply},
};

/// What the server keeps for itself in `metadata`, and changes without anybody's wish.
const BOOKKEEPING: [&str; 3] = ["managedFields", "resourceVersion", "generation"];

/// How often an object is looked at again that others write to at the same time.
const TRIES: usize = 3;

/// What a look at one object found.
pub(crate) struct Seen {
    pub(crate) observation: Observation,
    /// What is to be applied, where that is not as Git says.
    pub(crate) yielded: Option<Arc<Value>>,
}

/// One desired object, one state of the live one, and what is to be known to compare them.
struct Pair<'a> {
    manager: &'a str,
    object: &'a Object,
    place: &'a Place,
    body: &'a Arc<Value>,
    ignoring: Ignoring<'a>,
    /// Fields of which the owner does not matter.
    aside: FieldSet,
    /// What Git states of those of which it does.
    stated: FieldSet,
}

impl Cluster {
    /// Whether `body` is as `object` wants it; remembers what it finds.
    pub(super) async fn compare(
        &self,
        manager: &str,
        object: &Object,
        place: &Place,
        mut body: Arc<Value>,
    ) -> Result<Seen, ClusterError> {
        let kind = self.type_of(&place.watched.info, &place.watched.version).await?;
        let ty = kind.root();
        let at = place.target();
        let (declared, _) = self.declared((at.info, at.version), &object.body).await?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let ignoring = Ignoring::new(object, &body, ty);
            let desired = without_status(ignoring.cut(&declared), ty);
            let aside = ignoring.fields().union(&blanks(&desired, ty));
            let pair = Pair {
                manager,
                object,
                place,
                body: &body,
                stated: FieldSet::of(&desired, ty).strip_untracked().unrelated(&aside),
                aside,
                ignoring,
            };
            if pair.looks_the_same(&desired, ty) {
                return Ok(pair.settles(pair.stated.clone()));
            }
            let yielded = pair.ignoring.yielded(object, &body, manager);
            let applied = yielded.as_ref().unwrap_or(&object.body);
            let predicted = self.predict(&pair, applied, ty).await?;
            let overtaken = ownership::version(&predicted) != ownership::version(&body);
            if let Some(owned) = pair.is_settled(&predicted) {
                return Ok(pair.settles(owned));
            }
            if !overtaken || attempt == TRIES {
                return Ok(pair.differs(&predicted, yielded));
            }
            // Somebody wrote between the look and the answer: what differs may be that.
            match read::get(&self.inner.wire, at.info, at.version, (at.namespace, at.name)).await? {
                Some(now) => body = Arc::new(now),
                None => return Ok(super::missing(Live::Absent).into()),
            }
        }
    }

    /// What the server says an apply of `applied` would make of the object. Fields of those who came before, which that
    /// apply takes over and gives up, are not there any more; what the server would fill in for them is.
    async fn predict(
        &self,
        pair: &Pair<'_>,
        applied: &Value,
        ty: TypeRef<'_>,
    ) -> Result<Value, ClusterError> {
        let (manager, live, at) = (pair.manager, pair.body, pair.place.target());
        let wire = &self.writer;
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: true,
            subresource: None,
        };
        let (applied, _) = self.declared((at.info, at.version), applied).await?;
        let predicted = write::apply(wire, at, &applied, how).await?.body;
        let stated = ownership::applied(&predicted, manager).unwrap_or_default();
        let Some((moved, kept)) =
            ownership::surplus(live, manager, &stated, pair.object.directives.spoken_to)
        else {
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

impl Pair<'_> {
    /// Whether nothing differs as far as can be told without the server.
    fn looks_the_same(&self, desired: &Value, ty: TypeRef<'_>) -> bool {
        self.ours(self.body).as_ref() == Some(&self.stated)
            && differences(desired, self.body, Some(ty)).is_empty()
            && self.surplus().is_none()
    }

    fn surplus(&self) -> Option<(FieldSet, FieldSet)> {
        let spoken_to = self.object.directives.spoken_to;
        ownership::surplus(self.body, self.manager, &self.stated, spoken_to)
    }

    /// Whether an apply would change nothing; the fields that are ours then.
    fn is_settled(&self, predicted: &Value) -> Option<FieldSet> {
        let owned = self.ours(self.body)?;
        let stays = self.ours(predicted).as_ref() == Some(&owned);
        let is_same = || same(&self.ignoring.cut(self.body), &self.ignoring.cut(predicted));
        (stays && is_same()).then_some(owned)
    }

    fn settles(&self, fields: FieldSet) -> Seen {
        let record = settled(self.object, self.manager, self.body, fields);
        self.place.learn(self.body, Some(record));
        Seen::from(Observation {
            live: Live::Settled,
            health: self.place.health(self.body),
        })
    }

    fn differs(&self, predicted: &Value, yielded: Option<Value>) -> Seen {
        let (ours, will_be) = (self.ours(self.body), self.ours(predicted));
        let fields = self
            .stated
            .union(&ours.unwrap_or_default())
            .union(&will_be.unwrap_or_default());
        let seen = Arc::new(self.ignoring.cut(self.body));
        let expected = Arc::new(self.ignoring.cut(predicted));
        let yielded = yielded.map(Arc::new);
        let record = Record {
            desired: self.object.digest,
            projection: ownership::projection(&fields, self.manager, self.body),
            fields: Arc::new(fields),
            finding: Finding::Differs {
                body: seen.clone(),
                predicted: expected.clone(),
                yielded: yielded.clone(),
            },
        };
        self.place.learn(self.body, Some(record));
        let live = Live::Present {
            body: seen,
            predicted: Some(expected),
        };
        let health = self.place.health(self.body);
        Seen {
            observation: Observation { live, health },
            yielded,
        }
    }

    /// What we own of `body` by having applied it, as far as that matters.
    fn ours(&self, body: &Value) -> Option<FieldSet> {
        Some(ownership::applied(body, self.manager)?.unrelated(&self.aside))
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

/// An object without what the server does not take from it: the status of built-in kinds that have one.
fn without_status(mut body: Value, ty: TypeRef<'_>) -> Value {
    if !ty.is_custom()
        && ty.field("status").is_some()
        && let Some(fields) = body.as_object_mut()
    {
        fields.remove("status");
    }
    body
}

/// Fields that Git states and leaves empty. Who owns such a one says nothing: it passes to whoever first puts something in.
fn blanks(desired: &Value, ty: TypeRef<'_>) -> FieldSet {
    fn walk<'v>(value: &'v Value, path: &mut Vec<Step<'v>>, found: &mut impl FnMut(&[Step<'v>])) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    path.push(Step::Field(name));
                    walk(value, path, found);
                    path.pop();
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    path.push(Step::Index(at));
                    walk(item, path, found);
                    path.pop();
                }
            }
            Value::Null | Value::Object(_) | Value::Array(_) => found(path),
            _ => {}
        }
    }
    let mut blanks = FieldSet::new();
    walk(desired, &mut Vec::new(), &mut |path| {
        // An item that is empty is a part of its list.
        if matches!(path.last(), Some(Step::Field(_))) {
            blanks.insert(&locate(desired, ty, path));
        }
    });
    blanks
}

/// Whether two states of an object differ in nothing that anybody wrote.
fn same(live: &Value, predicted: &Value) -> bool {
    let (Some(live), Some(predicted)) = (live.as_object(), predicted.as_object()) else {
        return live == predicted;
    };
    let keys: BTreeSet<&String> = live.keys().chain(predicted.keys()).collect();
    keys.into_iter()
        // Controllers write it at any moment, and it is nobody's wish.
        .filter(|key| *key != "status")
        .all(|key| match (key.as_str(), live.get(key), predicted.get(key)) {
            ("metadata", Some(Value::Object(live)), Some(Value::Object(predicted))) => {
                let written = |map: &serde_json::Map<String, Value>| {
                    map.iter()
                        .filter(|(key, _)| !BOOKKEEPING.contains(&key.as_str()))
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect::<std::collections::BTreeMap<_, _>>()
                };
                written(live) == written(predicted)
            }
            (_, value, other) => other == value,
        })
}
