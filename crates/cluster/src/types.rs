//! What kinds look like: built-in ones from the table, custom ones from their definitions.
//!
//! A definition is read when the first object of its kind is compared, and again after a while or when kinds have come; so a
//! schema may be older than the one in force. That costs at most a dry-run.
//!
//! **Absent:** kinds of aggregated API servers; those, and definitions that may not be read, are compared without a schema.
//! **Start at** [`Types::of`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use plumb_model::{GroupKind, GroupVersionKind};
use plumb_schema::{Schemas, Type, TypeRef};
use serde_json::Value;

use crate::{ClusterError, kinds::KindInfo, read, wire::Wire};

/// How long a definition is taken for current.
const FRESH: Duration = Duration::from_secs(600);

/// The type of one kind.
#[derive(Clone, Debug)]
pub(crate) enum KindType {
    /// It is in the table.
    Builtin(TypeRef<'static>),
    /// It has a definition.
    Custom(Arc<Type>),
    /// Nobody knows.
    Unknown,
}

/// The types of custom kinds of one cluster, as far as asked for.
#[derive(Default)]
pub(crate) struct Types {
    known: Mutex<HashMap<GroupVersionKind, Known>>,
}

struct Known {
    at: Instant,
    ty: Option<Arc<Type>>,
}

impl KindType {
    /// The type; that of free form where nobody knows.
    pub(crate) fn root(&self) -> TypeRef<'_> {
        match self {
            Self::Builtin(ty) => *ty,
            Self::Custom(ty) => ty.root(),
            Self::Unknown => TypeRef::deduced(),
        }
    }
}

impl Types {
    /// The type of a kind; asks the cluster for the definition of a custom one at most once in a while.
    pub(crate) async fn of(
        &self,
        wire: &Wire,
        definitions: Option<&KindInfo>,
        info: &KindInfo,
        version: &str,
    ) -> Result<KindType, ClusterError> {
        let gvk = GroupVersionKind::new(info.group.clone(), version, info.kind.clone());
        if let Some(ty) = Schemas::builtin().kind(&gvk) {
            return Ok(KindType::Builtin(ty));
        }
        if let Some(known) = self.lock().get(&gvk).filter(|known| known.at.elapsed() < FRESH) {
            return Ok(known.ty.clone().map_or(KindType::Unknown, KindType::Custom));
        }
        let name = format!("{}.{}", info.plural, info.group);
        let definition = match definitions {
            Some(crds) => read::get(wire, crds, &crds.version, (None, &name)).await,
            None => Ok(None),
        };
        let ty = match definition {
            Ok(definition) => definition.and_then(|it| schema(&it, version)).map(Arc::new),
            Err(error) if error.is_fatal() => return Err(error),
            Err(_) => None,
        };
        let known = Known {
            at: Instant::now(),
            ty: ty.clone(),
        };
        self.lock().insert(gvk, known);
        Ok(ty.map_or(KindType::Unknown, KindType::Custom))
    }

    /// The definition of this kind has changed.
    pub(crate) fn forget(&self, kind: &GroupKind) {
        self.lock().retain(|gvk, _| gvk.group_kind() != *kind);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GroupVersionKind, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The schema of one version.
fn schema(definition: &Value, version: &str) -> Option<Type> {
    let versions = definition["spec"]["versions"].as_array()?;
    let version = versions.iter().find(|it| it["name"] == version)?;
    Type::from_structural(&version["schema"]["openAPIV3Schema"]).ok()
}
