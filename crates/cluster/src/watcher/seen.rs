//! One event of a watch, or one item of a list, parsed only as far as needed.
//!
//! **Invariant:** [`Seen::meta`] builds no tree: most objects of a watched kind are nobody's, and cost no more than that.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// An event or an item.
pub(crate) enum Seen {
    /// A line of a watch.
    Line(Bytes),
    /// An item of a list.
    Whole(Box<Value>),
}

/// What names an object and its state.
pub(crate) struct Meta {
    pub(crate) event: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) resource_version: String,
    pub(crate) ends_initial: bool,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    event: String,
    #[serde(default)]
    object: LineObject,
}

#[derive(Default, Deserialize)]
struct LineObject {
    #[serde(default)]
    metadata: LineMetadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LineMetadata {
    name: String,
    namespace: Option<String>,
    resource_version: String,
    annotations: Option<LineAnnotations>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LineAnnotations {
    #[serde(rename = "k8s.io/initial-events-end")]
    initial_events_end: Option<String>,
}

impl Seen {
    pub(crate) fn meta(&self) -> Option<Meta> {
        match self {
            Self::Line(line) => {
                let Line {
                    event,
                    object: LineObject { metadata },
                } = serde_json::from_slice(line).ok()?;
                let ends_initial = metadata
                    .annotations
                    .is_some_and(|it| it.initial_events_end.is_some());
                let LineMetadata {
                    name,
                    namespace,
                    resource_version,
                    ..
                } = metadata;
                Some(Meta {
                    event,
                    namespace,
                    name,
                    resource_version,
                    ends_initial,
                })
            }
            Self::Whole(body) => {
                let metadata = &body["metadata"];
                let text = |key: &str| metadata[key].as_str().map(str::to_owned);
                Some(Meta {
                    event: String::new(),
                    namespace: text("namespace"),
                    name: text("name")?,
                    resource_version: text("resourceVersion").unwrap_or_default(),
                    ends_initial: false,
                })
            }
        }
    }

    /// The object.
    pub(crate) fn body(self) -> Value {
        match self {
            Self::Line(line) => {
                let mut line: Value = serde_json::from_slice(&line).unwrap_or_default();
                line["object"].take()
            }
            Self::Whole(body) => *body,
        }
    }
}

impl Meta {
    /// The resource version as a number. Servers count them up, and clients may compare them.
    pub(crate) fn version(&self) -> u64 {
        self.resource_version.parse().unwrap_or(0)
    }
}
