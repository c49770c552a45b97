//! From a reference to a commit, as `git fetch URL REFERENCE` does it.

use std::time::Duration;

use gix::ObjectId;
use plumb_model::CommitId;

use super::{Origin, Repository, State, Wanted};
use crate::{GitError, GitTree};

/// How old what is known of the other end may be, and how long to wait for better.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// What was looked at longer ago than this is looked at again.
    pub max_age: Duration,
    /// Longest time for one refresh, where it is not the usual one.
    pub timeout: Option<Duration>,
}

impl Repository {
    /// The commit that `git fetch` would bring for `reference`: a commit id, a full name, a tag, a branch, in this
    /// order; empty for `HEAD`. A commit id that is here costs no look at the other end.
    ///
    /// # Errors
    /// When it leads nowhere, not to a commit, or the other end cannot be reached.
    pub fn resolve_fetched(&self, reference: &str, freshness: Freshness) -> Result<CommitId, GitError> {
        let commit = CommitId::parse(reference).ok();
        if let Some(commit) = &commit
            && self.tree_here(commit)?.is_some()
        {
            return Ok(commit.clone());
        }
        // Nobody waits for a refresh that is under way, only to say nothing.
        let is_said = freshness.timeout.is_some();
        if is_said {
            self.refreshing().timeout = freshness.timeout;
        }
        let resolved = self.fresh_state(freshness).and_then(|state| match &commit {
            Some(commit) => self.commit_id(&state, commit),
            None if reference.is_empty() || reference == "HEAD" => self.head(&state),
            None => self.fetched_name(&state, reference),
        });
        if is_said {
            self.refreshing().timeout = None;
        }
        resolved.map(|revision| revision.commit)
    }

    /// The files of `commit`, if it is here, be it from an earlier process; nothing is fetched.
    ///
    /// # Errors
    /// When what is here is damaged.
    pub fn tree_here(&self, commit: &CommitId) -> Result<Option<GitTree>, GitError> {
        if let Some(tree) = self.trees().iter().find(|tree| tree.commit() == commit) {
            return Ok(Some(tree.clone()));
        }
        let store = match (self.current(), &self.origin) {
            (Some(state), _) => Some(state.store),
            (None, Origin::Remote(mirror)) => {
                self.left.get_or_init(|| mirror.on_disk().map(Into::into)).clone()
            }
            (None, Origin::Local(_)) => None,
        };
        let Some(store) = store else { return Ok(None) };
        let id = ObjectId::from_hex(commit.as_str().as_bytes()).map_err(|error| store.damaged(&error))?;
        if !store.has(id) {
            return Ok(None);
        }
        let tree = self.tree_in(store, commit, id)?;
        self.keep(&tree);
        Ok(Some(tree))
    }

    fn fetched_name(&self, state: &State, name: &str) -> Result<plumb_model::Revision, GitError> {
        for prefix in ["", "refs/", super::resolve::TAGS, super::resolve::HEADS] {
            let full = format!("{prefix}{name}");
            if state.refs.all.contains_key(&full) {
                return self.full_name(state, &full);
            }
        }
        // What is neither branch nor tag is not listed, and is asked for by its name.
        if name.starts_with("refs/") {
            return self.full_name(state, name);
        }
        if name.contains('/')
            && let Ok(revision) = self.full_name(state, &format!("refs/{name}"))
        {
            return Ok(revision);
        }
        let hint = super::resolve::near(&state.refs, super::resolve::HEADS, name);
        Err(self.not_found(format!("branch, tag or commit {name:?}"), hint))
    }

    /// What is known, looked at anew where that is too long ago. A repository on this machine is always looked at.
    fn fresh_state(&self, freshness: Freshness) -> Result<State, GitError> {
        let fresh = || {
            let state = self.current()?;
            let is_fresh =
                matches!(self.origin, Origin::Remote(_)) && state.seen.elapsed() < freshness.max_age;
            is_fresh.then_some(state)
        };
        if let Some(state) = fresh() {
            return Ok(state);
        }
        let mut wanted: std::sync::MutexGuard<'_, Wanted> = self.refreshing();
        // Another may have refreshed while this one waited for its turn.
        if let Some(state) = fresh() {
            return Ok(state);
        }
        self.refresh_with(&mut wanted)?;
        drop(wanted);
        self.state()
    }
}
