//! All repositories that a process knows, one [`Repository`] each.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plumb_model::Digest;

use crate::{Credentials, GitError, Repository};

/// How repositories are kept and reached.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// Where mirrors live.
    pub directory: PathBuf,
    /// URLs to replace.
    pub rewrites: Vec<Rewrite>,
    /// Longest time for one refresh.
    pub timeout: Duration,
    /// Longest time without a byte from the server.
    pub idle_timeout: Duration,
    /// Largest file that is read.
    pub max_object_bytes: u64,
    /// Largest object that a remote repository may have at all: each is held in memory once, when it comes.
    pub max_received_object_bytes: u64,
    /// Most bytes that one refresh may receive.
    pub max_fetch_bytes: u64,
    /// SSH hosts and their keys, for credentials that bring none of their own.
    pub known_hosts: Option<String>,
    /// PEM certificates to trust everywhere, beside the system's.
    pub ca_certificates: Option<String>,
    /// An HTTP proxy for `http(s)://`, as a URL.
    pub proxy: Option<String>,
}

/// URLs that start with `from` start with `to` instead, as Git's `url.<to>.insteadOf=<from>`. The longest wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// What a URL starts with as written.
    pub from: String,
    /// What it starts with in truth.
    pub to: String,
}

/// By URL after rewriting, and what tells the credentials apart.
type Known = BTreeMap<(String, Option<Digest>), Arc<Repository>>;

/// All repositories that a process knows.
pub struct Repositories {
    options: Arc<GitOptions>,
    known: Mutex<Known>,
}

impl GitOptions {
    /// Mirrors in `directory`, and middling limits.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            rewrites: Vec::new(),
            timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(20),
            max_object_bytes: 100 << 20,
            max_received_object_bytes: 1 << 30,
            max_fetch_bytes: 4 << 30,
            known_hosts: None,
            ca_certificates: None,
            proxy: None,
        }
    }

    /// `url` after the longest rewrite that fits.
    pub(crate) fn rewritten(&self, url: &str) -> String {
        self.rewrites
            .iter()
            .filter(|rewrite| url.starts_with(&rewrite.from))
            .max_by_key(|rewrite| rewrite.from.len())
            .map_or_else(
                || url.to_owned(),
                |rewrite| format!("{}{}", rewrite.to, &url[rewrite.from.len()..]),
            )
    }
}

impl Repositories {
    /// None yet. The folder for mirrors is made where it is missing.
    ///
    /// # Errors
    /// When that folder cannot be made.
    pub fn new(options: GitOptions) -> Result<Self, GitError> {
        std::fs::create_dir_all(&options.directory)
            .map_err(|error| GitError::io(&options.directory, error))?;
        Ok(Self {
            options: Arc::new(options),
            known: Mutex::default(),
        })
    }

    /// The repository at `url`, opened by `credentials`. Cheap when known; nothing is fetched here.
    ///
    /// # Errors
    /// When the URL is not understood, or names a local repository that is not there.
    pub fn repository(
        &self,
        url: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Arc<Repository>, GitError> {
        let real = self.options.rewritten(url);
        let key = (real.clone(), credentials.map(Credentials::fingerprint));
        if let Some(known) = self.known().get(&key) {
            return Ok(Arc::clone(known));
        }
        let repository = Repository::at(url, &real, credentials.cloned(), Arc::clone(&self.options))?;
        // Two threads may have come here at once; the first one's stays.
        Ok(Arc::clone(
            self.known().entry(key).or_insert_with(|| Arc::new(repository)),
        ))
    }

    /// How they are kept and reached.
    pub(crate) fn options(&self) -> &GitOptions {
        &self.options
    }

    /// Forgets the repositories that nobody else holds; their mirrors stay on disk.
    pub fn forget_unused(&self) {
        self.known()
            .retain(|_, repository| Arc::strong_count(repository) > 1);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
