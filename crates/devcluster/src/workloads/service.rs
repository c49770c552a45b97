//! Services: the addresses of the pods behind them, and an outside address for load balancers.
//!
//! **Invariant:** Endpoints and EndpointSlice list exactly the pods that the selector names and that have an address.
//! **Absent:** services without selector (their endpoints are the user's), cluster IPs (the server gives them),
//! more than one EndpointSlice per service. **Start at** `reconcile`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Context, Next, Outcome};
use super::digest::suffix;
use super::fields::{is_deleting, items, name, number, put, text, uid};
use super::node;
use super::owners::{Kind, reference_to};
use super::pods::{is_finished, is_ready};
use super::selector::selects_plain;
use super::world::{Key, WorldError};
use super::{Change, ChangeKind, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "",
    resource: "services",
    kind: "Service",
};

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    if change.key.is("", "pods") {
        if change.kind == ChangeKind::Added && text(&change.object, "/status/podIP").is_empty() {
            return Vec::new();
        }
        let services = context.world.list("", "services", Some(&change.key.namespace));
        return services
            .iter()
            .filter(|service| selects_plain(service.pointer("/spec/selector"), &change.object))
            .map(|service| Key::new("", "services", &change.key.namespace, name(service)))
            .collect();
    }
    KIND.own_or_owner(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let endpoints = Key::new("", "endpoints", &key.namespace, &key.name);
    let Some(service) = context.get(key) else {
        if let Some(left) = context.get(&endpoints).filter(|it| is_ours(it)) {
            context.delete(&endpoints, &left)?;
        }
        return Ok(Next::Event);
    };
    if is_deleting(&service) {
        return Ok(Next::Event);
    }
    let selector = service.pointer("/spec/selector");
    if selector
        .and_then(Value::as_object)
        .is_some_and(|map| !map.is_empty())
    {
        let mut pods = context.world.list("", "pods", Some(&key.namespace));
        pods.retain(|pod| {
            selects_plain(selector, pod) && !is_finished(pod) && !text(pod, "/status/podIP").is_empty()
        });
        publish(
            context,
            &endpoints,
            draw_endpoints(&endpoints, &service, &pods),
            &["subsets"],
        )?;
        let slice_name = format!("{}-{}", key.name, suffix(&key.name, 0));
        let slice = Key::new("discovery.k8s.io", "endpointslices", &key.namespace, &slice_name);
        publish(
            context,
            &slice,
            draw_slice(&slice, &service, &pods),
            &["endpoints", "ports"],
        )?;
    }
    balance(context, key, &service)
}

/// Gives a load balancer its outside address.
fn balance(context: &mut Context, key: &Key, service: &Value) -> Outcome {
    if text(service, "/spec/type") != "LoadBalancer" {
        if service.pointer("/status/loadBalancer/ingress").is_some() {
            context.set_status(key, service, json!({"loadBalancer": {}}))?;
        }
        return Ok(Next::Event);
    }
    if service.pointer("/status/loadBalancer/ingress").is_some() {
        return Ok(Next::Event);
    }
    let delay = context.options.address_delay;
    if let Some(left) = context.remaining(uid(service), "address", delay) {
        return Ok(Next::After(left));
    }
    let address = outside_address(context);
    context.set_status(
        key,
        service,
        json!({"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}),
    )?;
    Ok(Next::Event)
}

/// The next address that load balancers give out.
pub(super) fn outside_address(context: &mut Context) -> String {
    let serial = context.next_serial();
    format!("172.18.{}.{}", 100 + serial / 254 % 100, serial % 254 + 1)
}

/// Writes an object, or the named fields of one that is there and differs.
fn publish(context: &mut Context, key: &Key, drawn: Value, fields: &[&str]) -> Result<(), WorldError> {
    let Some(present) = context.get(key) else {
        return context.create(key, drawn).map(|_| ());
    };
    let empty = |value: Option<&Value>| value.is_none_or(|it| it.as_array().is_some_and(Vec::is_empty));
    let same = |field: &&str| {
        let (old, new) = (present.get(*field), drawn.get(*field));
        old == new || (empty(old) && empty(new))
    };
    if fields.iter().all(same) || is_deleting(&present) {
        return Ok(());
    }
    let mut next = Value::clone(&present);
    for field in fields {
        put(&mut next, &[field], drawn[*field].clone());
    }
    context.update(key, next).map(|_| ())
}

fn is_ours(endpoints: &Value) -> bool {
    super::fields::label(endpoints, "endpoints.kubernetes.io/managed-by") == Some("endpoint-controller")
}

fn draw_endpoints(key: &Key, service: &Value, pods: &[Arc<Value>]) -> Value {
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": key.name, "namespace": key.namespace, "labels": labels(service)},
        "subsets": [],
    });
    put(
        &mut object,
        &["metadata", "labels", "endpoints.kubernetes.io/managed-by"],
        "endpoint-controller",
    );
    let Some(first) = pods.first() else { return object };
    let address = |pod: &Arc<Value>| json!({"ip": text(pod, "/status/podIP"), "nodeName": node::NAME, "targetRef": target(pod)});
    let mut subset = json!({"ports": ports(service, first)});
    for (field, ready) in [("addresses", true), ("notReadyAddresses", false)] {
        let list: Vec<_> = pods
            .iter()
            .filter(|pod| is_open(service, pod) == ready)
            .map(address)
            .collect();
        if !list.is_empty() {
            subset[field] = list.into();
        }
    }
    object["subsets"] = json!([subset]);
    object
}

fn draw_slice(key: &Key, service: &Value, pods: &[Arc<Value>]) -> Value {
    let endpoint = |pod: &Arc<Value>| {
        let ready = is_open(service, pod);
        json!({
            "addresses": [text(pod, "/status/podIP")],
            "conditions": {"ready": ready, "serving": is_ready(pod), "terminating": is_deleting(pod)},
            "nodeName": node::NAME,
            "targetRef": target(pod),
        })
    };
    let mut object = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "generateName": format!("{}-", name(service)),
            "labels": labels(service),
            "ownerReferences": [reference_to(service)],
        },
        "endpoints": pods.iter().map(endpoint).collect::<Vec<_>>(),
        "ports": pods.first().map_or_else(Vec::new, |pod| named_ports(service, pod)),
    });
    put(
        &mut object,
        &["metadata", "labels", "kubernetes.io/service-name"],
        name(service),
    );
    let maker = "endpointslice-controller.k8s.io";
    put(
        &mut object,
        &["metadata", "labels", "endpointslice.kubernetes.io/managed-by"],
        maker,
    );
    object
}

fn labels(service: &Value) -> Value {
    service
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}))
}

fn target(pod: &Value) -> Value {
    json!({"kind": "Pod", "name": name(pod), "namespace": super::fields::namespace(pod), "uid": uid(pod)})
}

/// Whether traffic may go to the pod.
fn is_open(service: &Value, pod: &Value) -> bool {
    let unready_too = super::fields::flag(service, "/spec/publishNotReadyAddresses");
    unready_too || (is_ready(pod) && !is_deleting(pod))
}

/// The same for a slice, where a port without a name has an empty one: kubectl counts on it.
fn named_ports(service: &Value, pod: &Value) -> Vec<Value> {
    let mut ports = ports(service, pod);
    for port in &mut ports {
        if port.get("name").is_none() {
            port["name"] = "".into();
        }
    }
    ports
}

/// The ports of the service as numbers of the pod; a port name that no container has is left out.
fn ports(service: &Value, pod: &Value) -> Vec<Value> {
    let named = |wanted: &str| {
        items(pod, "/spec/containers")
            .iter()
            .flat_map(|container| items(container, "/ports"))
            .find(|port| port["name"] == wanted)
            .and_then(|port| number(port, "/containerPort"))
    };
    let resolve = |port: &Value| match port.get("targetPort") {
        Some(Value::String(wanted)) => named(wanted),
        Some(Value::Number(number)) => number.as_i64(),
        _ => number(port, "/port"),
    };
    let draw = |port: &Value| {
        let protocol = if text(port, "/protocol").is_empty() {
            "TCP"
        } else {
            text(port, "/protocol")
        };
        let mut drawn = json!({"port": resolve(port)?, "protocol": protocol});
        if let Some(name) = port.get("name") {
            drawn["name"] = name.clone();
        }
        Some(drawn)
    };
    items(service, "/spec/ports").iter().filter_map(draw).collect()
}
