//! Watching the custom resources.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use futures::StreamExt;
use plumb_cluster::WatchEvent;
use plumb_model::{GroupVersionKind, UnitId, UnitKind};
use serde_json::Value;

use crate::{Shared, registry::Name, sources};

/// How long to wait before asking again whether the cluster knows a kind.
const KIND_RETRY: Duration = Duration::from_secs(5);

/// How long a source may come after the unit that names it before that is told as wrong.
const SOURCE_PAUSE: Duration = Duration::from_millis(200);

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    /// Units.
    Unit(UnitKind),
    /// Sources that are custom resources of their own.
    GitRepository,
}

/// Everything that is watched.
pub(crate) const WATCHED: &[Watched] = &[
    Watched::GitRepository,
    Watched::Unit(UnitKind::Application),
    Watched::Unit(UnitKind::Kustomization),
];

/// Follows one kind for ever.
pub(crate) async fn watch(shared: Arc<Shared>, watched: Watched) {
    let kind = match watched {
        Watched::Unit(kind) => plumb_pipeline::actions::resource_kind(kind),
        Watched::GitRepository => plumb_pipeline::actions::git_repository_kind(),
    };
    wait_for(&shared, &kind).await;
    let mut events = pin!(shared.line.own().watch(&kind, None));
    while let Some(event) = events.next().await {
        match event {
            WatchEvent::Restarted(objects) => restarted(&shared, watched, objects).await,
            WatchEvent::Applied(object) => {
                applied(&shared, watched, plumb_pipeline::remembered(object)).await
            }
            WatchEvent::Deleted(object) => deleted(&shared, watched, &name_of(&object)),
        }
    }
}

async fn wait_for(shared: &Shared, kind: &GroupVersionKind) {
    let wanted = BTreeSet::from([kind.group_kind()]);
    while !shared
        .line
        .own()
        .kinds(&wanted)
        .await
        .is_ok_and(|kinds| !kinds.is_empty())
    {
        tokio::time::sleep(KIND_RETRY).await;
    }
}

async fn restarted(shared: &Arc<Shared>, watched: Watched, objects: Vec<Value>) {
    let now: BTreeSet<Name> = objects.iter().map(name_of).collect();
    let before: Vec<Name> = match watched {
        Watched::Unit(kind) => shared
            .registry
            .units(kind)
            .into_iter()
            .map(|id| (id.namespace, id.name))
            .collect(),
        Watched::GitRepository => shared
            .registry
            .git_repositories()
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    };
    for gone in before.iter().filter(|name| !now.contains(*name)) {
        deleted(shared, watched, gone);
    }
    for object in objects {
        applied(shared, watched, plumb_pipeline::remembered(object)).await;
    }
}

async fn applied(shared: &Arc<Shared>, watched: Watched, object: Arc<Value>) {
    let name = name_of(&object);
    match watched {
        Watched::Unit(kind) => {
            let id = UnitId {
                kind,
                namespace: name.0,
                name: name.1,
            };
            if shared.registry.put(&id, &object) {
                if let Some(unit) = shared.registry.unit(&id) {
                    sources::follow(shared, &unit.source);
                }
                if shared.registry.unit(&id).is_some() {
                    shared.queue.add(id);
                } else {
                    // What is wrong with it may be that its source, made in the same moment, has not been seen yet.
                    shared.queue.add_after(id, SOURCE_PAUSE);
                }
            }
        }
        Watched::GitRepository => {
            let before = shared.registry.git_repository(&name);
            let same = before.is_some_and(|before| asks_the_same(&before, &object));
            for id in shared.registry.put_git_repository(&name, Some(object.clone())) {
                shared.queue.add(id);
            }
            if !same && let Ok(source) = plumb_flux::source(&object) {
                sources::follow(shared, &source);
                sources::nudge(shared, &source);
            }
        }
    }
}

fn deleted(shared: &Shared, watched: Watched, name: &Name) {
    match watched {
        Watched::Unit(kind) => {
            let id = UnitId {
                kind,
                namespace: name.0.clone(),
                name: name.1.clone(),
            };
            let (cluster, owned) = shared.registry.remove(&id);
            if let Some(cluster) = cluster.and_then(|name| shared.line.fleet.known(&name)) {
                cluster.forget(owned.iter());
            }
            shared.queue.forget(&id);
            shared.line.board.remove(&id);
        }
        Watched::GitRepository => {
            for id in shared.registry.put_git_repository(name, None) {
                shared.queue.add(id);
            }
        }
    }
}

/// Whether two states of a custom resource differ in its status at most.
fn asks_the_same(a: &Value, b: &Value) -> bool {
    a["spec"] == b["spec"] && a["metadata"]["annotations"] == b["metadata"]["annotations"]
}

fn name_of(object: &Value) -> Name {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}
