//! Values that are secret become keyed digests before anything is written.
//!
//! Equal values have equal digests, so that a change shows; without the key nobody can try values out.
//!
//! **Invariant:** of a Secret, nothing of `data` and `stringData` is left but keys and digests.
//! **Start at** [`DigestKey`]; for other kinds the caller brings a [`Redact`].

#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::{hmac, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plumb_model::{Digest, ObjectId};
use serde_json::{Map, Value};

use crate::HistoryError;

/// The key of the digests that stand for secret values. It cannot be printed.
#[derive(Clone)]
pub struct DigestKey(hmac::Key);

/// Takes what is secret out of objects of other kinds than Secret.
pub trait Redact: Send + Sync {
    /// Puts digests where `body`, the object `id`, has secret values.
    fn redact(&self, id: &ObjectId, body: &mut Value, key: &DigestKey);
}

/// Annotations that hold a copy of the object.
const COPIES: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];

impl DigestKey {
    /// Bytes of a key.
    pub const LENGTH: usize = 32;

    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Bytes for a new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn fresh_bytes() -> Result<[u8; Self::LENGTH], HistoryError> {
        let mut bytes = [0; Self::LENGTH];
        rand::fill(&mut bytes).map_err(|_| HistoryError::Key {
            what: "a key for the ledger's digests".to_owned(),
            why: "the system gives no randomness".to_owned(),
        })?;
        Ok(bytes)
    }

    /// What stands for `value`.
    #[must_use]
    pub fn digest(&self, value: &[u8]) -> String {
        let tag = hmac::sign(&self.0, value);
        let mut out = String::from("hmac-sha256:");
        for byte in tag.as_ref() {
            out.push_str(&format!("{byte:02x}"));
        }
        out
    }

    /// What stands for the digest of something that may hold secret values, such as a plan: that, too, is of use to nobody
    /// who tries values out.
    #[must_use]
    pub fn seal(&self, digest: Digest) -> Digest {
        let sealed = self.digest(digest.to_string().as_bytes());
        let hexadecimal = sealed.trim_start_matches("hmac-sha256:");
        Digest::parse(hexadecimal).expect("SHA-256 gives as many digits as a digest has")
    }

    /// Puts the digest of what it says in the place of `value`.
    pub fn hide(&self, value: &mut Value) {
        let digest = match &*value {
            Value::String(text) => self.digest(text.as_bytes()),
            other => self.digest(other.to_string().as_bytes()),
        };
        *value = Value::String(digest);
    }

    /// Puts digests in the place of all that is secret in a Secret.
    pub(crate) fn hide_secret(&self, id: &ObjectId, body: &mut Value) {
        if id.kind.kind != "Secret" || !id.kind.group.is_empty() {
            return;
        }
        for (field, decode) in [("data", true), ("stringData", false)] {
            match body.get_mut(field) {
                None | Some(Value::Null) => {}
                Some(Value::Object(values)) => self.hide_values(values, decode),
                Some(other) => self.hide(other),
            }
        }
        for copy in COPIES {
            let annotations = body.pointer_mut("/metadata/annotations");
            if let Some(value) = annotations.and_then(|annotations| annotations.get_mut(copy)) {
                self.hide(value);
            }
        }
    }

    /// A value in `data` and the same in `stringData` have one digest.
    fn hide_values(&self, values: &mut Map<String, Value>, decode: bool) {
        for value in values.values_mut() {
            let decoded = value
                .as_str()
                .filter(|_| decode)
                .and_then(|text| STANDARD.decode(text.split_whitespace().collect::<String>()).ok());
            match decoded {
                Some(bytes) => *value = Value::String(self.digest(&bytes)),
                None => self.hide(value),
            }
        }
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(hidden)")
    }
}
