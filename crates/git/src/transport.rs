//! The ways to a remote repository: HTTP and SSH.
//!
//! **Invariant:** every wait is bounded by the [`Exchange`], and what failed is told there, as `gix` passes our
//! errors on as opaque ones.

mod exchange;
mod http;
#[cfg(feature = "ssh")]
mod ssh;

use gix_transport::{Service, client::blocking_io::Transport};

use crate::{Credentials, GitError, GitOptions, address::Address};

pub(crate) use exchange::Exchange;
pub(crate) use http::{agent, authorization};

/// A way to one remote repository, used again and again.
pub(crate) enum Remote {
    Http(http::HttpRemote),
    #[cfg(feature = "ssh")]
    Ssh(ssh::SshRemote),
}

impl Remote {
    /// Looks at the credentials, and connects to nothing yet. `url` is the one to show.
    pub(crate) fn new(
        url: &str,
        address: Address,
        credentials: &Credentials,
        options: &GitOptions,
    ) -> Result<Self, GitError> {
        match address {
            Address::Http {
                url: place,
                user,
                password,
            } => {
                let mut credentials = credentials.clone();
                credentials.username = credentials.username.or(user);
                credentials.password = credentials.password.or(password);
                http::HttpRemote::new(url, place, &credentials, options).map(Self::Http)
            }
            #[cfg(feature = "ssh")]
            Address::Ssh(address) => ssh::SshRemote::new(url, address, credentials, options).map(Self::Ssh),
            _ => Err(GitError::unsupported(
                url,
                "this program was built without support for such URLs",
            )),
        }
    }

    /// The URL without credentials, as `gix` is to know it.
    pub(crate) fn place(&self) -> &str {
        match self {
            Self::Http(remote) => &remote.place,
            #[cfg(feature = "ssh")]
            Self::Ssh(remote) => &remote.place,
        }
    }

    /// A transport for one exchange with a service of the server.
    pub(crate) fn transport(
        &self,
        service: Service,
        exchange: &Exchange,
    ) -> Result<Box<dyn Transport + Send>, GitError> {
        match self {
            Self::Http(remote) => remote.transport(exchange),
            #[cfg(feature = "ssh")]
            Self::Ssh(remote) => remote.transport(service, exchange),
        }
    }
}
