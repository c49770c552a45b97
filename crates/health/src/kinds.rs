//! The rules, one file for each kind.

pub(crate) mod api_service;
pub(crate) mod certificate;
pub(crate) mod cluster_api;
pub(crate) mod cron_job;
pub(crate) mod crossplane;
pub(crate) mod custom_resource_definition;
pub(crate) mod daemon_set;
pub(crate) mod deployment;
pub(crate) mod gateway;
pub(crate) mod gloo;
pub(crate) mod horizontal_pod_autoscaler;
pub(crate) mod ingress;
pub(crate) mod job;
pub(crate) mod persistent_volume_claim;
pub(crate) mod pod;
pub(crate) mod pod_disruption_budget;
pub(crate) mod postgresql;
pub(crate) mod prometheus;
pub(crate) mod ready;
pub(crate) mod replica_set;
pub(crate) mod sealed_secret;
pub(crate) mod service;
pub(crate) mod stateful_set;
pub(crate) mod strimzi;
