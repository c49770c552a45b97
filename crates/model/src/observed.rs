//! What a cluster says of the objects that a unit is about.

use std::{collections::BTreeMap, sync::Arc};

use plumb_schema::Type;
use serde_json::Value;

use crate::{GroupVersionKind, Health, ObjectId};

/// What the cluster says of every object that a unit wants or has.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// By object.
    pub objects: BTreeMap<ObjectId, Observation>,
    /// Whether the destination namespace is there; `None` where none is asked for.
    pub namespace_exists: Option<bool>,
    /// What custom kinds look like, as far as known.
    pub types: BTreeMap<GroupVersionKind, Arc<Type>>,
    /// Objects that are to be applied otherwise than as Git says, since fields of theirs are left to others.
    pub yielded: BTreeMap<ObjectId, Arc<Value>>,
}

/// What the cluster says of one object.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What is there.
    pub live: Live,
    /// How well it is; `None` for kinds that have no health of their own.
    pub health: Option<Health>,
}

/// What is there.
#[derive(Clone, Debug)]
pub enum Live {
    /// Nothing.
    Absent,
    /// The cluster does not know the kind (yet): a CRD of the same plan may bring it.
    UnknownKind,
    /// Exactly what the last apply left, and that was of the same desired object.
    Settled,
    /// Exactly what the last apply left, but the desired object has changed since.
    Outdated,
    /// Something that had to be looked at.
    Present {
        /// All of it.
        body: Arc<Value>,
        /// What it would be after the apply, as the server says; `None` where live holds all that is desired.
        predicted: Option<Arc<Value>>,
    },
    /// It could not be looked at.
    Failed(String),
}

impl Live {
    /// Whether the object is there and to stay, as far as is known.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Absent | Self::UnknownKind => false,
            Self::Settled | Self::Outdated | Self::Failed(_) => true,
            Self::Present { body, .. } => !body["metadata"]["deletionTimestamp"].is_string(),
        }
    }
}

/// One field that is not as Git says, and who made it so.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDrift {
    /// The field, as `.spec.template.spec.containers[name="web"].image`.
    pub path: String,
    /// What Git says; `None` = it should not be there.
    pub desired: Option<Value>,
    /// What is there; `None` = nothing.
    pub live: Option<Value>,
    /// The field manager that owns it now, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// When that manager last wrote (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}
