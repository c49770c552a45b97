//! What the real server refuses.
//!
//! **Start at** [`on_create`] and [`on_update`].

use crate::{resource::Resource, status_error::FieldError};
use serde_json::Value;

/// Everything wrong with a new object.
#[must_use]
pub(crate) fn on_create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    resource.typing.validate(object)
}

/// Everything wrong with a changed object.
#[must_use]
pub(crate) fn on_update(resource: &Resource, current: &Value, object: &Value) -> Vec<FieldError> {
    let _ = current;
    resource.typing.validate(object)
}
