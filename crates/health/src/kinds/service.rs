//! A Service is healthy, except that a load balancer must have an address first.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{healthy, items, progressing};

pub(crate) fn assess(body: &Value) -> Health {
    let balances = body["spec"]["type"] == "LoadBalancer";
    if balances && items(&body["status"]["loadBalancer"]["ingress"]).next().is_none() {
        return progressing("");
    }
    healthy("")
}
