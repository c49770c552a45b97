//! Rows of volumes, claims and classes.
//!
//! **Start at** the function of the kind.

use super::{items, name, own_age, text};
use serde_json::Value;

fn modes(list: &Value) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO".to_owned(),
        "ReadOnlyMany" => "ROX".to_owned(),
        "ReadWriteMany" => "RWX".to_owned(),
        "ReadWriteOncePod" => "RWOP".to_owned(),
        other => other.to_owned(),
    };
    items(list).map(short).collect::<Vec<_>>().join(",")
}

/// NAME CAPACITY ACCESS-MODES RECLAIM-POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE VOLUMEMODE
pub(super) fn volumes(volume: &Value) -> Vec<Value> {
    let spec = &volume["spec"];
    let reference = &spec["claimRef"];
    let claim = match (reference["namespace"].as_str(), reference["name"].as_str()) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        _ => String::new(),
    };
    let phase = if volume["metadata"].get("deletionTimestamp").is_some() {
        "Terminating".into()
    } else {
        text(&volume["status"]["phase"], "")
    };
    vec![
        name(volume),
        text(&spec["capacity"]["storage"], ""),
        modes(&spec["accessModes"]).into(),
        text(&spec["persistentVolumeReclaimPolicy"], ""),
        phase,
        claim.into(),
        text(&spec["storageClassName"], ""),
        text(&spec["volumeAttributesClassName"], "<unset>"),
        text(&volume["status"]["reason"], ""),
        own_age(volume),
        text(&spec["volumeMode"], "<unset>"),
    ]
}

/// NAME STATUS VOLUME CAPACITY ACCESS-MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE
pub(super) fn claims(claim: &Value) -> Vec<Value> {
    let (spec, status) = (&claim["spec"], &claim["status"]);
    let bound = spec["volumeName"]
        .as_str()
        .is_some_and(|volume| !volume.is_empty());
    let phase = if claim["metadata"].get("deletionTimestamp").is_some() {
        "Terminating".into()
    } else {
        text(&status["phase"], "")
    };
    vec![
        name(claim),
        phase,
        text(&spec["volumeName"], ""),
        if bound {
            text(&status["capacity"]["storage"], "")
        } else {
            "".into()
        },
        if bound {
            modes(&status["accessModes"]).into()
        } else {
            "".into()
        },
        text(&spec["storageClassName"], ""),
        text(&spec["volumeAttributesClassName"], "<unset>"),
        own_age(claim),
        text(&spec["volumeMode"], "<unset>"),
    ]
}

/// NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE
pub(super) fn classes(class: &Value) -> Vec<Value> {
    let is_default =
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
    let shown = class["metadata"]["name"].as_str().unwrap_or_default();
    vec![
        if is_default {
            format!("{shown} (default)").into()
        } else {
            shown.into()
        },
        class["provisioner"].clone(),
        text(&class["reclaimPolicy"], "Delete"),
        text(&class["volumeBindingMode"], "Immediate"),
        if class["allowVolumeExpansion"] == true {
            "true"
        } else {
            "false"
        }
        .into(),
        own_age(class),
    ]
}

/// NAME ATTACHREQUIRED PODINFOONMOUNT STORAGECAPACITY TOKENREQUESTS REQUIRESREPUBLISH MODES AGE
pub(super) fn drivers(driver: &Value) -> Vec<Value> {
    let spec = &driver["spec"];
    let flag = |field: &str, missing: bool| Value::from(spec[field].as_bool().unwrap_or(missing));
    let audiences: Vec<_> = items(&spec["tokenRequests"])
        .filter_map(|request| request["audience"].as_str())
        .collect();
    let modes: Vec<_> = items(&spec["volumeLifecycleModes"])
        .filter_map(Value::as_str)
        .collect();
    vec![
        name(driver),
        flag("attachRequired", true),
        flag("podInfoOnMount", false),
        flag("storageCapacity", false),
        if audiences.is_empty() {
            "<unset>".into()
        } else {
            audiences.join(",").into()
        },
        flag("requiresRepublish", false),
        if modes.is_empty() {
            "Persistent".into()
        } else {
            modes.join(",").into()
        },
        own_age(driver),
    ]
}
