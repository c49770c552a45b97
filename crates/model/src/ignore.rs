//! Which fields of which objects are left to others.

/// Fields of objects in which a difference is no drift.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRule {
    /// The objects.
    pub target: IgnoreTarget,
    /// Their fields.
    pub fields: IgnoredFields,
}

/// Objects by what they are. Each part is a regular expression for the whole of its value; `None` = any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreTarget {
    /// The API group; empty for the core group.
    pub group: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The kind.
    pub kind: Option<String>,
    /// The namespace; empty for objects of the whole cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// A selector of labels, as `app=web,tier in (a, b)`.
    pub labels: Option<String>,
    /// A selector of annotations, written alike.
    pub annotations: Option<String>,
}

/// Fields in which a difference is no drift.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoredFields {
    /// JSON pointers (RFC 6901).
    pub pointers: Vec<String>,
    /// jq expressions that tell paths.
    pub expressions: Vec<String>,
    /// All fields that these field managers own.
    pub managers: Vec<String>,
    /// An apply leaves them as they are, too.
    pub kept: bool,
}

impl IgnoredFields {
    /// Whether nothing is ignored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pointers.is_empty() && self.expressions.is_empty() && self.managers.is_empty()
    }

    /// Ignores what `other` ignores, too.
    pub fn add(&mut self, other: &Self) {
        self.pointers.extend(other.pointers.iter().cloned());
        self.expressions.extend(other.expressions.iter().cloned());
        self.managers.extend(other.managers.iter().cloned());
        self.kept |= other.kept;
    }
}
