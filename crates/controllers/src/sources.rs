//! Following repositories: one follower each, however many units come from it.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plumb_git::{Repository, watch::LocalWatch, webhook_match::same_repository};
use plumb_model::{SecretRef, SourceSpec, Unit, UnitReport};
use tokio::sync::{Notify, broadcast::error::RecvError};

use crate::Shared;

/// What makes a repository one that is followed on its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SourceKey {
    url: String,
    credentials: Option<SecretRef>,
}

/// Who follows what.
#[derive(Default)]
pub(crate) struct Sources {
    followers: Mutex<HashMap<SourceKey, Arc<Notify>>>,
}

impl SourceKey {
    pub(crate) fn of(unit: &Unit) -> Self {
        Self::of_spec(&unit.source)
    }

    fn of_spec(source: &SourceSpec) -> Self {
        Self {
            url: source.url.clone(),
            credentials: source.credentials.clone(),
        }
    }
}

/// Sees to it that a source is followed.
pub(crate) fn follow(shared: &Arc<Shared>, source: &SourceSpec) {
    let key = SourceKey::of_spec(source);
    let mut followers = shared
        .sources
        .followers
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if followers.contains_key(&key) {
        return;
    }
    let nudge = Arc::new(Notify::new());
    followers.insert(key.clone(), nudge.clone());
    drop(followers);
    // The first look sets up the file watch of a local repository.
    nudge.notify_one();
    tokio::spawn(follower(shared.clone(), key, source.clone(), nudge));
}

/// Asks for a look at a source, now.
pub(crate) fn nudge(shared: &Shared, source: &SourceSpec) {
    let followers = shared
        .sources
        .followers
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(nudge) = followers.get(&SourceKey::of_spec(source)) {
        nudge.notify_one();
    }
}

/// Turns pushes that a forge tells of into looks at the repositories that they are about.
pub(crate) async fn listen_for_pushes(shared: Arc<Shared>) {
    let mut pushes = shared.line.board.pushes();
    loop {
        match pushes.recv().await {
            Ok(push) => {
                let followers = shared
                    .sources
                    .followers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                for (key, nudge) in followers.iter() {
                    if push.urls.iter().any(|url| same_repository(url, &key.url)) {
                        nudge.notify_one();
                    }
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Tells the board who wrote the commit in force.
pub(crate) async fn describe_commit(shared: &Arc<Shared>, unit: &Unit, report: &UnitReport) {
    let Some(revision) = report.revision.clone() else {
        return;
    };
    let Some(view) = shared.line.board.unit(&unit.id) else {
        return;
    };
    if view
        .commit
        .as_ref()
        .is_some_and(|commit| commit.id == revision.commit)
    {
        return;
    }
    let Ok(repository) = plumb_pipeline::reconcile::repository(&shared.line, unit).await else {
        return;
    };
    let commit = revision.commit.clone();
    let found = tokio::task::spawn_blocking(move || repository.commit(&commit)).await;
    if let Ok(Ok(commit)) = found {
        let view = plumb_pipeline::UnitView {
            commit: Some(commit),
            ..(*view).clone()
        };
        shared.line.board.show(unit.id.clone(), view);
    }
}

async fn follower(shared: Arc<Shared>, key: SourceKey, source: SourceSpec, nudge: Arc<Notify>) {
    let mut watch: Option<LocalWatch> = None;
    let mut failing = false;
    // A unit that is asked for looks at the repository by itself: what it finds is news to the others all the same.
    let mut moves = 0;
    loop {
        let wait = jittered(source.interval.unwrap_or(shared.options.poll_interval));
        let _ = tokio::time::timeout(wait, nudge.notified()).await;
        let Some(repository) = open(&shared, &source).await else {
            continue;
        };
        if watch.is_none()
            && let Some(path) = repository.local_path()
        {
            let bell = nudge.clone();
            watch = LocalWatch::new(&path, move || bell.notify_one()).ok();
            // What changed before the watch stood is seen by the look below.
        }
        let looked = {
            let repository = repository.clone();
            tokio::task::spawn_blocking(move || repository.refresh()).await
        };
        let changed = match looked {
            Ok(Ok(refreshed)) => {
                let moved = std::mem::replace(&mut moves, refreshed.moves) != refreshed.moves;
                std::mem::replace(&mut failing, false) || moved
            }
            Ok(Err(error)) => {
                tracing::warn!(url = repository.url(), %error, "a repository could not be looked at");
                !std::mem::replace(&mut failing, true)
            }
            Err(_) => continue,
        };
        if changed {
            let units = shared.registry.of_source(&key);
            units.into_iter().for_each(|id| shared.queue.add(id));
        }
        describe_sources(&shared, &key, &repository).await;
    }
}

async fn open(shared: &Shared, source: &SourceSpec) -> Option<Arc<Repository>> {
    match plumb_pipeline::open_source(&shared.line, source).await {
        Ok(repository) => Some(repository),
        Err(error) => {
            tracing::warn!(url = %source.url, %error, "a repository could not be opened");
            None
        }
    }
}

/// Writes the status of the GitRepositories that are this source.
async fn describe_sources(shared: &Arc<Shared>, key: &SourceKey, repository: &Arc<Repository>) {
    for (_, object) in shared.registry.git_repositories() {
        let Ok(spec) = plumb_flux::source(&object) else {
            continue;
        };
        if SourceKey::of_spec(&spec) == *key {
            let published = plumb_pipeline::publish_source(&shared.line, &object, &spec, repository).await;
            if let Err(error) = published {
                tracing::warn!(url = %spec.url, %error, "where a source is could not be written");
            }
        }
    }
}

/// A tenth more or less, so that followers do not all ask at once.
fn jittered(interval: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 200;
    interval.mul_f64(0.9 + f64::from(u32::try_from(random).unwrap_or(0)) / 1000.0)
}
