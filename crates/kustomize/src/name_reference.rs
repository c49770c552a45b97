//! Fields that name other objects follow when those are renamed.

use std::collections::{BTreeMap, BTreeSet};

use plumb_yaml::{Node, Text, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::{Config, Create, FieldSpec, is_reached, visit_unchecked},
    resource::{Gvk, ResId, ResMap, Resource},
    scalar,
};

/// Makes the names in all fields that `config` tells of follow.
pub(crate) fn fix(objects: &mut ResMap, config: &Config) -> Result<()> {
    for resource in objects.iter() {
        subject_namespaces(resource)?;
    }
    let renamed = Renamed::new(objects);
    let kinds: BTreeSet<&str> = objects.iter().map(Resource::original_kind).collect();
    let specs = by_kind(config, &kinds);
    for index in 0..objects.len() {
        let first = objects.get(index).original_id();
        let node = &objects.get(index).node;
        let for_kind = specs.get(&*first.gvk.kind).into_iter().flatten();
        let for_all = specs.get("").into_iter().flatten();
        let mut of_kind = for_kind
            .chain(for_all)
            .filter(|(_, spec)| first.gvk.is_selected(&spec.gvk))
            .peekable();
        if of_kind.peek().is_some() {
            refuse_null_identity(objects.get(index))?;
        }
        let selected: Vec<_> = of_kind.filter(|(_, spec)| is_reached(node, spec)).collect();
        if selected.is_empty() {
            continue;
        }
        let referrer = Referrer::new(objects.get(index))?;
        let mut node = std::mem::take(&mut objects.get_mut(index).node);
        let mark = objects.get(index).mark;
        for (target, spec) in selected {
            let fix = Fix {
                referrer: &referrer,
                renamed: &renamed,
                target,
                spec,
            };
            let result = visit_unchecked(&mut node, spec, Create::Nothing, &mut |field| fix.set(field));
            if let Err(failure) = result {
                let prefix = format!(
                    "updating name reference in '{}' field of '{}'",
                    spec.path, referrer.id
                );
                return Err(failure.prefixed(&prefix).at(mark));
            }
        }
        objects.get_mut(index).node = node;
    }
    Ok(())
}

/// A kind or version that is null has a text in one place of the original, and none in another.
fn refuse_null_identity(resource: &Resource) -> Result<()> {
    for (what, key) in [("APIVersion", "apiVersion"), ("Kind", "kind")] {
        let is_null = |node: &&Node| node.is_null() && node.mark.written != Written::Untyped;
        let null = resource.node.get(key).filter(is_null);
        let text = null.map(scalar::written_text).unwrap_or_default();
        if !text.is_empty() {
            let message = format!("node-referrerOriginal '{what}' mismatch '' != '{text}'");
            return Err(Failure::new(BuildErrorKind::Resource(message)).at(resource.mark));
        }
    }
    Ok(())
}

type Specs<'c> = BTreeMap<&'c str, Vec<(&'c Gvk, &'c FieldSpec)>>;

/// The fields that hold names, by the kind of object that they are in; those of `kinds` only.
fn by_kind<'c>(config: &'c Config, kinds: &BTreeSet<&str>) -> Specs<'c> {
    let mut specs = Specs::new();
    for reference in config.name_references() {
        for spec in &reference.referrers {
            let kind = &*spec.gvk.kind;
            if kind.is_empty() || kinds.contains(kind) {
                specs.entry(kind).or_default().push((&reference.target, spec));
            }
        }
    }
    specs
}

/// What is known of an object that was renamed, or moved.
struct Candidate {
    id: ResId,
    is_cluster_scoped: bool,
    effective_namespace: Text,
    original_namespace: Text,
    previous: Vec<ResId>,
    prefixes: Vec<Text>,
    suffixes: Vec<Text>,
}

/// Objects that were renamed, by each name that they had.
struct Renamed {
    candidates: Vec<Candidate>,
    by_name: BTreeMap<Text, Vec<usize>>,
    /// The namespaces that any object, renamed or not, came from, with the one that it is in now.
    came_from: BTreeSet<(Text, Text)>,
}

impl Renamed {
    fn new(objects: &ResMap) -> Self {
        let mut renamed = Self {
            candidates: Vec::new(),
            by_name: BTreeMap::new(),
            came_from: BTreeSet::new(),
        };
        for resource in objects.iter() {
            let (first, now) = (resource.original_id(), resource.id());
            renamed.came_from.insert((
                first.effective_namespace().into(),
                now.effective_namespace().into(),
            ));
        }
        for resource in objects.iter().filter(|resource| !resource.previous.is_empty()) {
            let id = resource.id();
            let position = renamed.candidates.len();
            let names: BTreeSet<&str> = resource.previous.iter().map(|previous| &*previous.name).collect();
            for name in names {
                renamed.by_name.entry(name.into()).or_default().push(position);
            }
            renamed.candidates.push(Candidate {
                is_cluster_scoped: id.gvk.is_cluster_scoped(),
                effective_namespace: id.effective_namespace().into(),
                original_namespace: resource.original_id().effective_namespace().into(),
                previous: resource.previous_ids().collect(),
                prefixes: resource.prefixes.clone(),
                suffixes: resource.suffixes.clone(),
                id,
            });
        }
        renamed
    }
}

/// The object whose fields are fixed.
struct Referrer {
    id: ResId,
    is_cluster_scoped: bool,
    effective_namespace: Text,
    prefixes: Vec<Text>,
    suffixes: Vec<Text>,
    /// Namespaces of the service accounts that a RoleBinding names.
    subject_namespaces: BTreeSet<Text>,
    role: Option<Gvk>,
}

impl Referrer {
    fn new(resource: &Resource) -> Result<Self> {
        let id = resource.id();
        let part = |key: &str| resource.node.at(&["roleRef", key]).map(scalar::plain_text);
        let role = match (part("apiGroup"), part("kind")) {
            (Some(group), Some(kind)) => Some(Gvk {
                group,
                kind,
                version: "".into(),
            }),
            _ => None,
        };
        let is_cluster_scoped = id.gvk.is_cluster_scoped();
        Ok(Self {
            is_cluster_scoped,
            effective_namespace: id.effective_namespace().into(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            subject_namespaces: if is_cluster_scoped {
                BTreeSet::new()
            } else {
                subject_namespaces(resource)?
            },
            role,
            id,
        })
    }

    /// Whether the referrer can mean objects in the candidate's namespace.
    fn can_see(&self, candidate: &Candidate) -> bool {
        self.is_cluster_scoped
            || candidate.is_cluster_scoped
            || candidate.effective_namespace == self.effective_namespace
            || self.subject_namespaces.contains(&candidate.id.namespace)
    }

    fn is_in_the_namespace_of(&self, candidate: &Candidate) -> bool {
        self.is_cluster_scoped
            || candidate.is_cluster_scoped
            || &*candidate.id.gvk.kind == "ServiceAccount"
            || candidate.effective_namespace == self.effective_namespace
    }
}

fn subject_namespaces(resource: &Resource) -> Result<BTreeSet<Text>> {
    let mut namespaces = BTreeSet::new();
    if resource.kind() != "RoleBinding" {
        return Ok(namespaces);
    }
    for subject in resource
        .node
        .get("subjects")
        .and_then(Node::as_sequence)
        .unwrap_or_default()
    {
        let is_account = subject.get("kind").and_then(Node::as_str) == Some("ServiceAccount");
        let Some(namespace) = subject.get("namespace").filter(|_| is_account) else {
            continue;
        };
        match namespace.as_str() {
            Some(namespace) => namespaces.insert(namespace.into()),
            None => {
                let message = format!(
                    "Invalid Input: namespace is blank for resource \"{}\"",
                    resource.id()
                );
                return Err(Failure::new(BuildErrorKind::Resource(message)).at(resource.mark));
            }
        };
    }
    Ok(namespaces)
}

struct Fix<'a> {
    referrer: &'a Referrer,
    renamed: &'a Renamed,
    target: &'a Gvk,
    spec: &'a FieldSpec,
}

impl<'a> Fix<'a> {
    fn set(&self, field: &mut Node) -> Result<()> {
        match &mut field.value {
            Value::Null => Ok(()),
            Value::Mapping(_) => self.set_mapping(field),
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| match &item.value {
                Value::Mapping(_) => self.set_mapping(item),
                Value::Sequence(_) | Value::Null => Ok(()),
                _ => self.set_scalar(item),
            }),
            _ => self.set_scalar(field),
        }
    }

    fn set_scalar(&self, field: &mut Node) -> Result<()> {
        let old = scalar::text(field);
        let Some(found) = self.select(&old, None, false)? else {
            return Ok(());
        };
        if *found.id.name != *old {
            let mark = field.mark;
            scalar::set_untyped(field, &found.id.name, mark);
        }
        Ok(())
    }

    fn set_mapping(&self, field: &mut Node) -> Result<()> {
        let Some(old) = field.get("name").map(scalar::plain_text) else {
            let message = "path config error; no 'name' field in node".to_owned();
            return Err(BuildErrorKind::Transformer(message).into());
        };
        let namespace = field.get("namespace").map(scalar::plain_text);
        let Some(found) = self.select(&old, namespace.as_deref(), true)? else {
            return Ok(());
        };
        if found.id.name == old && found.id.namespace.is_empty() {
            return Ok(());
        }
        let Some(mapping) = field.as_mapping_mut() else {
            return Ok(());
        };
        let field = mapping.entry_or_insert_with("name", || Node::text(""));
        let mark = field.mark;
        scalar::set_untyped(field, &found.id.name, mark);
        if !found.id.namespace.is_empty() {
            mapping.insert("namespace", Node::text(found.id.namespace.clone()));
        }
        Ok(())
    }

    /// The object that a name means; in `namespace`, where the field has one beside the name.
    fn select(
        &self,
        name: &str,
        namespace: Option<&str>,
        with_namespace: bool,
    ) -> Result<Option<&'a Candidate>> {
        let Some(named) = self.renamed.by_name.get(name) else {
            return Ok(None);
        };
        let visible = named.iter().map(|position| &self.renamed.candidates[*position]);
        let visible: Vec<&Candidate> = visible
            .filter(|candidate| self.referrer.can_see(candidate))
            .collect();
        let mut candidates = match namespace {
            None => visible,
            Some(namespace) => self.in_namespace(&visible, namespace),
        };
        candidates.retain(|candidate| self.is_wanted(candidate));
        if candidates.len() > 1 {
            candidates.retain(|candidate| self.affixes_agree(candidate, true));
        }
        if candidates.len() > 1 {
            candidates.retain(|candidate| self.affixes_agree(candidate, false));
        }
        let Some((first, others)) = candidates.split_first() else {
            return Ok(None);
        };
        let same = |other: &&Candidate| {
            other.id.name == first.id.name && (!with_namespace || other.id.namespace == first.id.namespace)
        };
        if others.iter().all(same) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = candidates
            .iter()
            .map(|candidate| candidate.id.to_string())
            .collect();
        let message = format!("found multiple possible referrals: {}", ids.join(", "));
        Err(BuildErrorKind::Transformer(message).into())
    }

    /// Those that came from the namespace, or, when nothing at all did, those that are there now.
    fn in_namespace(&self, visible: &[&'a Candidate], namespace: &str) -> Vec<&'a Candidate> {
        let came_from_there = self.renamed.came_from.iter().any(|(original, now)| {
            **original == *namespace
                && (self.referrer.is_cluster_scoped
                    || *now == self.referrer.effective_namespace
                    || self.referrer.subject_namespaces.contains(now))
        });
        let fits = |candidate: &&&Candidate| {
            let at = if came_from_there {
                &candidate.original_namespace
            } else {
                &candidate.effective_namespace
            };
            **at == *namespace
        };
        visible.iter().filter(fits).copied().collect()
    }

    fn is_wanted(&self, candidate: &Candidate) -> bool {
        let had = |gvk: &Gvk| candidate.previous.iter().any(|id| id.gvk.is_selected(gvk));
        if !had(self.target) || !self.referrer.is_in_the_namespace_of(candidate) {
            return false;
        }
        match &self.referrer.role {
            Some(role) if self.spec.path.ends_with("roleRef/name") => had(role),
            _ => true,
        }
    }

    /// Whether the candidate went through the same prefixes and suffixes, as far as both did.
    fn affixes_agree(&self, candidate: &Candidate, allow_empty: bool) -> bool {
        let agree =
            |a: &[Text], b: &[Text]| (allow_empty && (a.is_empty() || b.is_empty())) || same_end(a, b);
        agree(&candidate.prefixes, &self.referrer.prefixes)
            && agree(&candidate.suffixes, &self.referrer.suffixes)
    }
}

/// Whether the shorter list is the end of the longer one; an empty list only of an empty one.
fn same_end(a: &[Text], b: &[Text]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        long.is_empty()
    } else {
        long.ends_with(short)
    }
}
