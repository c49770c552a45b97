//! Ingresses: gives each an outside address after a while.
//!
//! **Absent:** ingress classes; every Ingress is served.

use serde_json::json;

use super::context::{Context, Next, Outcome};
use super::fields::{is_deleting, uid};
use super::owners::Kind;
use super::service::outside_address;
use super::world::Key;
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "networking.k8s.io",
    resource: "ingresses",
    kind: "Ingress",
};

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(ingress) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&ingress) || ingress.pointer("/status/loadBalancer/ingress").is_some() {
        return Ok(Next::Event);
    }
    let delay = context.options.address_delay;
    if let Some(left) = context.remaining(uid(&ingress), "address", delay) {
        return Ok(Next::After(left));
    }
    let address = outside_address(context);
    context.set_status(
        key,
        &ingress,
        json!({"loadBalancer": {"ingress": [{"ip": address}]}}),
    )?;
    Ok(Next::Event)
}
