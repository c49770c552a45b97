//! The API server without HTTP: the objects, the types that are served now, and what every call carries.
//!
//! **Invariant:** the catalog always fits the stored CRDs; both change in the same turn of writing.
//! **Absent:** the verbs themselves ([`crate::registry`]) and HTTP ([`crate::route`]).
//! **Start at** [`Api`].

use crate::{
    crd,
    registry::update::Target,
    resource::{Catalog, Resource},
    status_error::{ApiError, Subject},
    store::Store,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The ConfigMap of every namespace that holds the certificate of the authority.
pub(crate) const ROOT_AUTHORITY: &str = "kube-root-ca.crt";
/// Namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The server's state and settings.
#[derive(Debug)]
pub(crate) struct Api {
    /// All objects.
    pub(crate) store: Store,
    builtin: Catalog,
    catalog: RwLock<Arc<Catalog>>,
    /// Which addresses services get next.
    pub(crate) addresses: AtomicU64,
    /// Objects by uid that are stored in another form than they are shown in.
    unsettled: Mutex<BTreeSet<String>>,
    /// The certificate of the authority, which every namespace has in a ConfigMap where there are controllers.
    authority: Option<String>,
}

/// What to do about fields that the schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them and say so.
    #[default]
    Warn,
    /// Refuse the object.
    Strict,
}

/// What every write carries beside the object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    /// Who writes, for `managedFields`.
    pub(crate) manager: String,
    /// Decide everything, store nothing.
    pub(crate) dry_run: bool,
    /// What to do about unknown fields.
    pub(crate) validation: FieldValidation,
    /// Server-side apply takes fields from other managers.
    pub(crate) force: bool,
    /// The caller is one of the controllers in here: a new object keeps the status it comes with.
    pub(crate) controller: bool,
    /// The object comes with managed fields that server-side apply made: keep them.
    pub(crate) tracked: bool,
    /// What an apply is of, as refusals name it.
    pub(crate) applied: Option<String>,
    /// The object is what a patch made of the stored one.
    pub(crate) patched: bool,
    /// The path that was written to, when it is neither the object nor its status.
    pub(crate) subresource: &'static str,
    /// What the caller should know; sent as `Warning` headers.
    pub(crate) warnings: Vec<String>,
}

impl Call {
    /// A write by one of the controllers in here.
    #[must_use]
    pub(crate) fn controller() -> Self {
        let manager = "kube-controller-manager".to_owned();
        Self {
            manager,
            controller: true,
            validation: FieldValidation::Ignore,
            ..Self::default()
        }
    }
}

impl Api {
    /// A server with nothing but the built-in types.
    #[must_use]
    pub(crate) fn new(history: usize, authority: Option<String>) -> Self {
        let builtin = Catalog::builtin();
        let catalog = RwLock::new(Arc::new(builtin.clone()));
        Self {
            store: Store::new(history),
            builtin,
            catalog,
            addresses: AtomicU64::new(0),
            unsettled: Mutex::default(),
            authority,
        }
    }

    /// Notes whether an object is stored in another form than it is shown in; gives what was noted before.
    pub(crate) fn unsettled(&self, object: &Value, now: bool) -> bool {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let mut noted = self.unsettled.lock().unwrap_or_else(PoisonError::into_inner);
        if now {
            !noted.insert(uid.to_owned())
        } else {
            noted.remove(uid)
        }
    }

    /// Creates what every cluster has from its first moment, unless it is there.
    pub(crate) fn bootstrap(&self) -> Result<(), ApiError> {
        self.refresh_catalog();
        self.renew_root_authorities()?;
        let mut call = Call {
            manager: "kube-apiserver".to_owned(),
            ..Call::default()
        };
        for name in NAMESPACES {
            self.ensure(
                "",
                "namespaces",
                "",
                json!({ "metadata": { "name": name } }),
                &mut call,
            )?;
        }
        for (name, value) in [
            ("system-cluster-critical", 2_000_000_000),
            ("system-node-critical", 2_000_001_000),
        ] {
            let class = json!({
                "metadata": { "name": name }, "value": value,
                "description": "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
            });
            self.ensure("scheduling.k8s.io", "priorityclasses", "", class, &mut call)?;
        }
        let range = json!({ "metadata": { "name": "kubernetes" }, "spec": { "cidrs": ["10.96.0.0/16"] } });
        self.ensure("networking.k8s.io", "servicecidrs", "", range, &mut call)?;
        let labels = json!({ "component": "apiserver", "provider": "kubernetes" });
        let service = json!({
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": labels },
            "spec": {
                "clusterIP": "10.96.0.1",
                "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443 }],
            },
        });
        self.ensure("", "services", "default", service, &mut call)
    }

    /// The ConfigMap that tells Pods of a namespace whom to trust; `None` where no controller makes one.
    #[must_use]
    pub(crate) fn root_authority(&self, namespace: &str) -> Option<Value> {
        let authority = self.authority.as_ref()?;
        let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                           endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                           guaranteed across distributions of Kubernetes clusters.";
        Some(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": ROOT_AUTHORITY, "namespace": namespace,
                "annotations": { "kubernetes.io/description": description },
            },
            "data": { "ca.crt": authority },
        }))
    }

    /// Gives namespaces of an earlier run, which had another authority, the one of this run.
    fn renew_root_authorities(&self) -> Result<(), ApiError> {
        let catalog = self.catalog();
        let Some(maps) = catalog.find("", "v1", "configmaps") else {
            return Ok(());
        };
        for (_, namespace) in self.store.list("/namespaces", None).objects {
            let name = namespace["metadata"]["name"].as_str().unwrap_or_default();
            if self.store.get("/configmaps", name, ROOT_AUTHORITY).is_some()
                && let Some(map) = self.root_authority(name)
            {
                let target = Target::new(maps, name, ROOT_AUTHORITY);
                self.update(target, map, &mut Call::controller())?;
            }
        }
        Ok(())
    }

    /// Creates an object unless its name is taken.
    pub(crate) fn ensure(
        &self,
        group: &str,
        plural: &str,
        namespace: &str,
        mut object: Value,
        call: &mut Call,
    ) -> Result<(), ApiError> {
        let catalog = self.catalog();
        let resource = catalog
            .preferred(group, plural)
            .ok_or_else(ApiError::no_resource)?;
        object["apiVersion"] = resource.api_version().into();
        object["kind"] = resource.kind.as_str().into();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        if self.store.get(&resource.table, namespace, name).is_some() {
            return Ok(());
        }
        self.create(resource, namespace, object, call).map(|_| ())
    }

    /// The types served now.
    #[must_use]
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes the catalog fit the stored CRDs.
    pub(crate) fn refresh_catalog(&self) {
        let mut catalog = self.builtin.clone();
        let definitions = self.store.list(crd::TABLE, None);
        for (_, definition) in &definitions.objects {
            crd::add_to(&mut catalog, definition);
        }
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
    }

    /// One object in the version of `resource`.
    pub(crate) fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Value>, ApiError> {
        let object = self.store.get(&resource.table, namespace, name);
        object
            .map(|object| resource.view(&object))
            .ok_or_else(|| ApiError::not_found(subject(resource, name)))
    }

    /// A number that no earlier call got.
    pub(crate) fn next_address(&self) -> u64 {
        self.addresses.fetch_add(1, Ordering::Relaxed)
    }
}

/// What a refusal about an object of this type names.
#[must_use]
pub(crate) fn subject<'a>(resource: &'a Resource, name: &'a str) -> Subject<'a> {
    Subject {
        group: &resource.group,
        resource: &resource.plural,
        name,
    }
}

/// What a refusal by validation names: the kind.
#[must_use]
pub(crate) fn kind_subject<'a>(resource: &'a Resource, name: &'a str) -> Subject<'a> {
    Subject {
        group: &resource.group,
        resource: &resource.kind,
        name,
    }
}

/// Now, as Kubernetes writes times.
#[must_use]
pub(crate) fn now() -> String {
    time_text(jiff::Timestamp::now())
}

/// Now plus some time.
#[must_use]
pub(crate) fn now_plus(time: Duration) -> String {
    let now = jiff::Timestamp::now();
    time_text(now.checked_add(time).unwrap_or(now))
}

fn time_text(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
