//! Signatures of records, as `git commit -S` makes them with an SSH key, and who may make them.
//!
//! **Absent:** keys behind a passphrase or an agent, certificates.

use std::fmt;

use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::HistoryError;

/// What Git says that its signatures are for.
const NAMESPACE: &str = "git";

/// Signs records. It cannot be printed.
pub struct Signer(PrivateKey);

/// Whose signatures count, as `gpg.ssh.allowedSignersFile` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSigners(Vec<PublicKey>);

impl Signer {
    /// Takes a private key as `ssh-keygen` writes it, without a passphrase.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_openssh(text: &str) -> Result<Self, HistoryError> {
        let failed = |why: String| HistoryError::Key {
            what: "the key that signs the ledger".to_owned(),
            why,
        };
        let key = PrivateKey::from_openssh(text).map_err(|error| failed(error.to_string()))?;
        if key.is_encrypted() {
            return Err(failed("it has a passphrase; give one without".to_owned()));
        }
        Ok(Self(key))
    }

    /// The public key, as a line for a file of allowed signers.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn allowed_signer(&self, principal: &str) -> Result<String, HistoryError> {
        let key = self.0.public_key().to_openssh().map_err(|error| failed(&error))?;
        Ok(format!("{principal} namespaces=\"{NAMESPACE}\" {key}"))
    }

    /// The armoured signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, HistoryError> {
        let signature = self.0.sign(NAMESPACE, HashAlg::Sha512, message);
        signature
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(|error| failed(&error))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(hidden)")
    }
}

impl AllowedSigners {
    /// Reads a file of allowed signers.
    ///
    /// # Errors
    /// When a line is not understood, or has an option that would be passed over.
    pub fn parse(text: &str) -> Result<Self, HistoryError> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let failed = |why: &str| HistoryError::Key {
                what: format!("allowed signers, line {}", number + 1),
                why: why.to_owned(),
            };
            let usage = "expected PRINCIPALS [OPTIONS] KEYTYPE KEY";
            let (_, rest) = line.split_once(' ').ok_or_else(|| failed(usage))?;
            let rest = rest.trim_start();
            if let Ok(key) = PublicKey::from_openssh(rest) {
                keys.push(key);
                continue;
            }
            let (options, key) = rest.split_once(' ').ok_or_else(|| failed(usage))?;
            let names = options
                .strip_prefix("namespaces=")
                .ok_or_else(|| failed("of the options only namespaces=\"...\" is known"))?;
            let key = PublicKey::from_openssh(key.trim_start()).map_err(|_| failed(usage))?;
            let mut names = names.trim_matches('"').split(',');
            let is_ours = names.any(|name| matches!(name, NAMESPACE | "*"));
            if is_ours {
                keys.push(key);
            }
        }
        Ok(Self(keys))
    }

    /// Whether one of them signed `message`.
    pub(crate) fn check(&self, message: &[u8], signature: &str) -> Result<(), String> {
        let signature = SshSig::from_pem(signature).map_err(|error| format!("the signature: {error}"))?;
        let key = self
            .0
            .iter()
            .find(|key| key.key_data() == signature.public_key())
            .ok_or("it is signed by somebody who may not")?;
        key.verify(NAMESPACE, message, &signature)
            .map_err(|_| "the signature is not of this record".to_owned())
    }
}

fn failed(error: &ssh_key::Error) -> HistoryError {
    HistoryError::Key {
        what: "the key that signs the ledger".to_owned(),
        why: error.to_string(),
    }
}
