//! Objects that another tool applied before: what a take-over would change is foreseen, it restarts nothing, the other tool owns
//! nothing afterwards, and what leaves Git then goes.

use std::collections::BTreeSet;

use plumb_cluster::{Detail, ServerSideApply};
use plumb_model::{Live, Object, Origin, TreePath};
use plumb_plan::drift;
use plumb_schema::Schemas;
use serde_json::{Value, json};

use super::ground::Ground;
use crate::world::Deployed;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How a tool writes.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// `kubectl apply` and what is built on it: a plain write that keeps what was applied in an annotation.
    ClientSide,
    ServerSide,
    /// A plain write.
    Plain,
}

/// Tools, the field managers that they write as, and how.
const TOOLS: [(&str, &str, Way); 8] = [
    ("kubectl apply", "kubectl-client-side-apply", Way::ClientSide),
    ("kubectl apply --server-side", "kubectl", Way::ServerSide),
    ("kubectl create", "kubectl-create", Way::Plain),
    ("Argo CD", "argocd-controller", Way::ClientSide),
    ("Argo CD, server-side", "argocd-controller", Way::ServerSide),
    ("Flux", "kustomize-controller", Way::ServerSide),
    ("Helm 3", "helm", Way::Plain),
    ("Helm 4", "Helm", Way::ServerSide),
];
/// Whom we apply as: for Applications, for Kustomizations.
const OURS: [&str; 2] = ["argocd-controller", "kustomize-controller"];

#[tokio::test(flavor = "multi_thread")]
async fn what_other_tools_applied_is_adopted() {
    let ground = Ground::start().await;
    let mut wrong = Vec::new();
    for (number, (tool, manager, way)) in TOOLS.into_iter().enumerate() {
        for ours in OURS {
            let namespace = format!("adopted-{number}-{}", ours.replace("-controller", ""));
            ground.namespace(&namespace).await;
            for stray in [false, true] {
                let adopted = adopt(&ground, (manager, way), ours, (&namespace, stray)).await;
                if let Err(why) = adopted {
                    wrong.push(format!(
                        "{tool} -> {ours}{}: {why}",
                        if stray { ", with more" } else { "" }
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

async fn adopt(
    ground: &Ground,
    tool: (&str, Way),
    ours: &str,
    (namespace, stray): (&str, bool),
) -> Result<(), String> {
    let name = if stray { "with-more" } else { "as-it-is" };
    apply_as(ground, tool, &manifest(name, namespace, stray)).await;
    tokio::time::sleep(ground.lag * 5).await;
    let cluster = ground.connect().await;
    let mut unit = Deployed::new();
    unit.unit.field_manager = ours.to_owned();
    unit.unit.destination.namespace = Some(namespace.to_owned());
    let object = |body: Value| {
        let origin = Origin {
            path: TreePath::parse("a.yaml").unwrap(),
            line: 1,
        };
        let mut body = body;
        body["metadata"]["labels"]["unit"] = json!("test");
        [Object::new(body, origin).unwrap()]
    };
    let wanted = object(manifest(name, namespace, false));
    let read = || async {
        let live = ground.other.get(&wanted[0].gvk, Some(namespace), name).await;
        live.unwrap().unwrap()
    };
    let before = read().await;

    let seen = unit.observe(&cluster, &wanted, Detail::Full).await;
    let told: BTreeSet<String> = match &seen.objects[&wanted[0].id].live {
        Live::Present {
            body,
            predicted: Some(predicted),
        } => drift::fields(body, predicted, Schemas::builtin().kind(&wanted[0].gvk))
            .into_iter()
            .map(|it| it.path)
            .collect(),
        other => return Err(format!("{other:?}")),
    };
    let mut expected = BTreeSet::from([".metadata.labels.unit".to_owned()]);
    if stray {
        expected.insert(".metadata.annotations[\"example.org/stray\"]".to_owned());
        expected.insert(".spec.template.spec.containers[name=\"web\"].env[name=\"STRAY\"]".to_owned());
        expected.insert(".spec.template.spec.containers[name=\"stowaway\"]".to_owned());
    }
    // The annotation is of no use to anybody but kubectl, and goes unsaid.
    let told: BTreeSet<String> = told
        .into_iter()
        .filter(|path| !path.contains(LAST_APPLIED))
        .collect();
    if told != expected {
        return Err(format!("{told:?} would change, {expected:?} is expected"));
    }

    let applied = unit.pass(&cluster, &wanted).await;
    if !applied.complete {
        return Err(format!("{applied:?}"));
    }
    let after = read().await;
    // The generation of a Deployment also counts its annotations; what starts Pods anew is the template.
    if !stray && after["spec"] != before["spec"] {
        return Err("the workload was changed, though Git states it as it was".to_owned());
    }
    let text = after.to_string();
    if text.contains("stray") || text.contains("STRAY") || text.contains("stowaway") {
        return Err("something stays that Git does not state".to_owned());
    }
    if !after["metadata"]["annotations"][LAST_APPLIED].is_null() {
        return Err("the annotation of kubectl stays".to_owned());
    }
    let entries = after["metadata"]["managedFields"].as_array().unwrap();
    let is_left = |entry: &&Value| {
        let own = entry["manager"] == *ours && entry["operation"] == "Apply";
        !own && entry["manager"] == *tool.0 && entry["subresource"].is_null()
    };
    if let Some(left) = entries.iter().find(is_left) {
        return Err(format!("fields stay the other tool's: {left}"));
    }
    if !unit.plan(&cluster, &wanted).await.is_empty() {
        return Err("there is more to do".to_owned());
    }

    let mut less = manifest(name, namespace, false);
    less["metadata"]["annotations"] = json!({"example.org/other": "1"});
    less["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "1"}]);
    let applied = unit.pass(&cluster, &object(less)).await;
    let live = read().await;
    let env = &live["spec"]["template"]["spec"]["containers"][0]["env"];
    let dropped = live["metadata"]["annotations"]["example.org/kept"].is_null()
        && *env == json!([{"name": "A", "value": "1"}]);
    (applied.complete && dropped)
        .then_some(())
        .ok_or_else(|| format!("what left Git stays: {env} {}", live["metadata"]["annotations"]))
}

/// Applies `body` as a tool would.
async fn apply_as(ground: &Ground, (manager, way): (&str, Way), body: &Value) {
    match way {
        Way::ServerSide => {
            let how = ServerSideApply {
                manager,
                force: false,
                dry_run: false,
                subresource: None,
            };
            ground.other.server_side_apply(body, how).await.unwrap();
        }
        Way::Plain => drop(ground.other.create(body, manager).await.unwrap()),
        Way::ClientSide => {
            let mut annotated = body.clone();
            annotated["metadata"]["annotations"][LAST_APPLIED] = json!(body.to_string());
            ground.other.create(&annotated, manager).await.unwrap();
        }
    }
}

/// What Git states; `stray` = with more that an earlier tool once applied.
fn manifest(name: &str, namespace: &str, stray: bool) -> Value {
    let mut body = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name},
            "annotations": {"example.org/kept": "1"}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "resources": {"limits": {"cpu": "1000m"}}}]}}}});
    if stray {
        body["metadata"]["annotations"]["example.org/stray"] = json!("1");
        let containers = &mut body["spec"]["template"]["spec"]["containers"];
        containers[0]["env"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "STRAY", "value": "3"}));
        containers
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "stowaway", "image": "x:1"}));
    }
    body
}
