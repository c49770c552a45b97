//! One object on its way through a build, with what it was before.
//!
//! The original keeps this in annotations of the object; here it stands beside it, so that patches cannot touch it.
//! **Start at** [`Resource`]; collections are [`ResMap`].

mod from_yaml;
mod id;
mod map;
mod marks;
pub(crate) mod shared;

pub(crate) use from_yaml::read_resources;
pub(crate) use id::{Gvk, ResId, is_known};
pub(crate) use map::ResMap;

use plumb_yaml::{Mapping, Mark, Node, Text, Value};

use crate::{origin::Origin, scalar};

/// What a generated object does to one of the same identity that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Nothing said.
    #[default]
    Unspecified,
    /// There must be none.
    Create,
    /// It takes its place.
    Replace,
    /// Its data is added to it.
    Merge,
}

/// Whether labels or annotations were added whose keys, unquoted, are no texts. The original cannot print them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OddKeys {
    pub(crate) annotations: bool,
    pub(crate) elsewhere: bool,
}

/// What an object was called before a transformer renamed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) kind: Text,
    pub(crate) name: Text,
    pub(crate) namespace: Text,
}

/// One object on its way through a build.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) node: Node,
    /// Where it was written, or asked for.
    pub(crate) mark: Mark,
    pub(crate) previous: Vec<Previous>,
    pub(crate) prefixes: Vec<Text>,
    pub(crate) suffixes: Vec<Text>,
    /// What it does to others; only generated objects say.
    pub(crate) behavior: Option<Behavior>,
    pub(crate) needs_hash: bool,
    /// What patches were allowed to change.
    pub(crate) freedom: Freedom,
    pub(crate) variables: Vec<Text>,
    pub(crate) odd_keys: OddKeys,
    /// How often labels or annotations were set.
    pub(crate) runs: u32,
    pub(crate) origin: Option<Origin>,
    pub(crate) transformations: Vec<Origin>,
}

/// What a strategic merge patch may change of an object's identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freedom {
    pub(crate) name: bool,
    pub(crate) kind: bool,
}

impl Resource {
    pub(crate) fn new(node: Node) -> Self {
        Self {
            mark: node.mark,
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: None,
            needs_hash: false,
            freedom: Freedom::default(),
            variables: Vec::new(),
            odd_keys: OddKeys::default(),
            runs: 0,
            origin: None,
            transformations: Vec::new(),
        }
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::of(&self.node)
    }

    pub(crate) fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::as_str).unwrap_or("")
    }

    /// The kind that it came with.
    pub(crate) fn original_kind(&self) -> &str {
        self.previous
            .first()
            .map_or_else(|| self.kind(), |previous| &previous.kind)
    }

    pub(crate) fn name(&self) -> Text {
        self.node
            .at(&["metadata", "name"])
            .map(scalar::plain_text)
            .unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> Text {
        self.node
            .at(&["metadata", "namespace"])
            .map(scalar::plain_text)
            .unwrap_or_default()
    }

    pub(crate) fn id(&self) -> ResId {
        ResId {
            gvk: self.gvk(),
            name: self.name(),
            namespace: self.namespace(),
        }
    }

    /// The identities it had, oldest first, without the present one.
    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = ResId> {
        let gvk = if self.previous.is_empty() {
            Gvk::default()
        } else {
            self.gvk()
        };
        self.previous.iter().map(move |previous| ResId {
            gvk: Gvk {
                kind: previous.kind.clone(),
                ..gvk.clone()
            },
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
        })
    }

    /// The identity it came with.
    pub(crate) fn original_id(&self) -> ResId {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Whether any identity, past or present, satisfies `matches`.
    pub(crate) fn any_id(&self, mut matches: impl FnMut(&ResId) -> bool) -> bool {
        self.previous_ids().any(|id| matches(&id)) || matches(&self.id())
    }

    /// Remembers the present identity before it changes.
    pub(crate) fn remember(&mut self) {
        // The original writes all annotations anew then, and their keys as texts.
        self.odd_keys.annotations = false;
        let id = self.id();
        let namespace = id.effective_namespace().into();
        self.previous.push(Previous {
            kind: id.gvk.kind,
            name: id.name,
            namespace,
        });
    }

    pub(crate) fn is_gone(&self) -> bool {
        match &self.node.value {
            Value::Null => true,
            Value::Mapping(mapping) => mapping.is_empty(),
            _ => false,
        }
    }

    /// `metadata.labels` or `metadata.annotations` as text.
    pub(crate) fn texts(&self, field: &str) -> Vec<(Text, Text)> {
        self.node
            .at(&["metadata", field])
            .and_then(Node::as_mapping)
            .map(|mapping| {
                mapping
                    .iter()
                    .map(|(key, value)| (key.into(), scalar::plain_text(value)))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Makes annotations text, as the original has them in the end. A list is keys and values by turns.
    pub(crate) fn annotations_to_text(&mut self) {
        let annotations = self
            .node
            .get_mut("metadata")
            .and_then(|metadata| metadata.get_mut("annotations"));
        let Some(annotations) = annotations else { return };
        if let Some(pairs) = annotations.as_sequence().and_then(as_pairs) {
            annotations.value = Value::Mapping(pairs);
        }
        for (_, value) in annotations
            .as_mapping_mut()
            .into_iter()
            .flat_map(Mapping::iter_mut)
        {
            if !matches!(value.value, Value::String(_)) {
                value.value = Value::String(scalar::written_text(value));
            }
            shared::note_made(value);
        }
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<Text> {
        self.node
            .at(&["metadata", "annotations", key])
            .map(scalar::plain_text)
    }

    /// `metadata`, made where missing.
    pub(crate) fn metadata_mut(&mut self) -> Option<&mut Mapping> {
        let metadata = self
            .node
            .as_mapping_mut()?
            .entry_or_insert_with("metadata", empty_mapping);
        if metadata.is_null() {
            *metadata = empty_mapping();
        }
        metadata.as_mapping_mut()
    }
}

/// What a list says as keys and values by turns, if every key is one.
fn as_pairs(items: &[Node]) -> Option<Mapping> {
    let mut pairs = Mapping::new();
    for pair in items.chunks(2) {
        let [key, value] = pair else { return None };
        let key =
            Some(scalar::plain_text(key)).filter(|key| scalar::is_scalar(&pair[0]) && !key.is_empty())?;
        pairs.insert(key, value.clone());
    }
    Some(pairs)
}

/// A map with nothing in it.
pub(crate) fn empty_mapping() -> Node {
    Value::Mapping(Mapping::new()).into()
}
