//! The one node of the dev cluster.
//!
//! **Invariant:** it is registered before any pod is looked at, and always ready. **Absent:** leases and heartbeats.

use serde_json::{Value, json};

use super::context::Context;
use super::fields::stamp;
use super::world::{Key, WorldError};

/// Name of the node.
pub(super) const NAME: &str = "plumb-dev";
/// Address of the node, and so `hostIP` of every pod.
pub(super) const ADDRESS: &str = "172.18.0.2";

/// Creates the node if the store has none of that name.
pub(super) fn register(context: &mut Context) -> Result<(), WorldError> {
    let key = Key::new("", "nodes", "", NAME);
    if context.get(&key).is_some() {
        return Ok(());
    }
    let node = describe(&stamp(context.now()));
    match context.create(&key, node) {
        Ok(_) | Err(WorldError::Exists(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn describe(now: &str) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
               "lastHeartbeatTime": now, "lastTransitionTime": now})
    };
    let capacity = json!({"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "hugepages-2Mi": "0", "pods": "10000"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NAME, "labels": {
            "kubernetes.io/hostname": NAME,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": "amd64",
            "node-role.kubernetes.io/control-plane": "",
        }},
        "spec": {"podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"], "providerID": "plumb://dev/plumb-dev"},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": ADDRESS},
                {"type": "Hostname", "address": NAME},
            ],
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "Plumb dev cluster",
                "kernelVersion": "0.0.0", "containerRuntimeVersion": "plumb://0", "kubeletVersion": "v1.36.3",
                "kubeProxyVersion": "", "machineID": NAME, "systemUUID": NAME, "bootID": NAME,
            },
        },
    })
}
