//! Mirrors of remote repositories, and the ways to reach them.

use std::sync::Arc;

use crate::{
    Credentials, GitError, GitOptions, address::Address, refs::Refs, repository::Wanted, store::Store,
};

pub(crate) struct Mirror {
    url: String,
}

impl Mirror {
    pub(crate) fn new(
        url: String,
        _real: &str,
        _address: Address,
        _credentials: Option<Credentials>,
        _options: Arc<GitOptions>,
    ) -> Result<Self, GitError> {
        Err(GitError::unsupported(&url, "only local repositories"))
    }
    pub(crate) fn fetch(
        &self,
        _known: Option<(&Arc<Store>, &Arc<Refs>)>,
        _wanted: &Wanted,
    ) -> Result<(Arc<Store>, Arc<Refs>), GitError> {
        Err(GitError::unsupported(&self.url, "only local repositories"))
    }
}
