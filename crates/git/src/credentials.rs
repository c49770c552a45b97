//! What opens a repository, read from the Secrets that people already have.
//!
//! **Invariant:** none of it can be printed: there is no `Display`, and `Debug` tells only what kinds are there.

use std::{collections::BTreeMap, fmt};

use plumb_model::Digest;

use crate::GitError;

#[cfg(test)]
mod tests;

/// What opens a repository. Every field is optional; what a transport does not need, it does not look at.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User name, for HTTP; also the SSH user where the URL names none.
    pub username: Option<String>,
    /// Password or token, for HTTP.
    pub password: Option<String>,
    /// A token for `Authorization: Bearer`.
    pub bearer_token: Option<String>,
    /// PEM certificates to trust beside the system's.
    pub ca_certificate: Option<String>,
    /// A PEM certificate chain to show to the server.
    pub client_certificate: Option<String>,
    /// The PEM private key of `client_certificate`.
    pub client_key: Option<String>,
    /// Do not look at the server's TLS certificate.
    pub insecure_tls: bool,
    /// An SSH private key.
    pub ssh_identity: Option<String>,
    /// What `ssh_identity` is locked with.
    pub ssh_passphrase: Option<String>,
    /// SSH hosts and their keys, as in `known_hosts`.
    pub known_hosts: Option<String>,
    /// Do not look at the server's SSH host key.
    pub insecure_host_key: bool,
}

impl Credentials {
    /// Reads the data of a Secret, with Flux's keys (`username`, `password`, `bearerToken`, `caFile` or `ca.crt`,
    /// `certFile`/`tls.crt`, `keyFile`/`tls.key`, `identity`, `known_hosts`) or Argo CD's (`username`, `password`,
    /// `bearerToken`, `sshPrivateKey`, `tlsClientCertData`, `tlsClientCertKey`, `insecure`,
    /// `insecureIgnoreHostKey`). Other keys are left alone.
    ///
    /// # Errors
    /// When a value is not text.
    pub fn from_secret_data(data: &BTreeMap<String, Vec<u8>>) -> Result<Self, GitError> {
        let text = |keys: &[&str]| -> Result<Option<String>, GitError> {
            for key in keys {
                let Some(value) = data.get(*key).filter(|value| !value.is_empty()) else {
                    continue;
                };
                let value = std::str::from_utf8(value).map_err(|_| GitError::Credentials {
                    why: format!("the value of {key:?} is not text"),
                })?;
                return Ok(Some(value.to_owned()));
            }
            Ok(None)
        };
        // A trailing newline is part of no user name or token, but of many a file that a Secret was made from.
        let line = |keys: &[&str]| {
            text(keys).map(|value| value.map(|value| value.trim_end_matches(['\r', '\n']).to_owned()))
        };
        let yes = |key: &str| text(&[key]).map(|value| value.is_some_and(|value| value.trim() == "true"));
        let ssh_identity = text(&["identity", "sshPrivateKey"])?;
        let password = line(&["password"])?;
        let insecure = yes("insecure")?;
        Ok(Self {
            username: line(&["username"])?,
            ssh_passphrase: ssh_identity.is_some().then(|| password.clone()).flatten(),
            password,
            bearer_token: line(&["bearerToken"])?,
            ca_certificate: text(&["ca.crt", "caFile"])?,
            client_certificate: text(&["tls.crt", "certFile", "tlsClientCertData"])?,
            client_key: text(&["tls.key", "keyFile", "tlsClientCertKey"])?,
            insecure_tls: insecure,
            ssh_identity,
            known_hosts: text(&["known_hosts"])?,
            insecure_host_key: insecure || yes("insecureIgnoreHostKey")?,
        })
    }

    /// Tells one set of credentials from another. It stays in memory: a short password could be guessed from it.
    pub(crate) fn fingerprint(&self) -> Digest {
        let fields = [
            &self.username,
            &self.password,
            &self.bearer_token,
            &self.ca_certificate,
            &self.client_certificate,
            &self.client_key,
            &self.ssh_identity,
            &self.ssh_passphrase,
            &self.known_hosts,
        ];
        let flags = Digest::of(&[u8::from(self.insecure_tls), u8::from(self.insecure_host_key)]);
        let digests = fields.iter().map(|field| {
            field.as_ref().map_or(Digest::of(b""), |value| {
                Digest::of(format!("={value}").as_bytes())
            })
        });
        Digest::chain(digests.chain([flags]))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("password", &self.password.is_some())
            .field("bearer_token", &self.bearer_token.is_some())
            .field("ssh_identity", &self.ssh_identity.is_some())
            .finish_non_exhaustive()
    }
}
