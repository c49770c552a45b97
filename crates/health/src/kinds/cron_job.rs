//! A CronJob is unwell only where it is sure that its last run did not succeed.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, items, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    if body["spec"]["suspend"] == true {
        // It does what is asked of it: nothing. Suspended would hold up whatever waits for Healthy.
        return healthy("CronJob is Suspended");
    }
    let status = &body["status"];
    if !status.is_object() {
        return progressing("Waiting for CronJob");
    }
    let (scheduled, succeeded) = (
        text(&status["lastScheduleTime"]),
        text(&status["lastSuccessfulTime"]),
    );
    if scheduled.is_empty() {
        healthy("CronJob has not been scheduled yet")
    } else if succeeded.is_empty() {
        healthy("The CronJob never completed successfully. It may not be healthy")
    } else if items(&status["active"]).next().is_some() {
        healthy("The job is running. Its last execution may not have been successful")
    } else if succeeded < scheduled {
        // Times in UTC, as Kubernetes writes them, are in the order of their texts.
        degraded("CronJob has not completed its last execution successfully")
    } else {
        healthy("CronJob has completed its last execution successfully")
    }
}
