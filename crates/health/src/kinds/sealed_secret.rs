//! A SealedSecret is healthy when it has been decrypted.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, progressing},
};

pub(crate) fn assess(body: &Value) -> Health {
    match condition(body, "Synced") {
        Some(synced) if synced["status"] == "True" => healthy(said(synced)),
        Some(synced) if synced["status"] == "False" => degraded(said(synced)),
        _ => progressing("Waiting for Sealed Secret to be decrypted"),
    }
}
