//! What a kustomize build reads beside its own repository: other repositories, and files on the web.
//!
//! **Invariant:** what is on this machine is read only where that was allowed; a repository elsewhere cannot lead there.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use plumb_kustomize::{Checkout, Host, HostError, RemoteRepository};
use plumb_model::{CommitId, ReadLimits};

use crate::{
    Credentials, Freshness, GitError, GitTree, Repositories, Repository,
    address::Address,
    submodules::{Open, WithSubmodules},
    web::Web,
};

/// What was looked at this short a time ago is not looked at again.
const FRESH: Duration = Duration::from_secs(30);

/// Finds the credentials for a URL; fails with a sentence.
pub type LookUp = Arc<dyn Fn(&str) -> Result<Option<Credentials>, String> + Send + Sync>;

/// Other repositories, and files on the web.
#[derive(Clone)]
pub struct Remotes {
    repositories: Arc<Repositories>,
    credentials: LookUp,
    local: bool,
    max_age: Duration,
}

impl Remotes {
    /// Reads through the mirrors of `repositories`, without credentials, and nothing of this machine.
    #[must_use]
    pub fn new(repositories: Arc<Repositories>) -> Self {
        Self {
            repositories,
            credentials: Arc::new(|_| Ok(None)),
            local: false,
            max_age: FRESH,
        }
    }

    /// Opens repositories with what `look_up` finds for their URLs.
    #[must_use]
    pub fn with_credentials(self, look_up: LookUp) -> Self {
        Self {
            credentials: look_up,
            ..self
        }
    }

    /// Whether `file://` may be read.
    #[must_use]
    pub fn with_local(self, local: bool) -> Self {
        Self { local, ..self }
    }

    /// How old what is known of a repository may be; 30 seconds where nothing is said.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// The commit that `reference` leads to now.
    ///
    /// # Errors
    /// When it leads nowhere, or the repository cannot be reached.
    pub fn commit(&self, url: &str, reference: &str) -> Result<CommitId, HostError> {
        let resolve =
            |repository: Arc<Repository>| repository.resolve_fetched(reference, self.freshness(None));
        self.open(url).and_then(resolve).map_err(told)
    }

    fn open(&self, url: &str) -> Result<Arc<Repository>, GitError> {
        if !self.local && matches!(Address::parse(url), Address::Local(_)) {
            let why = "a repository of this machine is not read here; use its https:// or ssh:// URL";
            return Err(GitError::unsupported(url, why));
        }
        let credentials = (self.credentials)(url).map_err(|why| GitError::Credentials { why })?;
        self.repositories.repository(url, credentials.as_ref())
    }

    fn freshness(&self, timeout: Option<u64>) -> Freshness {
        Freshness {
            max_age: self.max_age,
            timeout: timeout.map(Duration::from_secs),
        }
    }

    fn checkout(&self, asked: &RemoteRepository) -> Result<(GitTree, CommitId), GitError> {
        let repository = self.open(&asked.url)?;
        let commit = repository.resolve_fetched(&asked.reference, self.freshness(asked.timeout))?;
        let tree = match repository.tree_here(&commit)? {
            Some(tree) => tree,
            None => repository.tree(&commit)?,
        };
        Ok((tree, commit))
    }

    /// Opens submodules.
    fn opener(&self, timeout: Option<u64>) -> Open {
        let remotes = self.clone();
        Arc::new(move |url, commit| {
            let asked = RemoteRepository {
                url: url.to_owned(),
                reference: commit.as_str().to_owned(),
                timeout,
                ..RemoteRepository::default()
            };
            Ok(remotes.checkout(&asked)?.0)
        })
    }
}

impl Host for Remotes {
    fn repository(&self, asked: &RemoteRepository) -> Result<Checkout, HostError> {
        let (tree, commit) = self.checkout(asked).map_err(told)?;
        let commit = commit.as_str().to_owned();
        if !asked.submodules {
            return Ok(Checkout {
                tree: Arc::new(tree),
                commit,
            });
        }
        let whole = WithSubmodules::new(tree, &asked.url, self.opener(asked.timeout));
        Ok(Checkout {
            tree: Arc::new(whole.map_err(|error| HostError(error.to_string()))?),
            commit,
        })
    }

    fn file(&self, url: &str) -> Result<Bytes, HostError> {
        Web::new(self.repositories.options())
            .and_then(|web| web.get(url, ReadLimits::default().file))
            .map_err(told)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn told(error: GitError) -> HostError {
    HostError(error.to_string())
}
