//! A Certificate is healthy when it has been issued.

use plumb_model::Health;
use serde_json::Value;

use super::ready;
use crate::{
    conditions::said,
    fields::{condition, progressing},
};

pub(crate) fn assess(body: &Value) -> Health {
    match condition(body, "Issuing") {
        Some(issuing) if issuing["status"] == "True" => progressing(said(issuing)),
        _ => ready::assess(body),
    }
}
