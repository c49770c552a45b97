//! The schemas of one build: those of Kubernetes v1.21.2, or those that `openapi:` names instead.
//!
//! The first kustomization on the way down that names schemas decides, the one that is built before all others.
//! **Invariant:** what one build is told, the next one does not know. **Start at** [`OpenApi::choose`].

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use plumb_yaml::{Dialect, Mapping, Node, SourceId};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    kustomization::Kustomization,
    load::Folder,
    resource::{Gvk, is_known},
    session::Session,
};

/// The only version that the original carries.
const BUILT_IN: &str = "v1.21.2";

/// Which schemas hold; what was looked at before decides whether Kubernetes' own stay when others come.
#[derive(Debug, Default)]
pub(crate) struct OpenApi {
    schemas: RefCell<Rc<Schemas>>,
    is_chosen: Cell<bool>,
    was_used: Cell<bool>,
    met_unknown_kind: Cell<bool>,
}

/// The schemas that hold.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    custom: Option<Custom>,
    builtin: Builtin,
    broken: Option<String>,
}

/// What becomes of Kubernetes' own schemas when a kustomization brings some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Builtin {
    /// They are all there is, or what is brought hides those of the same name.
    #[default]
    Under,
    /// They hide what is brought.
    Over,
    /// They are not there: nobody had asked for them before.
    Absent,
}

/// What a definition refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'s> {
    Custom(&'s Node),
    /// A definition of Kubernetes, by its name.
    Builtin(&'s str),
}

/// Schemas that a kustomization brings.
#[derive(Debug, Default)]
struct Custom {
    definitions: Mapping,
    /// The definition of each kind.
    kinds: BTreeMap<Gvk, Box<str>>,
    /// Whether objects of a kind have a namespace.
    namespaced: BTreeMap<Gvk, bool>,
}

impl OpenApi {
    /// The schemas that hold now.
    pub(crate) fn schemas(&self) -> Rc<Schemas> {
        Rc::clone(&self.schemas.borrow())
    }

    /// Whether a kustomization decided which schemas hold.
    pub(crate) fn is_chosen(&self) -> bool {
        self.is_chosen.get()
    }

    /// Notes that schemas were looked at, as strategic merging does.
    pub(crate) fn note_use(&self) {
        self.was_used.set(true);
    }

    /// Notes the kind of an object that is read.
    pub(crate) fn note_kind(&self, gvk: &Gvk) {
        if !is_known(gvk) {
            self.met_unknown_kind.set(true);
        }
    }

    /// Does what the `openapi:` of a kustomization says.
    pub(crate) fn choose(
        &self,
        session: &Session<'_>,
        folder: &Rc<Folder>,
        kustomization: &Kustomization,
    ) -> Result<()> {
        let said = &kustomization.openapi;
        let content = match said.get("path") {
            Some(path) => Some(folder.load_text(session, &path.text)?),
            None => None,
        };
        if self.is_chosen.get() {
            return Ok(());
        }
        let version = said.get("version").map_or("", |version| &version.text);
        let Some((source, content)) = content else {
            if !version.is_empty() && version != BUILT_IN {
                return Err(error("the specified OpenAPI version is not built in"));
            }
            self.is_chosen.set(!version.is_empty());
            return Ok(());
        };
        if said.contains_key("version") {
            return Err(error(
                "builtin version and custom schema provided, cannot use both",
            ));
        }
        self.is_chosen.set(true);
        let (custom, broken) = match Custom::read(session, source, &content) {
            Ok(custom) => (Some(custom), None),
            Err(failure) => (None, Some(format!("invalid schema file: {}", failure.kind()))),
        };
        *self.schemas.borrow_mut() = Rc::new(Schemas {
            custom,
            builtin: match (self.was_used.get(), self.met_unknown_kind.get()) {
                (true, _) => Builtin::Under,
                (false, true) => Builtin::Over,
                (false, false) => Builtin::Absent,
            },
            broken,
        });
        Ok(())
    }
}

impl Schemas {
    /// Whether the schemas can be used; the original only finds out when it needs them.
    pub(crate) fn check(&self) -> Result<()> {
        self.broken
            .as_deref()
            .map_or(Ok(()), |message| Err(error(message)))
    }

    /// The definition of a kind, if a kustomization brought one.
    pub(crate) fn custom_kind(&self, gvk: &Gvk) -> Option<&Node> {
        let custom = self.custom.as_ref()?;
        let is_hidden = self.builtin == Builtin::Over && is_known(gvk);
        custom
            .definitions
            .get(custom.kinds.get(gvk).filter(|_| !is_hidden)?)
    }

    /// Whether Kubernetes' own schemas are there.
    pub(crate) fn has_builtin(&self) -> bool {
        self.builtin != Builtin::Absent
    }

    /// What a definition refers to, itself where it does not; `None` when that is not there. `is_builtin` says which
    /// definitions Kubernetes has.
    pub(crate) fn resolve<'s>(
        &'s self,
        definition: &'s Node,
        is_builtin: fn(&str) -> bool,
    ) -> Option<Found<'s>> {
        /// A definition that refers to itself would never end.
        const MOST: usize = 32;
        let mut at = definition;
        for _ in 0..MOST {
            let Some(reference) = at
                .get("$ref")
                .and_then(Node::as_str)
                .filter(|text| !text.is_empty())
            else {
                return Some(Found::Custom(at));
            };
            let name = reference.strip_prefix("#/definitions/")?;
            let definitions = &self.custom.as_ref()?.definitions;
            let own = definitions.get(&name.replace("~1", "/").replace("~0", "~"));
            at = match (own, self.builtin) {
                (_, Builtin::Over) if is_builtin(name) => return Some(Found::Builtin(name)),
                (None, Builtin::Under) if is_builtin(name) => return Some(Found::Builtin(name)),
                (own, _) => own?,
            };
        }
        None
    }

    /// Whether the schemas that a kustomization brought say that objects of a kind have no namespace.
    pub(crate) fn is_cluster_scoped(&self, gvk: &Gvk) -> bool {
        let custom = self.custom.as_ref().filter(|_| !is_known(gvk));
        custom.is_some_and(|custom| custom.namespaced.get(gvk) == Some(&false))
    }
}

impl Custom {
    fn read(session: &Session<'_>, source: SourceId, text: &str) -> Result<Self> {
        let mut custom = Self::default();
        let documents = session.parse(text, source, Dialect::V2)?;
        let Some(document) = documents.first() else {
            return Ok(custom);
        };
        if document.as_mapping().is_none() {
            return Err(error("json: cannot unmarshal into Go value of type spec.Swagger"));
        }
        if let Some(definitions) = document.get("definitions").and_then(Node::as_mapping) {
            custom.definitions = definitions.clone();
        }
        for (name, definition) in custom.definitions.iter() {
            let kinds = definition
                .get(KINDS)
                .and_then(Node::as_sequence)
                .unwrap_or_default();
            for gvk in kinds.iter().filter_map(gvk) {
                custom.kinds.insert(gvk, name.into());
            }
        }
        let paths = document.get("paths").and_then(Node::as_mapping);
        for (path, operations) in paths.into_iter().flat_map(Mapping::iter) {
            if let Some(gvk) = operations.at(&["get", KINDS]).and_then(gvk) {
                let namespaced = path.contains("namespaces/{namespace}");
                *custom.namespaced.entry(gvk).or_default() |= namespaced;
            }
        }
        Ok(custom)
    }
}

const KINDS: &str = "x-kubernetes-group-version-kind";

fn gvk(node: &Node) -> Option<Gvk> {
    let text = |key| node.get(key).and_then(Node::as_str);
    Some(Gvk {
        group: text("group").unwrap_or("").into(),
        version: text("version")?.into(),
        kind: text("kind")?.into(),
    })
}

fn error(message: &str) -> Failure {
    BuildErrorKind::Kustomization(message.to_owned()).into()
}
