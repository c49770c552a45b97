//! A dev cluster, a unit, and the line from look to apply.

use std::{collections::BTreeMap, time::Duration};

use plumb_cluster::{Applied, ApplyLimits, Cluster, ConnectOptions, Detail, Look};
use plumb_devcluster::{DevCluster, Options};
use plumb_model::*;
use plumb_plan::{Course, Extent, Input, Plan, Scope};
use plumb_policy::Facts;
use serde_json::{Value, json};

pub(crate) const MANAGER: &str = "plumb";

pub(crate) struct World {
    pub(crate) server: DevCluster,
    _directory: tempfile::TempDir,
}

/// A unit as the pipeline would hold it between passes.
pub(crate) struct Deployed {
    pub(crate) unit: Unit,
    pub(crate) inventory: BTreeMap<ObjectId, String>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            directory: directory.path().to_owned(),
            ..options
        };
        let server = DevCluster::start(options).await.unwrap();
        Self {
            server,
            _directory: directory,
        }
    }

    pub(crate) async fn connect(&self) -> Cluster {
        let kubeconfig = Some(self.server.kubeconfig().to_owned());
        Cluster::connect(ConnectOptions {
            kubeconfig,
            ..ConnectOptions::default()
        })
        .await
        .unwrap()
    }
}

impl Deployed {
    pub(crate) fn new() -> Self {
        Self {
            unit: unit(),
            inventory: BTreeMap::new(),
        }
    }

    pub(crate) async fn observe(&self, cluster: &Cluster, desired: &[Object], detail: Detail) -> Observed {
        let leftovers = self.leftovers(desired);
        let look = Look {
            desired,
            leftovers: &leftovers,
            marks: &self.unit.marks,
            field_manager: &self.unit.field_manager,
            namespace: self.unit.destination.namespace.as_deref(),
            expressions: &[],
            detail,
        };
        cluster.observe(look).await.unwrap()
    }

    pub(crate) async fn plan(&self, cluster: &Cluster, desired: &[Object]) -> Plan {
        self.plan_in(cluster, desired, None).await
    }

    /// A plan in the course of an operation.
    pub(crate) async fn plan_in(
        &self,
        cluster: &Cluster,
        desired: &[Object],
        course: Option<Course<'_>>,
    ) -> Plan {
        let (hooks, objects): (Vec<Object>, Vec<Object>) = desired
            .iter()
            .cloned()
            .partition(|object| object.directives.hook.is_some());
        let mut seen = self.observe(cluster, &objects, Detail::Quick).await;
        if !hooks.is_empty() {
            let ids = hooks
                .iter()
                .map(|hook| (hook.id.clone(), hook.gvk.version.clone()))
                .collect();
            let look = Look {
                desired: &[],
                leftovers: &ids,
                marks: &self.unit.marks,
                field_manager: &self.unit.field_manager,
                namespace: None,
                expressions: &[],
                detail: Detail::Quick,
            };
            seen.objects.extend(cluster.observe(look).await.unwrap().objects);
        }
        let observed = seen;
        let rendered = Rendered {
            objects: desired.to_vec(),
            ..Rendered::default()
        };
        let commit = CommitId::parse(&"a".repeat(40)).unwrap();
        let input = Input {
            unit: &self.unit,
            revision: Some(&Revision { commit, name: None }),
            rendered: &rendered,
            inventory: &self.inventory,
            observed: &observed,
            scope: Scope {
                extent: Extent::Apply,
                prune: true,
            },
            directives: |_| Directives::default(),
            course,
        };
        plumb_plan::plan(input).unwrap()
    }

    /// One pass down the line.
    pub(crate) async fn pass(&mut self, cluster: &Cluster, desired: &[Object]) -> Applied {
        self.pass_in(cluster, desired, None).await
    }

    /// One pass in the course of an operation.
    pub(crate) async fn pass_in(
        &mut self,
        cluster: &Cluster,
        desired: &[Object],
        course: Option<Course<'_>>,
    ) -> Applied {
        let plan = self.plan_in(cluster, desired, course).await;
        let approved = plumb_policy::review(plan, &Facts::default()).unwrap();
        let limits = ApplyLimits {
            timeout: Duration::from_secs(20),
        };
        let applied = cluster.apply(&approved, &self.unit.marks, limits).await;
        if applied.complete {
            self.inventory = desired
                .iter()
                .map(|it| (it.id.clone(), it.gvk.version.clone()))
                .collect();
        }
        applied
    }

    fn leftovers(&self, desired: &[Object]) -> BTreeMap<ObjectId, String> {
        let wanted = |id: &ObjectId| desired.iter().any(|object| object.id == *id);
        self.inventory
            .iter()
            .filter(|(id, _)| !wanted(id))
            .map(|(id, it)| (id.clone(), it.clone()))
            .collect()
    }
}

/// An object with the unit's marks.
pub(crate) fn object(mut body: Value) -> Object {
    body["metadata"]["labels"]["unit"] = json!("test");
    let origin = Origin {
        path: TreePath::parse("app/all.yaml").unwrap(),
        line: 7,
    };
    Object::new(body, origin).unwrap()
}

pub(crate) fn config_map(name: &str, data: Value) -> Object {
    object(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"},
        "data": data}),
    )
}

pub(crate) fn deployment(name: &str, image: &str) -> Object {
    object(json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": image, "resources": {"limits": {"cpu": "1000m"}},
                "ports": [{"containerPort": 80}]}]}}}}))
}

pub(crate) fn actions(applied: &Applied) -> Vec<(String, ActionDone)> {
    applied
        .results
        .iter()
        .map(|result| (result.id.name.clone(), result.action))
        .collect()
}

fn unit() -> Unit {
    Unit {
        id: UnitId {
            kind: UnitKind::Application,
            namespace: "a".into(),
            name: "test".into(),
        },
        uid: "1".into(),
        generation: 1,
        source: SourceSpec {
            url: "https://example.org/repo".into(),
            reference: Reference::Head,
            credentials: None,
            interval: None,
            timeout: None,
            object: None,
        },
        render: RenderSpec::default(),
        destination: Destination {
            cluster: ClusterRef::Own,
            namespace: Some("default".into()),
        },
        sync: SyncPolicy {
            automated: true,
            prune: true,
            self_heal: true,
            allow_empty: true,
            create_namespace: true,
            wait: false,
            force: false,
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            interval: None,
            history_limit: 10,
            conduct: Conduct::default(),
            ignore: Vec::new(),
            keeps_ignored: false,
        },
        marks: Marks {
            labels: BTreeMap::from([("unit".into(), "test".into())]),
            tracking: None,
        },
        field_manager: MANAGER.into(),
        acts_as: ActsAs::Plumb,
        suspended: false,
        pause: None,
        deletion: None,
        hold: None,
        request: None,
        approval: Approval::default(),
        depends_on: Vec::new(),
        readiness: plumb_model::Readiness::default(),
    }
}
