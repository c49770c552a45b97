//! Repositories behind `ssh://` and `user@host:path`.
//!
//! **Invariant:** no byte of ours but the key exchange goes to a host whose key is not the known one, unless the
//! credentials say so. **Absent:** agents, `~/.ssh/config`, host certificates, jump hosts.

mod connection;
mod known_hosts;

use std::{borrow::Cow, sync::Arc};

use gix_transport::{
    Protocol, Service,
    client::{
        blocking_io::Transport,
        git::{ConnectMode, blocking_io::Connection},
    },
};
use russh::keys::{Algorithm, HashAlg, PrivateKey, decode_secret_key};

use super::Exchange;
use crate::{Credentials, GitError, GitOptions, address::SshAddress};
use known_hosts::KnownHosts;

/// A repository behind SSH.
pub(crate) struct SshRemote {
    pub(crate) place: String,
    login: Arc<Login>,
}

/// Where to go, and how to get in.
struct Login {
    host: String,
    port: u16,
    user: String,
    path: String,
    identity: Option<Arc<PrivateKey>>,
    password: Option<String>,
    /// `None`: any host key will do.
    known_hosts: Option<KnownHosts>,
}

impl SshRemote {
    pub(crate) fn new(
        url: &str,
        address: SshAddress,
        credentials: &Credentials,
        options: &GitOptions,
    ) -> Result<Self, GitError> {
        let refused = |why: &str| GitError::unsupported(url, why);
        if address.host.is_empty() || address.path.trim_matches('/').is_empty() {
            return Err(refused("an SSH URL needs a host and a path"));
        }
        let port = address.port.unwrap_or(22);
        let user = address.user.or_else(|| credentials.username.clone());
        let user = user.unwrap_or_else(|| "git".to_owned());
        let host = if address.host.contains(':') {
            format!("[{}]", address.host)
        } else {
            address.host.clone()
        };
        let identity = match &credentials.ssh_identity {
            Some(text) => Some(Arc::new(identity(text, credentials.ssh_passphrase.as_deref())?)),
            None => None,
        };
        let known_hosts = credentials
            .known_hosts
            .as_deref()
            .or(options.known_hosts.as_deref());
        Ok(Self {
            place: format!(
                "ssh://{user}@{host}:{port}/{}",
                address.path.trim_start_matches('/')
            ),
            login: Arc::new(Login {
                host: address.host,
                port,
                user,
                path: address.path,
                password: credentials.password.clone().filter(|_| identity.is_none()),
                identity,
                known_hosts: (!credentials.insecure_host_key)
                    .then(|| KnownHosts::parse(known_hosts.unwrap_or_default())),
            }),
        })
    }

    pub(crate) fn transport(
        &self,
        service: Service,
        exchange: &Exchange,
    ) -> Result<Box<dyn Transport + Send>, GitError> {
        let (reader, writer) = connection::open(Arc::clone(&self.login), service, exchange.clone())?;
        let connection = Connection::new(
            reader,
            writer,
            Protocol::V2,
            self.login.path.as_str(),
            None::<(&str, Option<u16>)>,
            ConnectMode::Process,
            false,
        );
        Ok(Box::new(connection))
    }
}

impl Login {
    /// The kinds of host keys to ask for: those that are known, so that a server with several shows the right one.
    fn host_key_kinds(&self) -> Option<Cow<'static, [Algorithm]>> {
        let known = self.known_hosts.as_ref()?.kinds(&self.host, self.port);
        let kinds: Vec<Algorithm> = known
            .into_iter()
            .flat_map(|kind| match kind {
                Algorithm::Rsa { .. } => [HashAlg::Sha512, HashAlg::Sha256]
                    .map(|hash| Algorithm::Rsa { hash: Some(hash) })
                    .to_vec(),
                other => vec![other],
            })
            .collect();
        (!kinds.is_empty()).then(|| kinds.into())
    }
}

fn identity(text: &str, passphrase: Option<&str>) -> Result<PrivateKey, GitError> {
    // A Secret made by hand often lacks the last newline.
    decode_secret_key(&format!("{}\n", text.trim()), passphrase).map_err(|error| GitError::Credentials {
        why: format!("the SSH private key cannot be read, or its passphrase is wrong: {error}"),
    })
}
