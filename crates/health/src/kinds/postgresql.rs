//! A PostgreSQL cluster of CloudNativePG tells in words how it is.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, progressing, suspended, text, unknown},
};

pub(crate) fn assess(body: &Value) -> Health {
    if body["metadata"]["annotations"]["cnpg.io/reconciliationLoop"] == "disabled" {
        return suspended("Cluster reconciliation is suspended");
    }
    let status = &body["status"];
    match condition(body, "cnpg.io/hibernation") {
        Some(hibernation) if hibernation["status"] == "True" => return suspended(said(hibernation)),
        Some(hibernation) => return degraded(said(hibernation)),
        None => {}
    }
    let reason = text(&status["phaseReason"]);
    match text(&status["phase"]) {
        "Cluster in healthy state" => healthy(reason),
        ""
        | "Setting up primary"
        | "Creating a new replica"
        | "Upgrading cluster"
        | "Waiting for the instances to become active"
        | "Promoting to primary cluster" => progressing(reason),
        "Unable to create required cluster objects"
        | "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
        | "Cluster has incomplete or invalid image catalog"
        | "Cluster is unrecoverable and needs manual intervention" => suspended(reason),
        "Switchover in progress"
        | "Failing over"
        | "Upgrading Postgres major version"
        | "Cluster upgrade delayed"
        | "Waiting for user action"
        | "Primary instance is being restarted in-place"
        | "Primary instance is being restarted without a switchover"
        | "Cluster cannot execute instance online upgrade due to missing architecture binary"
        | "Online upgrade in progress"
        | "Applying configuration" => degraded(reason),
        _ => unknown(reason),
    }
}
