//! Subjects and authors of commits, so that people need not know ids by heart.
//!
//! **Invariant:** the list never waits for a repository: what is not known yet is looked up behind its back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use plumb_model::{CommitId, Unit, UnitId};
use plumb_pipeline::{UnitView, reconcile};
use tokio::sync::mpsc;

use crate::site::Site;

/// So many commits are remembered.
const KEPT: usize = 20_000;

/// What people know a commit by.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The first line of its message.
    pub(crate) subject: String,
    /// Who wrote it.
    pub(crate) author: String,
}

/// Subjects and authors of commits; `None` where looking one up failed.
#[derive(Default)]
pub(crate) struct Commits {
    known: Mutex<BTreeMap<CommitId, Option<Arc<Told>>>>,
}

impl Commits {
    /// What is known of `commit`.
    pub(crate) fn get(&self, commit: &CommitId) -> Option<Arc<Told>> {
        self.lock().get(commit).cloned().flatten()
    }

    /// What is known of the commit that `view` is at.
    pub(crate) fn of(&self, view: &UnitView) -> Option<Arc<Told>> {
        let commit = &shown(view)?;
        if let Some(info) = view.commit.as_ref().filter(|info| info.id == *commit) {
            return Some(Arc::new(Told {
                subject: info.subject.clone(),
                author: info.author.name.clone(),
            }));
        }
        self.get(commit)
    }

    /// Looks up those of `commits` that are not known. Those that cannot be looked up stay unknown.
    pub(crate) async fn look_up(&self, site: &Site, unit: &Unit, commits: BTreeSet<CommitId>) {
        let missing: Vec<CommitId> = commits
            .into_iter()
            .filter(|commit| self.get(commit).is_none())
            .collect();
        if missing.is_empty() {
            return;
        }
        let Ok(repository) = reconcile::repository(&site.line, unit).await else {
            return self.keep(missing, |_| None);
        };
        let found = tokio::task::spawn_blocking(move || {
            let told = |commit: &CommitId| {
                let info = repository.commit(commit).ok()?;
                Some(Arc::new(Told {
                    subject: info.subject,
                    author: info.author.name,
                }))
            };
            missing
                .into_iter()
                .map(|commit| (told(&commit), commit))
                .collect::<Vec<_>>()
        });
        for (told, commit) in found.await.unwrap_or_default() {
            self.keep([commit], |_| told.clone());
        }
    }

    fn was_tried(&self, commit: &CommitId) -> bool {
        self.lock().contains_key(commit)
    }

    fn keep(
        &self,
        commits: impl IntoIterator<Item = CommitId>,
        told: impl Fn(&CommitId) -> Option<Arc<Told>>,
    ) {
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        for commit in commits {
            let told = told(&commit);
            known.insert(commit, told);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<CommitId, Option<Arc<Told>>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The commit that a unit is shown at: the one in force, or the one that is to be.
pub(crate) fn shown(view: &UnitView) -> Option<CommitId> {
    let report = &view.report;
    let revision = report.applied.as_ref().or(report.revision.as_ref());
    revision.map(|revision| revision.commit.clone())
}

/// Looks up, one after the other, the commits of the units sent here, and marks those as changed that gained by it.
pub(crate) fn follow(site: Arc<Site>) -> mpsc::UnboundedSender<UnitId> {
    let (sender, mut units) = mpsc::unbounded_channel::<UnitId>();
    tokio::spawn(async move {
        loop {
            let unit = tokio::select! {
                () = site.stopped() => return,
                unit = units.recv() => unit,
            };
            let Some(id) = unit else { return };
            let Some(view) = site.line.board.unit(&id) else {
                continue;
            };
            let (Some(unit), Some(commit)) = (&view.unit, shown(&view)) else {
                continue;
            };
            if site.commits.of(&view).is_some() || site.commits.was_tried(&commit) {
                continue;
            }
            site.commits
                .look_up(&site, unit, BTreeSet::from([commit.clone()]))
                .await;
            if site.commits.get(&commit).is_some() {
                site.changes.mark([id]);
            }
        }
    });
    sender
}
