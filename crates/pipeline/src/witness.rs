//! Knows for the ledger's proof whether source commits are where records say they are from.
//!
//! **Invariant:** a repository that does not answer is waited for once, and proves nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plumb_git::{Freshness, GitError, Repositories};
use plumb_history::{Known, Source, Witness};
use plumb_model::CommitId;

/// Longest wait for a repository elsewhere, and how long what it said counts.
const PATIENCE: Freshness = Freshness {
    max_age: Duration::from_secs(600),
    timeout: Some(Duration::from_secs(3)),
};

/// Knows of source commits by asking their repositories.
pub struct Sources {
    repositories: Arc<Repositories>,
    /// Repositories that gave no answer, and why: nobody waits for them again.
    silent: Mutex<BTreeMap<String, String>>,
}

impl Sources {
    /// Asks these repositories.
    #[must_use]
    pub fn of(repositories: Arc<Repositories>) -> Self {
        Self {
            repositories,
            silent: Mutex::default(),
        }
    }

    /// Why repositories gave no answer, each told once.
    #[must_use]
    pub fn silent(self) -> BTreeSet<String> {
        let silent = self.silent.into_inner().unwrap_or_else(PoisonError::into_inner);
        silent.into_values().collect()
    }

    fn ask(&self, url: &str, commit: &CommitId) -> Result<Known, GitError> {
        let repository = self.repositories.repository(url, None)?;
        if repository.tree_here(commit)?.is_some() {
            return Ok(Known::Yes);
        }
        if repository.local_path().is_some() {
            return Ok(Known::No);
        }
        // Held while asking, so that a repository that is down is waited for once.
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.contains_key(url) {
            return Ok(Known::Unknown);
        }
        match repository.resolve_fetched(commit.as_str(), PATIENCE) {
            Ok(_) => Ok(Known::Yes),
            Err(GitError::ReferenceNotFound { .. }) => Ok(Known::No),
            Err(error) => {
                silent.insert(url.to_owned(), error.to_string());
                Ok(Known::Unknown)
            }
        }
    }
}

impl Witness for Sources {
    fn has_commit(&self, source: &Source) -> Known {
        let url = source.repository.as_str();
        self.ask(url, &source.commit).unwrap_or_else(|error| {
            let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
            silent.insert(url.to_owned(), error.to_string());
            Known::Unknown
        })
    }
}
