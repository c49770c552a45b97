//! Secrets.
//!
//! **Start at** [`secret`].

use super::{object, set};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Fills in a Secret: its type, and `data` from `stringData`, which is never shown again.
pub(super) fn secret(secret: &mut Value) {
    set(secret, "type", "Opaque");
    let plain = secret
        .as_object_mut()
        .and_then(|secret| secret.remove("stringData"));
    let Some(Value::Object(plain)) = plain else { return };
    let data = object(secret, "data");
    for (key, value) in plain {
        data[&key] = STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
}
