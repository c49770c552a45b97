//! Waits for one object to become something, on its watch.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    ClusterError,
    kinds::KindInfo,
    watcher::{Raw, Scope, Watcher},
    wire::Wire,
};

/// Waits until `enough` holds of the object (`None` = it is not there). The caller sets the time limit.
pub(crate) async fn until(
    wire: &Wire,
    (info, version): (&Arc<KindInfo>, &str),
    (namespace, name): (Option<&str>, &str),
    enough: impl Fn(Option<&Value>) -> bool,
) -> Result<(), ClusterError> {
    let scope = Scope {
        info: info.clone(),
        version: version.to_owned(),
        namespace: namespace.map(str::to_owned),
        field: format!("metadata.name={name}"),
    };
    let mut watcher = Watcher::new(wire.clone(), scope);
    let mut there = false;
    loop {
        let done = match watcher.next().await {
            Raw::Begin => {
                there = false;
                false
            }
            Raw::Item(seen) | Raw::Applied(seen) => {
                let body = seen.body();
                // A server that does not know the field selector shows other objects too.
                let is_it = body["metadata"]["name"] == *name;
                there |= is_it;
                is_it && enough(Some(&body))
            }
            Raw::Deleted(seen) => seen.meta().is_some_and(|meta| meta.name == name) && enough(None),
            Raw::End(_) => !there && enough(None),
            Raw::Resumed => false,
            Raw::Trouble(error) if error.is_refusal() || error.is_fatal() => return Err(error),
            Raw::Trouble(_) => false,
        };
        if done {
            return Ok(());
        }
    }
}
