//! What Go makes of objects.

use super::{Table, decode_as};
use serde_json::{Value, json};

fn decoded(kind: (&str, &str, &str), mut object: Value) -> Result<Value, String> {
    decode_as(kind, &mut object).map(|()| object)
}

#[test]
fn the_table_is_well_formed() {
    assert!(Table::builtin().kind(("apps", "v1", "Deployment")).is_some());
}

#[test]
fn what_is_empty_is_left_out_where_go_leaves_it_out() {
    let object =
        json!({ "kind": "Service", "spec": { "type": "", "ports": [], "publishNotReadyAddresses": false } });
    let expected = json!({ "kind": "Service", "metadata": {}, "spec": {}, "status": { "loadBalancer": {} } });
    assert_eq!(decoded(("", "v1", "Service"), object), Ok(expected));
}

#[test]
fn amounts_come_out_short() {
    let object = json!({ "spec": { "resources": { "requests": { "storage": "1024Mi" } } } });
    let claim = decoded(("", "v1", "PersistentVolumeClaim"), object).expect("it can be read");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
}

#[test]
fn a_wrong_type_is_told_as_go_tells_it() {
    let object = json!({ "spec": { "replicas": "three" } });
    let why = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
    assert_eq!(decoded(("apps", "v1", "Deployment"), object), Err(why.to_owned()));
}
