//! Volumes, claims and classes.
//!
//! **Start at** the function of the kind.

use super::{object, present, set};
use serde_json::{Value, json};

/// Fills in a PersistentVolumeClaim.
pub(super) fn claim(claim: &mut Value) {
    set(object(claim, "spec"), "volumeMode", "Filesystem");
}

/// Fills in a PersistentVolume.
pub(super) fn volume(volume: &mut Value) {
    let spec = object(volume, "spec");
    set(spec, "persistentVolumeReclaimPolicy", "Retain");
    set(spec, "volumeMode", "Filesystem");
    if let Some(path) = present(spec, "hostPath") {
        set(path, "type", "");
    }
}

/// Fills in a StorageClass.
pub(super) fn class(class: &mut Value) {
    set(class, "reclaimPolicy", "Delete");
    set(class, "volumeBindingMode", "Immediate");
}

/// Fills in a CSIDriver.
pub(super) fn driver(driver: &mut Value) {
    let spec = object(driver, "spec");
    for (field, value) in [
        ("attachRequired", true),
        ("podInfoOnMount", false),
        ("storageCapacity", false),
        ("requiresRepublish", false),
        ("seLinuxMount", false),
    ] {
        set(spec, field, value);
    }
    set(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    set(spec, "volumeLifecycleModes", json!(["Persistent"]));
}
