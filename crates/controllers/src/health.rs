//! From Argo CD's settings to the rules that health is told by, in every cluster.

use std::pin::pin;

use futures::StreamExt;
use plumb_cluster::WatchEvent;
use plumb_health::Rules;
use plumb_model::GroupVersionKind;
use plumb_pipeline::Line;
use serde_json::Value;

/// Follows the settings for ever. Until they were read, the rules that need none are in force.
pub(crate) async fn follow(line: Line) {
    take(&line, &Value::Null);
    let kind = GroupVersionKind::new("", "v1", "ConfigMap");
    let mut events = pin!(line.own().watch(&kind, Some(plumb_argo::CONTROL_NAMESPACE)));
    while let Some(event) = events.next().await {
        match event {
            WatchEvent::Restarted(objects) => {
                let settings = objects.iter().find(|object| is_settings(object));
                take(&line, settings.unwrap_or(&Value::Null));
            }
            WatchEvent::Applied(object) if is_settings(&object) => take(&line, &object),
            WatchEvent::Deleted(object) if is_settings(&object) => take(&line, &Value::Null),
            WatchEvent::Applied(_) | WatchEvent::Deleted(_) => {}
        }
    }
}

fn take(line: &Line, settings: &Value) {
    let (scripts, errors) = plumb_argo::health_rules(settings);
    for error in errors {
        tracing::warn!(%error, "health scripts are left out");
    }
    let kinds = [plumb_argo::KIND_RULES, plumb_flux::KIND_RULES].concat();
    line.fleet.set_rules(&Rules::new(&kinds, scripts));
}

fn is_settings(object: &Value) -> bool {
    object["metadata"]["name"] == plumb_argo::SETTINGS
}
