//! The health of many objects together.

use plumb_model::{Health, HealthStatus};

/// The worst health of those that count, with the first reason for it. Missing objects are a matter of sync, not of health,
/// as long as any object is there: only where all are missing is the whole missing. Nothing at all is healthy.
#[must_use]
pub fn aggregate<'a>(healths: impl IntoIterator<Item = (&'a Health, bool)>) -> Health {
    let mut worst: Option<&Health> = None;
    let mut missing: Option<&Health> = None;
    let mut any_there = false;
    for (health, counts) in healths {
        if health.status == HealthStatus::Missing {
            missing = missing.or(Some(health).filter(|_| counts));
            continue;
        }
        any_there = true;
        if counts && worst.is_none_or(|worst| health.status > worst.status) {
            worst = Some(health);
        }
    }
    match (worst, missing) {
        (Some(worst), _) => worst.clone(),
        (None, Some(missing)) if !any_there => missing.clone(),
        (None, _) => Health::healthy(),
    }
}
