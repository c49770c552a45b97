//! What the cluster says of the objects that a unit is about.
//!
//! Most of it is known already: the watches keep, per object, whether it still is as the last apply left it. Only an
//! object about which nothing is known, or which changed, is read and compared; only one that then looks different
//! costs a dry-run, whose answer is remembered.
//!
//! **Invariant:** nothing here changes the cluster. An object that is as it was costs no call.
//! **Start at** [`Cluster::observe`]; one object: [`compare`].

pub(crate) mod compare;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use compare::Seen;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use plumb_health::Checks;
use plumb_model::{
    Digest, GroupKind, GroupVersionKind, Health, HealthExpressions, HealthStatus, Live, Marks, Object,
    ObjectId, Observation, Observed,
};
use plumb_schema::{FieldSet, Segment, Type};
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    memory::{Finding, Record},
    ownership,
    place::{Hold, Place},
    read,
    types::KindType,
};

/// How many objects are read or played through at once.
const AT_ONCE: usize = 16;

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The objects that Git wants.
    pub desired: &'a [Object],
    /// Objects that are told by their marks: those that the unit had and Git no longer wants, and hooks; with the
    /// version of each kind.
    pub leftovers: &'a BTreeMap<ObjectId, String>,
    /// How the unit's objects are marked.
    pub marks: &'a Marks,
    /// Who applies the unit's objects.
    pub field_manager: &'a str,
    /// Where objects go that name no namespace.
    pub namespace: Option<&'a str>,
    /// Expressions that tell the health of kinds.
    pub expressions: &'a [HealthExpressions],
    /// How much to find out.
    pub detail: Detail,
}

/// How much to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What is needed to apply: an object that Git changed since is just applied.
    Quick,
    /// What people want to see: what exactly an apply would change.
    Full,
}

/// One object to look at.
struct Subject<'a> {
    id: &'a ObjectId,
    desired: Option<&'a Object>,
    place: Option<Place>,
    hold: Option<Hold>,
}

impl Cluster {
    /// What the cluster says of these objects. They are managed from now on: what happens to them is told by
    /// [`Cluster::events`], until they are forgotten.
    ///
    /// # Errors
    /// When the cluster as a whole cannot be asked; what concerns one object is [`Live::Failed`].
    pub async fn observe(&self, look: Look<'_>) -> Result<Observed, ClusterError> {
        let mut subjects = self.subjects(&look).await?;
        let unwatchable = self.await_watches(&mut subjects).await?;
        let namespace_exists = match look.namespace {
            Some(name) => Some(self.has_namespace(name).await?),
            None => None,
        };
        // Collected first: a stream that maps as it goes is not `Send` in the eyes of the compiler (rust#89976).
        let looks: Vec<_> = subjects
            .iter()
            .map(|subject| {
                let place = subject.place.as_ref();
                let blind = place.is_none_or(|it| unwatchable.contains(&it.watched.info.group_kind()));
                self.look_at(&look, subject, blind)
            })
            .collect();
        let seen: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        let mut observed = Observed {
            namespace_exists,
            types: self.custom_types(&subjects, &seen).await?,
            ..Observed::default()
        };
        for (subject, seen) in subjects.iter().zip(seen) {
            if let Some(body) = seen.yielded {
                observed.yielded.insert(subject.id.clone(), body);
            }
            observed.objects.insert(subject.id.clone(), seen.observation);
        }
        Ok(observed)
    }

    /// What the custom kinds look like of which something differs.
    async fn custom_types(
        &self,
        subjects: &[Subject<'_>],
        seen: &[Seen],
    ) -> Result<BTreeMap<GroupVersionKind, Arc<Type>>, ClusterError> {
        let mut types = BTreeMap::new();
        for (subject, seen) in subjects.iter().zip(seen) {
            let (Some(object), Some(place)) = (subject.desired, &subject.place) else {
                continue;
            };
            let differs = matches!(&seen.observation.live, Live::Present { .. });
            if differs
                && !types.contains_key(&object.gvk)
                && let KindType::Custom(ty) =
                    self.type_of(&place.watched.info, &place.watched.version).await?
            {
                types.insert(object.gvk.clone(), ty);
            }
        }
        Ok(types)
    }

    async fn subjects<'a>(&self, look: &Look<'a>) -> Result<Vec<Subject<'a>>, ClusterError> {
        let wanted: BTreeSet<&GroupKind> = look
            .desired
            .iter()
            .map(|object| &object.id.kind)
            .chain(look.leftovers.keys().map(|id| &id.kind))
            .collect();
        let catalog = self.inner.kinds.known(&self.inner.wire, wanted).await?;
        let checks = Checks::new(look.expressions);
        let subject = |id: &'a ObjectId, version: &str, desired| {
            let place = self.place(&catalog, id, version, look.namespace);
            let hold = place.as_ref().map(|place| {
                let hold = place.hold(look.field_manager);
                place.check_by(checks.of(&id.kind));
                hold
            });
            Subject {
                id,
                desired,
                place,
                hold,
            }
        };
        let desired = look
            .desired
            .iter()
            .map(|object| subject(&object.id, &object.gvk.version, Some(object)));
        // What is desired is no leftover, whatever the unit's inventory says of it.
        let ids: BTreeSet<&ObjectId> = look.desired.iter().map(|object| &object.id).collect();
        let left = look.leftovers.iter().filter(|(id, _)| !ids.contains(id));
        let leftovers = left.map(|(id, version)| {
            let info = catalog.get(&id.kind);
            let served = info
                .filter(|info| !info.versions.contains(version))
                .map_or(version, |info| &info.version);
            subject(id, served, None)
        });
        Ok(desired.chain(leftovers).collect())
    }

    /// Waits for the watches of all subjects. Returns the kinds that cannot be watched, so that each object of them
    /// is read; a kind that is no longer served becomes unknown.
    async fn await_watches(&self, subjects: &mut [Subject<'_>]) -> Result<BTreeSet<GroupKind>, ClusterError> {
        let mut watched = BTreeMap::new();
        for place in subjects.iter().filter_map(|subject| subject.place.as_ref()) {
            let key = (place.watched.info.group_kind(), place.watched.version.clone());
            watched.entry(key).or_insert_with(|| place.watched.clone());
        }
        let ready = futures::future::join_all(watched.values().map(|watched| watched.ready())).await;
        let mut unwatchable = BTreeSet::new();
        for ((kind, _), outcome) in watched.keys().zip(ready) {
            match outcome {
                Ok(()) => {}
                Err(ClusterError::NotFound { .. }) => {
                    let catalog = self.inner.kinds.refresh(&self.inner.wire).await?;
                    self.inner.watches.end(kind);
                    unwatchable.insert(kind.clone());
                    if catalog.get(kind).is_none() {
                        for subject in subjects.iter_mut().filter(|subject| subject.id.kind == *kind) {
                            (subject.place, subject.hold) = (None, None);
                        }
                    }
                }
                Err(error) if error.is_refusal() => drop(unwatchable.insert(kind.clone())),
                Err(error) => return Err(error),
            }
        }
        Ok(unwatchable)
    }

    /// Looks at one object; `blind` = its kind is not watched, so memory says nothing.
    async fn look_at(
        &self,
        look: &Look<'_>,
        subject: &Subject<'_>,
        blind: bool,
    ) -> Result<Seen, ClusterError> {
        let Some(place) = &subject.place else {
            let live = if subject.desired.is_some() {
                Live::UnknownKind
            } else {
                Live::Absent
            };
            return Ok(missing(live).into());
        };
        let remembered = if blind {
            None
        } else {
            remembered(look, subject, place)
        };
        let kept = match remembered {
            Some(Memory::Answer(answer)) => return Ok(answer),
            Some(Memory::Body(body)) => Some(body),
            None => None,
        };
        let body = match kept {
            Some(body) => Ok(Some(body)),
            None => {
                let at = place.target();
                let got = read::get(&self.inner.wire, at.info, at.version, (at.namespace, at.name)).await;
                got.map(|body| body.map(Arc::new))
            }
        };
        let seen = match (body, subject.desired) {
            (Ok(None), _) => Ok(missing(Live::Absent).into()),
            (Ok(Some(body)), Some(object)) => self.compare(look.field_manager, object, place, body).await,
            (Ok(Some(body)), None) => Ok(leftover(look, subject.id, place, body).into()),
            (Err(error), _) => Err(error),
        };
        match seen {
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                let health = Some(Health::new(HealthStatus::Unknown, ""));
                let live = Live::Failed(error.to_string());
                Ok(Observation { live, health }.into())
            }
            seen => seen,
        }
    }
}

enum Memory {
    Answer(Seen),
    Body(Arc<Value>),
}

/// What memory says of a subject; `None` = it must be read.
fn remembered(look: &Look<'_>, subject: &Subject<'_>, place: &Place) -> Option<Memory> {
    let table = place.watched.table();
    if !table.exists(&place.key) {
        return Some(Memory::Answer(missing(Live::Absent).into()));
    }
    let entry = table.entry(&place.key)?;
    let body = || entry.kept().cloned().map(Memory::Body);
    let Some(record) = entry.record.as_ref().filter(|_| entry.is_unchanged()) else {
        return body();
    };
    let wanted = subject
        .desired
        .map_or_else(|| leftover_digest(look.marks), |object| object.digest);
    let live = match (&record.finding, record.desired == wanted, subject.desired) {
        (Finding::Settled, true, Some(_)) => Live::Settled,
        (Finding::NotOurs, true, None) => Live::Absent,
        // What is left to others depends on what is there.
        (Finding::Settled, false, Some(object))
            if look.detail == Detail::Quick && !object.directives.ignored.kept =>
        {
            Live::Outdated
        }
        (Finding::Differs { body, predicted, .. }, true, Some(_)) => Live::Present {
            body: body.clone(),
            predicted: Some(predicted.clone()),
        },
        (Finding::Differs { body, .. }, true, None) => Live::Present {
            body: body.clone(),
            predicted: None,
        },
        _ => return body(),
    };
    let yielded = match &record.finding {
        Finding::Differs { yielded, .. } => yielded.clone(),
        Finding::Settled | Finding::NotOurs => None,
    };
    let health = entry.health.clone();
    Some(Memory::Answer(Seen {
        observation: Observation { live, health },
        yielded,
    }))
}

/// An object that left Git: it is the unit's only where it carries the unit's marks.
fn leftover(look: &Look<'_>, id: &ObjectId, place: &Place, body: Arc<Value>) -> Observation {
    let ours = look.marks.are_on(id, &body);
    let mut fields = FieldSet::new();
    for part in ["labels", "annotations"] {
        fields.insert(&[Segment::field("metadata"), Segment::field(part)]);
    }
    // Whether it is on its way out, or at its end, and what keeps it, is told from its body.
    for part in ["deletionTimestamp", "finalizers"] {
        fields.insert(&[Segment::field("metadata"), Segment::field(part)]);
    }
    fields.insert(&[Segment::field("status")]);
    let finding = if ours {
        Finding::Differs {
            body: body.clone(),
            predicted: body.clone(),
            yielded: None,
        }
    } else {
        Finding::NotOurs
    };
    let record = Record {
        desired: leftover_digest(look.marks),
        projection: ownership::projection(&fields, look.field_manager, &body),
        fields: Arc::new(fields),
        finding,
    };
    place.learn(&body, Some(record));
    if !ours {
        return missing(Live::Absent);
    }
    let health = place.health(&body);
    Observation {
        live: Live::Present {
            body,
            predicted: None,
        },
        health,
    }
}

fn leftover_digest(marks: &Marks) -> Digest {
    Digest::of(format!("leftover {marks:?}").as_bytes())
}

fn missing(live: Live) -> Observation {
    Observation {
        live,
        health: Some(Health::new(HealthStatus::Missing, "")),
    }
}
