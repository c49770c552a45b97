//! The tree of a record, made of the one before at the price of what changed.
//!
//! **Start at** [`with_unit`]; reading trees: [`entries`].

use std::collections::BTreeMap;

use gix::{ObjectId as GitId, objs::Kind};
use plumb_model::{Object, UnitId};
use plumb_yaml::{Mark, Node};

use crate::{
    DigestKey, HistoryError, Redact,
    layout::{object_file, unit_path},
    store::{NewObject, Store},
};

/// One name in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) is_tree: bool,
    pub(crate) id: GitId,
}

const TREE_MODE: &[u8] = b"40000";
const FILE_MODE: &[u8] = b"100644";

/// How objects become files.
pub(crate) struct Rendering<'r> {
    pub(crate) key: &'r DigestKey,
    pub(crate) redactions: &'r [Box<dyn Redact>],
}

/// Reads a tree; `None` where it is none of ours.
pub(crate) fn entries(data: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut out = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ')?;
        let is_tree = match &rest[..space] {
            TREE_MODE => true,
            FILE_MODE => false,
            _ => return None,
        };
        rest = &rest[space + 1..];
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (id, behind) = rest[end + 1..].split_at_checked(20)?;
        out.push(TreeEntry {
            name: rest[..end].to_vec(),
            is_tree,
            id: GitId::try_from(id).ok()?,
        });
        rest = behind;
    }
    Some(out)
}

/// Writes a tree in Git's order.
pub(crate) fn encode(entries: &mut [TreeEntry]) -> Vec<u8> {
    // Git sorts folders as if their names ended in `/`.
    entries.sort_by(|a, b| sort_key(a).cmp(sort_key(b)));
    let mut out = Vec::with_capacity(entries.len() * 64);
    for entry in entries {
        out.extend_from_slice(if entry.is_tree { TREE_MODE } else { FILE_MODE });
        out.push(b' ');
        out.extend_from_slice(&entry.name);
        out.push(0);
        out.extend_from_slice(entry.id.as_bytes());
    }
    out
}

fn sort_key(entry: &TreeEntry) -> impl Iterator<Item = u8> + '_ {
    entry.name.iter().copied().chain(entry.is_tree.then_some(b'/'))
}

/// The tree that `root` becomes when `unit` is these objects (none: its folder goes), and what has to be written for it.
pub(crate) fn with_unit(
    store: &Store,
    root: Option<GitId>,
    unit: &UnitId,
    objects: &[Object],
    rendering: &Rendering<'_>,
) -> Result<(GitId, Vec<NewObject>), HistoryError> {
    let path = unit_path(unit);
    // The folders on the way, as they were.
    let mut levels = Vec::new();
    let mut at = root;
    for name in &path {
        let level = read_tree(store, at)?;
        let next = find(&level, name).map(|entry| entry.id);
        levels.push((at, level));
        at = next;
    }
    let mut new = Vec::new();
    let before = read_tree(store, at)?;
    let mut files = rendering.files(store, objects, &before, &mut new)?;
    let mut child = None;
    if !files.is_empty() {
        child = Some(put(store, Kind::Tree, encode(&mut files), at, &mut new)?);
    }
    for (name, (was, mut level)) in path.iter().zip(levels).rev() {
        level.retain(|entry| entry.name != name.as_bytes());
        if let Some(id) = child {
            level.push(TreeEntry {
                name: name.as_bytes().to_vec(),
                is_tree: true,
                id,
            });
        }
        child = if level.is_empty() {
            None
        } else {
            Some(put(store, Kind::Tree, encode(&mut level), was, &mut new)?)
        };
    }
    let root = match child {
        Some(root) => root,
        None => put(store, Kind::Tree, Vec::new(), None, &mut new)?,
    };
    Ok((root, new))
}

/// The entries of a tree; none where there is no tree.
pub(crate) fn read_tree(store: &Store, id: Option<GitId>) -> Result<Vec<TreeEntry>, HistoryError> {
    let Some(id) = id else {
        return Ok(Vec::new());
    };
    let data = store.read(id, Kind::Tree)?;
    entries(&data)
        .ok_or_else(|| HistoryError::damaged(format!("tree {id}"), "it is not one that Plumb wrote"))
}

pub(crate) fn find<'e>(entries: &'e [TreeEntry], name: &str) -> Option<&'e TreeEntry> {
    entries.iter().find(|entry| entry.name == name.as_bytes())
}

/// The id of an object; it is added to what has to be written, unless it is there for good.
pub(crate) fn put(
    store: &Store,
    kind: Kind,
    data: Vec<u8>,
    base: Option<GitId>,
    new: &mut Vec<NewObject>,
) -> Result<GitId, HistoryError> {
    let id = id_of(kind, &data)?;
    if !store.is_kept(id) && !new.iter().any(|object| object.id == id) {
        new.push(NewObject { id, kind, data, base });
    }
    Ok(id)
}

/// The id of an object.
pub(crate) fn id_of(kind: Kind, data: &[u8]) -> Result<GitId, HistoryError> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, data)
        .map_err(|error| HistoryError::damaged("an object to be written", error))
}

impl Rendering<'_> {
    /// The files of a unit; those that changed are added to `new`.
    fn files(
        &self,
        store: &Store,
        objects: &[Object],
        before: &[TreeEntry],
        new: &mut Vec<NewObject>,
    ) -> Result<Vec<TreeEntry>, HistoryError> {
        let was: BTreeMap<&[u8], GitId> = before.iter().map(|entry| (&*entry.name, entry.id)).collect();
        let mut files = BTreeMap::new();
        for object in objects {
            let name = object_file(&object.id).into_bytes();
            let data = self.text(object).into_bytes();
            let base = was.get(&*name).copied();
            let id = put(store, Kind::Blob, data, base, new)?;
            files.insert(name, id);
        }
        Ok(files
            .into_iter()
            .map(|(name, id)| TreeEntry {
                name,
                is_tree: false,
                id,
            })
            .collect())
    }

    /// An object as canonical YAML, without what is secret.
    fn text(&self, object: &Object) -> String {
        let mut body = (*object.body).clone();
        self.key.hide_secret(&object.id, &mut body);
        for redaction in self.redactions {
            redaction.redact(&object.id, &mut body, self.key);
        }
        plumb_yaml::emit(&Node::from_json(&body, Mark::default()))
    }
}
