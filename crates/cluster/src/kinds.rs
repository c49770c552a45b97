//! Which kinds the cluster serves, and under which paths.
//!
//! **Invariant:** a catalog is never changed, only replaced; kinds keep the order in which the server names them.
//! **Absent:** the schemas of kinds. **Start at** [`Kinds::known`].

mod discovery;
#[cfg(test)]
mod tests;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use plumb_model::{GroupKind, GroupVersionKind, ObjectId};

use crate::{ClusterError, wire::Wire};

/// Discovery is not asked more often than this because of unknown kinds.
const PAUSE: Duration = Duration::from_secs(2);

/// One kind that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind, in CamelCase.
    pub kind: String,
    /// The version that the server prefers.
    pub version: String,
    /// Every version, the preferred one first.
    pub versions: Vec<String>,
    /// The name in paths: `deployments`.
    pub plural: String,
    /// One of them: `deployment`.
    pub singular: String,
    /// Short names: `deploy`.
    pub short_names: Vec<String>,
    /// Groups of kinds that it is part of: `all`.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with it: `get`, `list`, `watch`, ...
    pub verbs: Vec<String>,
}

/// All kinds at one moment.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    order: Vec<Arc<KindInfo>>,
    by_kind: BTreeMap<GroupKind, usize>,
}

/// The catalog of one cluster, read when first needed.
pub(crate) struct Kinds {
    catalog: RwLock<Arc<Catalog>>,
    /// When it was last read; the lock also keeps readers from asking at the same time.
    read_at: tokio::sync::Mutex<Option<Instant>>,
}

impl KindInfo {
    /// Its group and kind.
    #[must_use]
    pub fn group_kind(&self) -> GroupKind {
        GroupKind::new(self.group.clone(), self.kind.clone())
    }

    /// It at the version that the server prefers.
    #[must_use]
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::new(self.group.clone(), self.version.clone(), self.kind.clone())
    }

    /// The path of its objects at `version`: all of them, or those of one namespace.
    pub(crate) fn path(&self, version: &str, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() {
            "/api".to_owned()
        } else {
            format!("/apis/{}", self.group)
        };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!(
                "{root}/{version}/namespaces/{}/{}",
                escaped(namespace),
                self.plural
            ),
            None => format!("{root}/{version}/{}", self.plural),
        }
    }

    /// The path of one object.
    pub(crate) fn object_path(&self, version: &str, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{}", self.path(version, namespace), escaped(name))
    }

    /// How errors name one of its objects.
    pub(crate) fn id(&self, namespace: Option<&str>, name: &str) -> ObjectId {
        let namespace = namespace.filter(|_| self.namespaced).map(str::to_owned);
        ObjectId {
            kind: self.group_kind(),
            namespace,
            name: name.to_owned(),
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.group.is_empty() && self.kind == "Secret"
    }

    pub(crate) fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

impl Catalog {
    fn new(kinds: Vec<KindInfo>) -> Self {
        let order: Vec<Arc<KindInfo>> = kinds.into_iter().map(Arc::new).collect();
        let mut by_kind = BTreeMap::new();
        for (index, info) in order.iter().enumerate() {
            by_kind.entry(info.group_kind()).or_insert(index);
        }
        Self { order, by_kind }
    }

    pub(crate) fn get(&self, kind: &GroupKind) -> Option<&Arc<KindInfo>> {
        self.by_kind.get(kind).and_then(|index| self.order.get(*index))
    }
}

impl Kinds {
    pub(crate) fn new() -> Self {
        Self {
            catalog: RwLock::default(),
            read_at: tokio::sync::Mutex::new(None),
        }
    }

    /// What is known now, without asking.
    pub(crate) fn now(&self) -> Arc<Catalog> {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The catalog, asked anew where it lacks one of `wanted` and was not read a moment ago.
    pub(crate) async fn known<'k>(
        &self,
        wire: &Wire,
        wanted: impl IntoIterator<Item = &'k GroupKind>,
    ) -> Result<Arc<Catalog>, ClusterError> {
        let catalog = self.now();
        if wanted.into_iter().all(|kind| catalog.get(kind).is_some()) {
            return Ok(catalog);
        }
        let mut read_at = self.read_at.lock().await;
        if read_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return Ok(self.now());
        }
        self.read(wire, &mut read_at).await
    }

    /// The catalog, asked anew.
    pub(crate) async fn refresh(&self, wire: &Wire) -> Result<Arc<Catalog>, ClusterError> {
        let mut read_at = self.read_at.lock().await;
        self.read(wire, &mut read_at).await
    }

    async fn read(&self, wire: &Wire, read_at: &mut Option<Instant>) -> Result<Arc<Catalog>, ClusterError> {
        let catalog = Arc::new(Catalog::new(discovery::read(wire).await?));
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = catalog.clone();
        *read_at = Some(Instant::now());
        Ok(catalog)
    }
}

/// The kinds of `wanted` that the cluster serves.
pub(crate) fn pick(catalog: &Catalog, wanted: &BTreeSet<GroupKind>) -> BTreeMap<GroupKind, KindInfo> {
    wanted
        .iter()
        .filter_map(|kind| Some((kind.clone(), catalog.get(kind)?.as_ref().clone())))
        .collect()
}

/// A name as a part of a path.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
