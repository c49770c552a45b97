//! An Ingress is healthy when it has an address.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{healthy, items, progressing};

pub(crate) fn assess(body: &Value) -> Health {
    match items(&body["status"]["loadBalancer"]["ingress"]).next() {
        Some(_) => healthy(""),
        None => progressing(""),
    }
}
