//! Which resource types are served: the built-in ones as recorded from a real server, then those of CRDs.
//!
//! **Invariant:** a [`Catalog`] never changes; a CRD write makes a new one.
//! **Absent:** how discovery shows them ([`crate::discovery`]) and what their objects look like ([`crate::typing`]).
//! **Start at** [`Catalog`].

use crate::table::Column;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

const RESOURCES: &str = include_str!("../data/resources.txt");
const COLUMNS: &str = include_str!("../data/columns.txt");

/// What may be done with a resource; one letter each in the recorded table.
const VERBS: [(char, &str); 8] = [
    ('c', "create"),
    ('d', "delete"),
    ('x', "deletecollection"),
    ('g', "get"),
    ('l', "list"),
    ('p', "patch"),
    ('u', "update"),
    ('w', "watch"),
];

/// A part of an object with a path of its own.
#[derive(Debug, Clone)]
pub(crate) struct Subresource {
    /// Path segment: `status`, `scale`, ...
    pub(crate) name: String,
    /// Group of the kind it speaks; empty with an empty version means the parent's.
    pub(crate) group: String,
    /// Version of the kind it speaks.
    pub(crate) version: String,
    /// Kind it speaks.
    pub(crate) kind: String,
    /// Verbs, by name.
    pub(crate) verbs: Vec<&'static str>,
}

/// Where a CRD keeps its replica counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScalePaths {
    /// JSON path of the wished count.
    pub(crate) spec: String,
    /// JSON path of the present count.
    pub(crate) status: String,
    /// JSON path of the selector, if any.
    pub(crate) selector: Option<String>,
}

/// What is special about a version of a custom resource.
#[derive(Debug, Clone)]
pub(crate) struct Custom {
    /// The structural schema; its descriptions were dropped.
    pub(crate) schema: Value,
    /// The version in which objects are kept.
    pub(crate) storage_version: String,
    /// Has it a status subresource?
    pub(crate) status: bool,
    /// Has it a scale subresource?
    pub(crate) scale: Option<ScalePaths>,
    /// JSON path per column after the name.
    pub(crate) column_paths: Vec<String>,
    /// Fields that field selectors may name.
    pub(crate) selectable: Vec<String>,
    /// What clients of this version are warned with, if it is deprecated.
    pub(crate) deprecation: Option<String>,
}

/// One resource type in one served version.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// API group; empty for core.
    pub(crate) group: String,
    /// Version.
    pub(crate) version: String,
    /// Plural name, as in paths.
    pub(crate) plural: String,
    /// Singular name.
    pub(crate) singular: String,
    /// Kind of its objects.
    pub(crate) kind: String,
    /// Kind of its lists.
    pub(crate) list_kind: String,
    /// Do its objects live in namespaces?
    pub(crate) namespaced: bool,
    /// Verbs, by name.
    pub(crate) verbs: Vec<&'static str>,
    /// Short names for kubectl.
    pub(crate) short_names: Vec<String>,
    /// Categories for kubectl, such as `all`.
    pub(crate) categories: Vec<String>,
    /// Subresources.
    pub(crate) subresources: Vec<Subresource>,
    /// Columns of its tables.
    pub(crate) columns: Arc<[Column]>,
    /// Where its objects are kept: versions, and old groups, of one type share a table.
    pub(crate) table: Arc<str>,
    /// Set for custom resources.
    pub(crate) custom: Option<Custom>,
    /// Prepared schema facts; made on first use.
    pub(crate) typing: crate::typing::Typing,
}

impl Resource {
    /// `group/version`, or the version alone for core.
    #[must_use]
    pub(crate) fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    /// The subresource of this name.
    #[must_use]
    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|item| item.name == name)
    }

    /// What every client of this version is warned with.
    #[must_use]
    pub(crate) fn deprecation(&self) -> Option<&str> {
        match &self.custom {
            Some(custom) => custom.deprecation.as_deref(),
            None if self.is("", "endpoints") => {
                Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
            }
            None if self.is("", "componentstatuses") => Some("v1 ComponentStatus is deprecated in v1.19+"),
            None => None,
        }
    }

    /// Is status written through its own path only?
    #[must_use]
    pub(crate) fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    /// Is this the built-in type `group/plural`?
    #[must_use]
    pub(crate) fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }

    /// The stored object as this version shows it.
    #[must_use]
    pub(crate) fn view(&self, object: &Arc<Value>) -> Arc<Value> {
        if object["apiVersion"]
            .as_str()
            .is_some_and(|version| self.speaks(version))
        {
            return object.clone();
        }
        let mut copy = (**object).clone();
        crate::convert::to_version(self, &mut copy);
        Arc::new(copy)
    }
}

impl Resource {
    /// Is this the `apiVersion` of its objects?
    #[must_use]
    pub(crate) fn speaks(&self, version: &str) -> bool {
        let own = |rest: &str| rest == self.version;
        if self.group.is_empty() {
            own(version)
        } else {
            version
                .strip_prefix(self.group.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(own)
        }
    }
}

/// `group/version`, or the version alone for core.
#[must_use]
pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

/// All types served at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    resources: BTreeMap<(String, String, String), Arc<Resource>>,
    /// Groups in the order of discovery, each with its versions, best first.
    groups: Vec<(String, Vec<String>)>,
}

impl Catalog {
    /// The types that every cluster has.
    #[must_use]
    pub(crate) fn builtin() -> Self {
        let columns: BTreeMap<&str, &str> =
            COLUMNS.lines().filter_map(|line| line.split_once('\t')).collect();
        let mut catalog = Self::default();
        for line in RESOURCES.lines().filter(|line| !line.starts_with('#')) {
            if let Some(resource) = builtin(line, &columns) {
                catalog.add(Arc::new(resource));
            }
        }
        catalog
    }

    /// Has the server types of its own in this version of a group?
    #[must_use]
    pub(crate) fn is_builtin(&self, group: &str, version: &str) -> bool {
        self.resources.values().any(|resource| {
            resource.custom.is_none() && resource.group == group && resource.version == version
        })
    }

    /// Adds a type; the first version of a group that is added is its best.
    pub(crate) fn add(&mut self, resource: Arc<Resource>) {
        let (group, version) = (&resource.group, &resource.version);
        match self.groups.iter_mut().find(|(name, _)| name == group) {
            Some((_, versions)) if versions.contains(version) => {}
            Some((_, versions)) => versions.push(version.clone()),
            None => self.groups.push((group.clone(), vec![version.clone()])),
        }
        self.resources.insert(
            (group.clone(), version.clone(), resource.plural.clone()),
            resource,
        );
    }

    /// Puts the versions of a CRD's group in the order of preference that Kubernetes uses.
    pub(crate) fn sort_versions(&mut self, group: &str) {
        if let Some((_, versions)) = self.groups.iter_mut().find(|(name, _)| name == group) {
            versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
        }
    }

    /// The type at a path.
    #[must_use]
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.resources
            .get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// The type in the best version that serves it.
    #[must_use]
    pub(crate) fn preferred(&self, group: &str, plural: &str) -> Option<&Arc<Resource>> {
        let (_, versions) = self.groups.iter().find(|(name, _)| name == group)?;
        versions
            .iter()
            .find_map(|version| self.find(group, version, plural))
    }

    /// Groups in the order of discovery, each with its versions, best first.
    #[must_use]
    pub(crate) fn groups(&self) -> &[(String, Vec<String>)] {
        &self.groups
    }

    /// Types of one group version, by plural name.
    pub(crate) fn in_version<'a>(
        &'a self,
        group: &'a str,
        version: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> {
        let start = (group.to_owned(), version.to_owned(), String::new());
        self.resources
            .range(start..)
            .map(|(_, resource)| resource)
            .take_while(move |resource| resource.group == group && resource.version == version)
    }

    /// Every type in every version.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }
}

fn builtin(line: &str, columns: &BTreeMap<&str, &str>) -> Option<Resource> {
    let fields: Vec<&str> = line
        .split(' ')
        .map(|field| if field == "-" { "" } else { field })
        .collect();
    let [
        group,
        version,
        plural,
        kind,
        singular,
        scope,
        verb_letters,
        short,
        categories,
        subresources,
    ] = fields.try_into().ok()?;
    let path = if group.is_empty() {
        format!("/api/{version}/{plural}")
    } else {
        format!("/apis/{group}/{version}/{plural}")
    };
    let list = |text: &str| {
        text.split(',')
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };
    Some(Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: plural.to_owned(),
        singular: singular.to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        namespaced: scope == "N",
        verbs: verbs(verb_letters),
        short_names: list(short),
        categories: list(categories),
        subresources: subresources.split(',').filter_map(subresource).collect(),
        columns: columns
            .get(path.as_str())
            .map(|line| line.split('\t').filter_map(Column::parse).collect())
            .unwrap_or_else(Column::usual),
        table: table_name(group, plural),
        custom: None,
        typing: crate::typing::Typing::builtin(group, version, kind),
    })
}

/// The table that keeps objects of a type; events live in core, whichever group asks.
#[must_use]
pub(crate) fn table_name(group: &str, plural: &str) -> Arc<str> {
    if group == "events.k8s.io" {
        "/events".into()
    } else {
        format!("{group}/{plural}").into()
    }
}

fn verbs(letters: &str) -> Vec<&'static str> {
    VERBS
        .iter()
        .filter(|(letter, _)| letters.contains(*letter))
        .map(|(_, verb)| *verb)
        .collect()
}

fn subresource(text: &str) -> Option<Subresource> {
    let (name, rest) = text.split_once('=')?;
    let (kind, letters) = rest.split_once(':')?;
    let [group, version, kind]: [&str; 3] = kind.split('/').collect::<Vec<_>>().try_into().ok()?;
    let plain = |text: &str| {
        if text == "-" {
            String::new()
        } else {
            text.to_owned()
        }
    };
    let verbs = verbs(letters);
    Some(Subresource {
        name: name.to_owned(),
        group: plain(group),
        version: plain(version),
        kind: kind.to_owned(),
        verbs,
    })
}

/// Order of versions: stable before beta before alpha before others, newer before older.
fn version_rank(version: &str) -> (u8, u64, u64, std::cmp::Reverse<String>) {
    let none = (0, 0, 0, std::cmp::Reverse(version.to_owned()));
    let Some(rest) = version.strip_prefix('v') else {
        return none;
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Ok(major) = rest[..digits].parse() else {
        return none;
    };
    let (level, minor) = match &rest[digits..] {
        "" => return (3, major, 0, std::cmp::Reverse(String::new())),
        rest if rest.starts_with("beta") => (2, &rest[4..]),
        rest if rest.starts_with("alpha") => (1, &rest[5..]),
        _ => return none,
    };
    match minor.parse() {
        Ok(minor) => (level, major, minor, std::cmp::Reverse(String::new())),
        Err(_) => none,
    }
}

#[cfg(test)]
mod tests;
