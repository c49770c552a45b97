//! Objects of a cluster and their ids.

use std::{fmt, sync::Arc};

pub use plumb_schema::{GroupKind, GroupVersionKind};
use serde_json::Value;

use crate::{Digest, Hook, IgnoredFields, Removal, TreePath};

/// An object's place in a cluster. The version is left out: it may change without the object changing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Group and kind.
    pub kind: GroupKind,
    /// The namespace; `None` for objects of the whole cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// Where an object was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, in the tree it was rendered from.
    pub path: TreePath,
    /// 1-based line; 0 where the program made it.
    pub line: u32,
}

/// An object that Git wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its place.
    pub id: ObjectId,
    /// Group, version and kind as written.
    pub gvk: GroupVersionKind,
    /// All of it, as it is to be applied.
    pub body: Arc<Value>,
    /// Where it was written.
    pub origin: Origin,
    /// What its annotations say about how to treat it.
    pub directives: Directives,
    /// The digest of `body` and of what is ignored in it.
    pub digest: Digest,
    /// What is applied in place of `body`, where fields of it are left to others.
    pub yielded: Option<Arc<Value>>,
}

/// What an object's annotations say about how to treat it; read by the adapters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// Objects of a lower wave go first.
    pub wave: i32,
    /// Whether it may be deleted when it leaves Git; `None` = as the unit says.
    pub prune: Option<Removal>,
    /// Whether it may be deleted along with its unit.
    pub delete: Removal,
    /// When it leaves Git, it is deleted after all else.
    pub prune_last: bool,
    /// It is not to be touched at all.
    pub ignore: bool,
    /// It is created where absent, and left alone from then on.
    pub create_only: bool,
    /// It is deleted and created again where the server refuses the change.
    pub force: bool,
    /// It is replaced as a whole, so that fields of others go; `None` = as the unit says.
    pub replace: Option<bool>,
    /// The server passes over fields that it does not know.
    pub lenient: bool,
    /// That the cluster does not know its kind is no fault before it is due.
    pub skip_missing_kind: bool,
    /// Its health does not count.
    pub ignore_health: bool,
    /// Its presence in the cluster beyond Git does not make the unit out of sync.
    pub ignore_extraneous: bool,
    /// Fields of it in which a difference is no drift.
    pub ignored: IgnoredFields,
    /// It is a step of an operation, not part of the unit's state.
    pub hook: Option<Hook>,
    /// How the keys of labels and annotations begin by which people speak to delivery tools on a live object; what they say
    /// there is theirs, whoever came before.
    pub spoken_to: &'static [&'static str],
}

/// Not an object that a cluster could hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// A field is missing or not text.
    #[error("{place}: {field} is missing: every object needs apiVersion, kind and metadata.name")]
    Missing {
        /// `file:line`.
        place: Origin,
        /// Which field.
        field: &'static str,
    },
    /// `apiVersion` is neither `version` nor `group/version`.
    #[error("{place}: apiVersion {api_version:?} is neither VERSION (as v1) nor GROUP/VERSION (as apps/v1)")]
    ApiVersion {
        /// `file:line`.
        place: Origin,
        /// What it says.
        api_version: String,
    },
}

impl Object {
    /// Makes an object of its body.
    ///
    /// # Errors
    /// When `apiVersion`, `kind` or `metadata.name` is missing.
    pub fn new(body: Value, origin: Origin) -> Result<Self, ObjectError> {
        let missing = |field| ObjectError::Missing {
            place: origin.clone(),
            field,
        };
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let api_version = text(&body["apiVersion"]).ok_or_else(|| missing("apiVersion"))?;
        let kind = text(&body["kind"]).ok_or_else(|| missing("kind"))?;
        let metadata = &body["metadata"];
        let name = text(&metadata["name"])
            .or_else(|| text(&metadata["generateName"]))
            .ok_or_else(|| missing("metadata.name"))?;
        let namespace = text(&metadata["namespace"]);
        let gvk =
            GroupVersionKind::from_api_version(&api_version, &kind).map_err(|_| ObjectError::ApiVersion {
                place: origin.clone(),
                api_version: api_version.clone(),
            })?;
        let id = ObjectId {
            kind: gvk.group_kind(),
            namespace,
            name,
        };
        let digest = Digest::of_json(&body);
        Ok(Self {
            id,
            gvk,
            body: Arc::new(body),
            origin,
            directives: Directives::default(),
            digest,
            yielded: None,
        })
    }

    /// What is applied.
    #[must_use]
    pub fn applied(&self) -> &Value {
        self.yielded.as_deref().unwrap_or(&self.body)
    }

    /// The same object with differences in these fields ignored; its digest tells so.
    #[must_use]
    pub fn ignoring(mut self, ignored: IgnoredFields) -> Self {
        self.digest = Digest::of_json(&self.body);
        if !ignored.is_empty() {
            let rules = Digest::of(format!("{ignored:?}").as_bytes());
            self.digest = Digest::chain([self.digest, rules]);
        }
        self.directives.ignored = ignored;
        self
    }

    /// The same object with another body; its id and digest follow.
    ///
    /// # Errors
    /// As [`Object::new`].
    pub fn with_body(&self, body: Value) -> Result<Self, ObjectError> {
        let object = Self {
            directives: self.directives.clone(),
            ..Self::new(body, self.origin.clone())?
        };
        Ok(object.ignoring(self.directives.ignored.clone()))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.kind)?;
        if !self.kind.group.is_empty() {
            write!(f, ".{}", self.kind.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " {namespace}/{}", self.name),
            None => write!(f, " {}", self.name),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.path),
            line => write!(f, "{}:{line}", self.path),
        }
    }
}
