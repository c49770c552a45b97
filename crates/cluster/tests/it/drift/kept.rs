//! Fields that are ignored, when something else of the object is applied: an apply sets them as Git says, unless the unit says
//! that they are to be left alone.

use plumb_model::{IgnoredFields, Object};
use serde_json::json;

use super::ground::Ground;
use crate::world::{Deployed, deployment};

#[tokio::test(flavor = "multi_thread")]
async fn ignored_fields_are_applied_unless_they_are_to_be_kept() {
    let ground = Ground::start().await;
    for (kept, expected) in [(false, 1), (true, 3)] {
        let name = if kept { "kept" } else { "applied" };
        let (cluster, mut unit) = (ground.connect().await, Deployed::new());
        unit.unit.sync.keeps_ignored = kept;
        let wanted = |image: &str| -> [Object; 1] {
            let ignored = IgnoredFields {
                pointers: vec!["/spec/replicas".into(), "/metadata/annotations/absent".into()],
                kept,
                ..IgnoredFields::default()
            };
            [deployment(name, image).ignoring(ignored)]
        };
        let live = || async {
            let object = deployment(name, "");
            let live = ground.other.get(&object.gvk, Some("default"), name).await;
            live.unwrap().unwrap()
        };
        unit.pass(&cluster, &wanted("nginx:1")).await;
        let (gvk, id) = ground.find(&format!("Deployment/{name}"), "default").await;
        let scaled = json!({"spec": {"replicas": 3}});
        let scale = ground
            .other
            .merge_patch(&gvk, &id, Some("scale"), &scaled, "autoscaler");
        scale.await.unwrap();
        tokio::time::sleep(ground.lag).await;
        assert!(
            unit.plan(&cluster, &wanted("nginx:1")).await.is_empty(),
            "it is ignored"
        );

        let applied = unit.pass(&cluster, &wanted("nginx:2")).await;
        assert!(applied.complete, "{applied:?}");
        let now = live().await;
        assert_eq!(
            now["spec"]["template"]["spec"]["containers"][0]["image"],
            "nginx:2"
        );
        assert_eq!(now["spec"]["replicas"], expected, "kept: {kept}");
        assert!(unit.plan(&cluster, &wanted("nginx:2")).await.is_empty());
        // Whose the field is stays so, too.
        let entries = now["metadata"]["managedFields"].as_array().unwrap();
        let owner = entries
            .iter()
            .find(|entry| !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null())
            .map(|entry| entry["manager"].clone());
        assert_eq!(
            owner,
            Some(json!(if kept {
                "autoscaler"
            } else {
                unit.unit.field_manager.as_str()
            }))
        );

        // One that is ours alone is neither lost nor put back.
        let other = json!({"spec": {"replicas": 2}});
        let own = unit.unit.field_manager.clone();
        let edit = ground.other.merge_patch(&gvk, &id, None, &other, &own);
        edit.await.unwrap();
        let applied = unit.pass(&cluster, &wanted("nginx:3")).await;
        assert!(applied.complete, "{applied:?}");
        assert_eq!(live().await["spec"]["replicas"], if kept { 2 } else { 1 });
    }
}
