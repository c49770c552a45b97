//! What is known between passes: the custom resources, what each unit remembers, and who owns which object.

mod shelf;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use plumb_model::{ClusterRef, ObjectId, Unit, UnitId, UnitKind};
use plumb_pipeline::Memory;
use serde_json::Value;

use crate::sources::SourceKey;
use shelf::Shelved;

/// A namespace and a name.
pub(crate) type Name = (String, String);

/// What is known between passes.
#[derive(Default)]
pub(crate) struct Registry {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    units: HashMap<UnitId, Known>,
    git_repositories: BTreeMap<Name, Arc<Value>>,
    /// Of the objects of each API server.
    owners: HashMap<Arc<str>, HashMap<ObjectId, UnitId>>,
    by_source: HashMap<SourceKey, BTreeSet<UnitId>>,
}

struct Known {
    object: Shelved,
    unit: Result<Unit, String>,
    source: Option<SourceKey>,
    /// The GitRepository that a Kustomization names.
    git_repository: Option<Name>,
    /// All but the custom resource.
    memory: Option<Memory>,
    /// What it has, on which API server.
    owned: Owned,
}

/// The objects that a unit has, and the API server that they are on.
#[derive(Clone, Default)]
pub(crate) struct Owned {
    pub(crate) server: Option<Arc<str>>,
    pub(crate) objects: BTreeSet<ObjectId>,
}

/// What a pass begins with.
pub(crate) struct Start {
    pub(crate) unit: Result<Unit, String>,
    pub(crate) memory: Memory,
}

impl Registry {
    /// Takes in a custom resource as the watch shows it; whether its unit is another than before.
    pub(crate) fn put(&self, id: &UnitId, object: &Value) -> bool {
        self.with(|state| {
            let unit = state.understand(id, object);
            let source = unit.as_ref().ok().map(SourceKey::of);
            let before = state.units.remove(id);
            let changed = before.as_ref().is_none_or(|known| known.unit != unit);
            if let Some(old) = before.as_ref().and_then(|known| known.source.clone())
                && Some(&old) != source.as_ref()
                && let Some(units) = state.by_source.get_mut(&old)
            {
                units.remove(id);
            }
            if let Some(source) = &source {
                state
                    .by_source
                    .entry(source.clone())
                    .or_default()
                    .insert(id.clone());
            }
            let git_repository = match id.kind {
                UnitKind::Kustomization => plumb_flux::source_of(object),
                UnitKind::Application => None,
            };
            let (shelved, memory, owned) = match before {
                Some(mut known) => {
                    known.object.renew(object);
                    (known.object, known.memory, known.owned)
                }
                None => (Shelved::new(object), None, Owned::default()),
            };
            let known = Known {
                object: shelved,
                unit,
                source,
                git_repository,
                memory,
                owned,
            };
            state.units.insert(id.clone(), known);
            changed
        })
    }

    /// Takes a custom resource out; where its unit's objects went, and which those were.
    pub(crate) fn remove(&self, id: &UnitId) -> (Option<ClusterRef>, BTreeSet<ObjectId>) {
        self.with(|state| {
            let Some(known) = state.units.remove(id) else {
                return (None, BTreeSet::new());
            };
            if let Some(source) = &known.source
                && let Some(units) = state.by_source.get_mut(source)
            {
                units.remove(id);
            }
            state.disown(id, &known.owned);
            let cluster = known.unit.ok().map(|unit| unit.destination.cluster);
            (cluster, known.owned.objects)
        })
    }

    /// Takes in (or, with `None`, out) a GitRepository; the units that it makes others of.
    pub(crate) fn put_git_repository(&self, name: &Name, object: Option<Arc<Value>>) -> Vec<UnitId> {
        let affected = self.with(|state| {
            match object {
                Some(object) => state.git_repositories.insert(name.clone(), object),
                None => state.git_repositories.remove(name),
            };
            let units = state
                .units
                .iter()
                .filter(|(_, known)| known.git_repository.as_ref() == Some(name));
            units
                .map(|(id, known)| (id.clone(), known.object.object()))
                .collect::<Vec<_>>()
        });
        affected
            .into_iter()
            .filter(|(id, object)| self.put(id, object))
            .map(|(id, _)| id)
            .collect()
    }

    /// A GitRepository.
    pub(crate) fn git_repository(&self, name: &Name) -> Option<Arc<Value>> {
        self.with(|state| state.git_repositories.get(name).cloned())
    }

    /// Every GitRepository.
    pub(crate) fn git_repositories(&self) -> Vec<(Name, Arc<Value>)> {
        self.with(|state| {
            state
                .git_repositories
                .iter()
                .map(|(name, object)| (name.clone(), object.clone()))
                .collect()
        })
    }

    /// Every unit of a kind that is known.
    pub(crate) fn units(&self, kind: UnitKind) -> Vec<UnitId> {
        self.with(|state| state.units.keys().filter(|id| id.kind == kind).cloned().collect())
    }

    /// Whether there is a custom resource of that name.
    pub(crate) fn knows(&self, id: &UnitId) -> bool {
        self.with(|state| state.units.contains_key(id))
    }

    /// The unit itself, where its custom resource is understood.
    pub(crate) fn unit(&self, id: &UnitId) -> Option<Unit> {
        self.with(|state| state.units.get(id).and_then(|known| known.unit.clone().ok()))
    }

    /// The units that come from a source.
    pub(crate) fn of_source(&self, source: &SourceKey) -> Vec<UnitId> {
        self.with(|state| {
            state
                .by_source
                .get(source)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        })
    }

    /// The unit that owns an object on an API server.
    pub(crate) fn owner(&self, server: &str, object: &ObjectId) -> Option<UnitId> {
        self.with(|state| state.owners.get(server)?.get(object).cloned())
    }

    /// The units that go to an API server.
    pub(crate) fn on_server(&self, server: &str) -> Vec<UnitId> {
        self.with(|state| {
            let there = |known: &Known| known.owned.server.as_deref() == Some(server);
            let units = state.units.iter().filter(|(_, known)| there(known));
            units.map(|(id, _)| id.clone()).collect()
        })
    }

    /// The units that depend on `id`.
    pub(crate) fn dependents(&self, id: &UnitId) -> Vec<UnitId> {
        self.with(|state| {
            let depends = |known: &Known| known.unit.as_ref().is_ok_and(|unit| unit.depends_on.contains(id));
            state
                .units
                .iter()
                .filter(|(_, known)| depends(known))
                .map(|(id, _)| id.clone())
                .collect()
        })
    }

    /// What a pass of `id` begins with; `None` where its custom resource is gone.
    pub(crate) fn start(&self, id: &UnitId) -> Option<Start> {
        self.with(|state| {
            let known = state.units.get(id)?;
            let object = known.object.object();
            let memory = match &known.memory {
                Some(memory) => Memory {
                    object,
                    ..memory.clone()
                },
                None => {
                    let report = plumb_pipeline::restore(id.kind, &object);
                    Memory::of(object, report)
                }
            };
            Some(Start {
                unit: known.unit.clone(),
                memory,
            })
        })
    }

    /// Keeps what a pass of `id` leaves to be remembered; `server` = the API server that it went to, where that is known.
    /// Gives the objects that are its own only since then.
    pub(crate) fn finish(&self, id: &UnitId, memory: Memory, server: Option<Arc<str>>) -> BTreeSet<ObjectId> {
        self.with(|state| {
            let objects = memory.report.concerns().cloned().collect();
            let Some(known) = state.units.get_mut(id) else {
                return BTreeSet::new();
            };
            // A unit that cannot be understood, or its cluster not be reached, still has what it had.
            let server = server.or_else(|| known.owned.server.clone());
            let owned = Owned { server, objects };
            known.object.renew(&memory.object);
            known.memory = Some(Memory {
                object: Arc::default(),
                ..memory
            });
            if owned.server == known.owned.server && owned.objects == known.owned.objects {
                return BTreeSet::new();
            }
            let before = std::mem::replace(&mut known.owned, owned.clone());
            state.disown(id, &before);
            let same_place = owned.server == before.server;
            let is_new = |object: &ObjectId| !(same_place && before.objects.contains(object));
            let news = owned
                .objects
                .iter()
                .filter(|object| is_new(object))
                .cloned()
                .collect();
            if let Some(server) = owned.server {
                let owners = state.owners.entry(server).or_default();
                owners.extend(owned.objects.into_iter().map(|object| (object, id.clone())));
            }
            news
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Takes the objects out that a unit had; what another has taken over since stays with that.
    fn disown(&mut self, id: &UnitId, owned: &Owned) {
        let Some(owners) = owned
            .server
            .as_ref()
            .and_then(|server| self.owners.get_mut(server))
        else {
            return;
        };
        for object in &owned.objects {
            if owners.get(object) == Some(id) {
                owners.remove(object);
            }
        }
    }

    fn understand(&self, id: &UnitId, object: &Value) -> Result<Unit, String> {
        match id.kind {
            UnitKind::Application => {
                plumb_argo::unit(object, &plumb_argo::Defaults::default()).map_err(|error| error.to_string())
            }
            UnitKind::Kustomization => {
                let source = plumb_flux::source_of(object).and_then(|name| self.git_repositories.get(&name));
                plumb_flux::unit(object, source.map(|source| &**source)).map_err(|error| error.to_string())
            }
        }
    }
}
