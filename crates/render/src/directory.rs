//! A folder of plain manifests.

use globset::{Glob, GlobSet, GlobSetBuilder};
use plumb_model::{EntryKind, Origin, Reader, TreePath};
use plumb_yaml::{Dialect, Limits, Node, SourceId, Value};

use crate::RenderError;

/// Which files of a folder are manifests.
pub(crate) struct Filter {
    recurse: bool,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Filter {
    pub(crate) fn new(recurse: bool, include: &[String], exclude: &[String]) -> Result<Self, RenderError> {
        let include = if include.is_empty() {
            None
        } else {
            Some(globs(include)?)
        };
        Ok(Self {
            recurse,
            include,
            exclude: globs(exclude)?,
        })
    }

    pub(crate) fn flat() -> Self {
        Self {
            recurse: false,
            include: None,
            exclude: GlobSet::empty(),
        }
    }

    fn takes(&self, file: &str) -> bool {
        let manifest = [".yaml", ".yml", ".json"]
            .iter()
            .any(|ending| file.ends_with(ending));
        manifest
            && self.include.as_ref().is_none_or(|include| include.is_match(file))
            && !self.exclude.is_match(file)
    }
}

/// Every object in the manifests of `folder`, in the order of file names.
pub(crate) fn read(
    reader: &Reader<'_>,
    folder: &TreePath,
    filter: &Filter,
    warnings: &mut Vec<String>,
) -> Result<Vec<(Node, Origin)>, RenderError> {
    let mut objects = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(at) = folders.pop() {
        let mut below = Vec::new();
        for (name, kind) in reader.list(&at)? {
            let path = at.child(&name);
            let kind = if kind == EntryKind::Symlink {
                reader.kind(&path)?.unwrap_or(kind)
            } else {
                kind
            };
            match kind {
                EntryKind::Directory if filter.recurse => below.push(path),
                EntryKind::File | EntryKind::Executable if filter.takes(&path.relative_to(folder)) => {
                    read_file(reader, &path, &mut objects, warnings)?;
                }
                _ => {}
            }
        }
        folders.extend(below.into_iter().rev());
    }
    Ok(objects)
}

fn read_file(
    reader: &Reader<'_>,
    path: &TreePath,
    objects: &mut Vec<(Node, Origin)>,
    warnings: &mut Vec<String>,
) -> Result<(), RenderError> {
    let content = reader.read(path)?;
    let text = std::str::from_utf8(&content).map_err(|_| RenderError::NotText(path.clone()))?;
    let documents =
        plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default()).map_err(|error| {
            RenderError::Parse {
                path: path.clone(),
                error,
            }
        })?;
    for document in documents {
        let origin = Origin {
            path: path.clone(),
            line: document.mark.line,
        };
        if document.get("apiVersion").is_none() && document.get("kind").is_none() {
            warnings.push(format!(
                "{origin}: left out, since it has neither apiVersion nor kind"
            ));
            continue;
        }
        objects.extend(expand(document, origin));
    }
    Ok(())
}

/// The items of a List, or the object itself.
fn expand(document: Node, origin: Origin) -> Vec<(Node, Origin)> {
    let is_list = document
        .get("kind")
        .and_then(Node::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    let has_items = document
        .get("items")
        .is_some_and(|items| items.as_sequence().is_some());
    if !(is_list && has_items) {
        return vec![(document, origin)];
    }
    let Value::Mapping(mut list) = document.value else {
        return Vec::new();
    };
    match list.remove("items").map(|items| items.value) {
        Some(Value::Sequence(items)) => items
            .into_iter()
            .map(|item| {
                let line = item.mark.line;
                (
                    item,
                    Origin {
                        path: origin.path.clone(),
                        line,
                    },
                )
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, RenderError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong = |error: &globset::Error| RenderError::Glob {
            glob: pattern.clone(),
            why: error.to_string(),
        };
        set.add(Glob::new(pattern).map_err(|error| wrong(&error))?);
    }
    set.build().map_err(|error| RenderError::Glob {
        glob: patterns.join(", "),
        why: error.to_string(),
    })
}
