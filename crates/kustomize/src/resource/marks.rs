//! What a build notes about an object, as the annotations that the original keeps it in.
//!
//! Here it stands beside the object. Where something looks at all annotations as one, it has to see them.
//! **Start at** [`Resource::showing_marks`].

use plumb_yaml::{Mapping, Node, Text};

use super::{Behavior, Previous, Resource, empty_mapping};
use crate::origin::{ORIGIN, TRANSFORMATIONS, transformations_text};

const KINDS: &str = "internal.config.kubernetes.io/previousKinds";
const NAMES: &str = "internal.config.kubernetes.io/previousNames";
const NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
const PREFIXES: &str = "internal.config.kubernetes.io/prefixes";
const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";
const BEHAVIOR: &str = "internal.config.kubernetes.io/generatorBehavior";
const HASH: &str = "internal.config.kubernetes.io/needsHashSuffix";
const NAME_CHANGE: &str = "internal.config.kubernetes.io/allowNameChange";
const KIND_CHANGE: &str = "internal.config.kubernetes.io/allowKindChange";
const ENABLED: &str = "enabled";

/// Marks that come back when something took them away.
const STAYING: [&str; 9] = [
    KINDS,
    NAMES,
    NAMESPACES,
    PREFIXES,
    SUFFIXES,
    BEHAVIOR,
    HASH,
    NAME_CHANGE,
    KIND_CHANGE,
];

impl Resource {
    /// Lets `change` see the marks among the annotations; what it does to them counts.
    pub(crate) fn showing_marks<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        self.show_marks();
        let result = change(&mut self.node);
        self.hide_marks();
        result
    }

    /// [`Resource::showing_marks`], after which marks that are gone come back, and all annotations are texts.
    pub(crate) fn showing_lasting_marks<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        self.show_marks();
        let staying: Vec<(&str, Node)> = STAYING
            .iter()
            .filter_map(|key| Some((*key, self.annotations()?.get(key)?.clone())))
            .collect();
        let result = change(&mut self.node);
        self.annotations_to_text();
        if !staying.is_empty() {
            self.empty_odd_annotations();
        }
        for (key, value) in staying {
            if let Some(annotations) = self.annotations_mut() {
                annotations.insert(key, value);
            }
        }
        self.hide_marks();
        result
    }

    fn annotations(&self) -> Option<&Mapping> {
        self.node.at(&["metadata", "annotations"])?.as_mapping()
    }

    fn annotations_mut(&mut self) -> Option<&mut Mapping> {
        let annotations = self
            .metadata_mut()?
            .entry_or_insert_with("annotations", empty_mapping);
        if annotations.is_null() {
            *annotations = empty_mapping();
        }
        annotations.as_mapping_mut()
    }

    /// Annotations that are no map have none in them.
    fn empty_odd_annotations(&mut self) {
        let metadata = self.node.get_mut("metadata").and_then(Node::as_mapping_mut);
        if let Some(annotations) = metadata.and_then(|metadata| metadata.get_mut("annotations"))
            && annotations.as_mapping().is_none()
        {
            *annotations = empty_mapping();
        }
    }

    /// Puts the marks among the annotations.
    pub(crate) fn show_marks(&mut self) {
        let marks = self.marks();
        if marks.is_empty() {
            return;
        }
        let Some(annotations) = self.annotations_mut() else {
            return;
        };
        for (key, text) in marks {
            annotations.insert(key, Node::text(text));
        }
    }

    fn marks(&self) -> Vec<(&'static str, String)> {
        let previous = |part: fn(&Previous) -> &Text| joined(self.previous.iter().map(part));
        let behavior = match self.behavior {
            None => "",
            Some(Behavior::Unspecified) => "unspecified",
            Some(Behavior::Create) => "create",
            Some(Behavior::Replace) => "replace",
            Some(Behavior::Merge) => "merge",
        };
        let enabled = |is_on: bool| if is_on { ENABLED } else { "" }.to_owned();
        let origin = self.origin.as_ref().map(|origin| origin.text());
        let all = [
            (KINDS, previous(|previous| &previous.kind)),
            (NAMES, previous(|previous| &previous.name)),
            (NAMESPACES, previous(|previous| &previous.namespace)),
            (PREFIXES, joined(self.prefixes.iter())),
            (SUFFIXES, joined(self.suffixes.iter())),
            (BEHAVIOR, behavior.to_owned()),
            (HASH, enabled(self.needs_hash)),
            (NAME_CHANGE, enabled(self.freedom.name)),
            (KIND_CHANGE, enabled(self.freedom.kind)),
            (ORIGIN, origin.unwrap_or_default()),
            (TRANSFORMATIONS, transformations_text(&self.transformations)),
        ];
        all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }

    /// Takes note of which marks are left, and takes them out of the annotations.
    pub(crate) fn hide_marks(&mut self) {
        let kept = |resource: &Self, key| resource.annotations().is_some_and(|all| all.contains(key));
        if !kept(self, NAMES) {
            self.previous.clear();
        }
        if !kept(self, PREFIXES) {
            self.prefixes.clear();
        }
        if !kept(self, SUFFIXES) {
            self.suffixes.clear();
        }
        if !kept(self, BEHAVIOR) {
            self.behavior = None;
        }
        self.needs_hash &= kept(self, HASH);
        self.freedom.name &= kept(self, NAME_CHANGE);
        self.freedom.kind &= kept(self, KIND_CHANGE);
        if !kept(self, ORIGIN) {
            self.origin = None;
        }
        if !kept(self, TRANSFORMATIONS) {
            self.transformations.clear();
        }
        let annotations = self.node.get_mut("metadata").and_then(|metadata| {
            let annotations = metadata.get_mut("annotations")?;
            annotations.as_mapping_mut()
        });
        if let Some(annotations) = annotations {
            annotations.retain(|key, _| !STAYING.contains(&key) && key != ORIGIN && key != TRANSFORMATIONS);
        }
    }
}

/// Texts as the original keeps several in one; empty ones are never added.
fn joined<'t>(texts: impl Iterator<Item = &'t Text>) -> String {
    let texts: Vec<&str> = texts.map(Text::as_str).filter(|text| !text.is_empty()).collect();
    texts.join(",")
}
