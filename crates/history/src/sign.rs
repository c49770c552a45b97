//! Signatures of records, as `git commit -S` makes them with an SSH key.

use std::fmt;

use crate::HistoryError;

/// Signs records. It cannot be printed.
pub struct Signer(Box<dyn Fn(&[u8]) -> Result<String, HistoryError> + Send + Sync>);

impl Signer {
    /// The armoured signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, HistoryError> {
        (self.0)(message)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(hidden)")
    }
}
