//! Files on the web.
//!
//! **Invariant:** no error shows a user, a password or a query, which may hold a token.

use std::time::Duration;

use bytes::Bytes;
use ureq::Agent;

use crate::{
    Credentials, GitError, GitOptions,
    address::{Address, masked},
    transport::{agent, authorization},
};

/// Most redirects in a row.
const REDIRECTS: u32 = 10;

/// Reads files on the web.
pub(crate) struct Web {
    agent: Agent,
    timeout: Duration,
    idle_timeout: Duration,
}

impl Web {
    /// With the trust and the proxy that repositories are reached with.
    pub(crate) fn new(options: &GitOptions) -> Result<Self, GitError> {
        let name = concat!("plumb/", env!("CARGO_PKG_VERSION"));
        Ok(Self {
            agent: agent("the web", &Credentials::default(), options, name, REDIRECTS)?,
            timeout: options.timeout,
            idle_timeout: options.idle_timeout,
        })
    }

    /// The file at `url`, of at most `limit` bytes.
    pub(crate) fn get(&self, url: &str, limit: u64) -> Result<Bytes, GitError> {
        let shown = shown(url);
        let Address::Http {
            url: place,
            user,
            password,
        } = Address::parse(url)
        else {
            return Err(GitError::unsupported(
                &shown,
                "only http:// and https:// are read",
            ));
        };
        let credentials = Credentials {
            username: user,
            password,
            ..Credentials::default()
        };
        let mut request = self.agent.get(&place);
        if let Some(authorization) = authorization(&credentials) {
            request = request.header("Authorization", &*authorization);
        }
        let response = request
            .config()
            .timeout_global(Some(self.timeout))
            .timeout_connect(Some(self.idle_timeout))
            .timeout_per_read(Some(self.idle_timeout))
            .build()
            .call()
            .map_err(|error| self.failure(&shown, error, limit))?;
        let status = response.status();
        if !status.is_success() {
            return Err(GitError::network(
                &shown,
                format!("the server answers HTTP {status}"),
            ));
        }
        let body = response.into_body().into_with_config().limit(limit).read_to_vec();
        body.map(Bytes::from)
            .map_err(|error| self.failure(&shown, error, limit))
    }

    fn failure(&self, shown: &str, error: ureq::Error, limit: u64) -> GitError {
        let url = shown.to_owned();
        match error {
            ureq::Error::Timeout(_) => GitError::Timeout {
                url,
                after: self.timeout,
            },
            ureq::Error::BodyExceedsLimit(_) => GitError::Limit {
                url,
                what: "the file".to_owned(),
                limit: format!("{} MiB", limit >> 20),
            },
            ureq::Error::Rustls(error) => GitError::Tls {
                url,
                why: error.to_string(),
            },
            ureq::Error::Tls(why) => GitError::Tls {
                url,
                why: why.to_owned(),
            },
            ureq::Error::TooManyRedirects => GitError::network(shown, "redirected too often"),
            ureq::Error::HostNotFound => GitError::network(shown, "no host of that name"),
            ureq::Error::BadUri(_) => GitError::network(shown, "not a URL that can be read"),
            other => GitError::network(shown, other),
        }
    }
}

/// A URL as it may be shown.
fn shown(url: &str) -> String {
    let masked = masked(url);
    match masked.split_once('?') {
        Some((place, _)) => format!("{place}?..."),
        None => masked,
    }
}
