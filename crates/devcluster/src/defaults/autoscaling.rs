//! Autoscalers.
//!
//! **Start at** [`autoscaler`].

use super::{object, present, set};
use serde_json::{Value, json};

/// Fills in a HorizontalPodAutoscaler, in either version.
pub(super) fn autoscaler(scaler: &mut Value) {
    let old = scaler["apiVersion"] == "autoscaling/v1";
    let spec = object(scaler, "spec");
    set(spec, "minReplicas", 1);
    if old {
        return;
    }
    let target = json!({ "type": "Utilization", "averageUtilization": 80 });
    let cpu = json!({ "type": "Resource", "resource": { "name": "cpu", "target": target } });
    set(spec, "metrics", json!([cpu]));
    let Some(behavior) = present(spec, "behavior") else {
        return;
    };
    let up = json!([
        { "type": "Pods", "value": 4, "periodSeconds": 15 },
        { "type": "Percent", "value": 100, "periodSeconds": 15 },
    ]);
    let down = json!([{ "type": "Percent", "value": 100, "periodSeconds": 15 }]);
    for (name, policies) in [("scaleUp", up), ("scaleDown", down)] {
        let rules = object(behavior, name);
        set(rules, "selectPolicy", "Max");
        set(rules, "policies", policies);
        if name == "scaleUp" {
            set(rules, "stabilizationWindowSeconds", 0);
        }
    }
}
