//! From a reference, as people write it, to a commit.

use gix::ObjectId;
use plumb_model::{CommitId, Reference, Revision};
use semver::Version;

use super::{Origin, Repository, State};
use crate::{
    GitError,
    refs::Refs,
    store::Store,
    version_range::{VersionRange, lenient_version, strict_version},
};

pub(super) const HEADS: &str = "refs/heads/";
pub(super) const TAGS: &str = "refs/tags/";

impl Repository {
    /// The commit that `reference` leads to, by what the last refresh saw. A commit or a full name that was not seen
    /// is asked for, where the repository is remote.
    ///
    /// # Errors
    /// When it leads nowhere, or not to a commit.
    pub fn resolve(&self, reference: &Reference) -> Result<Revision, GitError> {
        let state = self.state()?;
        match reference {
            Reference::Head => self.head(&state),
            Reference::Branch(name) => self.named(&state, HEADS, name, "branch"),
            Reference::Tag(name) => self.named(&state, TAGS, name, "tag"),
            Reference::Commit(id) => self.commit_id(&state, id),
            Reference::SemVer(range) => {
                let parsed = VersionRange::parse(range).ok_or_else(|| {
                    GitError::unsupported(
                        self.url(),
                        format!("{range:?} is not a range of semantic versions"),
                    )
                })?;
                let tag = highest(&state, &parsed, strict_version)?.ok_or_else(|| {
                    let count = state.refs.below(TAGS).count();
                    self.not_found(
                        format!("tag in the range {range:?}"),
                        format!(" among {count} tags"),
                    )
                })?;
                self.named(&state, TAGS, &tag, "tag")
            }
            Reference::Name(name) => self.full_name(&state, name),
            Reference::Any(text) => self.any(&state, text),
            Reference::BranchOrHead(name) => match state.refs.all.get(&format!("{HEADS}{name}")) {
                Some(id) => revision(&state.store, *id, Some(name.clone())),
                None => self.head(&state),
            },
        }
    }

    /// Whether, by what the last refresh saw, there is a branch of that name.
    ///
    /// # Errors
    /// When the repository was never seen, and cannot be now.
    pub fn is_branch(&self, name: &str) -> Result<bool, GitError> {
        Ok(self.state()?.refs.all.contains_key(&format!("{HEADS}{name}")))
    }

    pub(super) fn head(&self, state: &State) -> Result<Revision, GitError> {
        let Some((name, id)) = &state.refs.head else {
            let why = if state.refs.all.is_empty() {
                ": the repository is empty"
            } else {
                ""
            };
            return Err(self.not_found("HEAD".to_owned(), why.to_owned()));
        };
        let name = name
            .as_deref()
            .map(|name| name.strip_prefix(HEADS).unwrap_or(name));
        revision(&state.store, *id, Some(name.unwrap_or("HEAD").to_owned()))
    }

    fn named(&self, state: &State, prefix: &str, name: &str, kind: &str) -> Result<Revision, GitError> {
        match state.refs.all.get(&format!("{prefix}{name}")) {
            Some(id) => revision(&state.store, *id, Some(name.to_owned())),
            None => Err(self.not_found(format!("{kind} {name:?}"), near(&state.refs, prefix, name))),
        }
    }

    pub(super) fn full_name(&self, state: &State, name: &str) -> Result<Revision, GitError> {
        if let Some(id) = state.refs.all.get(name) {
            return revision(&state.store, *id, Some(name.to_owned()));
        }
        let listed = name == "HEAD" || name.starts_with(HEADS) || name.starts_with(TAGS);
        if name.starts_with("refs/") && !listed && matches!(self.origin, Origin::Remote(_)) {
            let mut wanted = self.refreshing();
            let new = wanted.names.insert(name.to_owned());
            let refreshed = if new {
                self.refresh_with(&mut wanted).map(drop)
            } else {
                Ok(())
            };
            let id = self
                .current()
                .and_then(|state| Some((state.refs.all.get(name).copied()?, state.store)));
            if let Some((id, store)) = id {
                return revision(&store, id, Some(name.to_owned()));
            }
            // What is not there is not asked for again and again.
            wanted.names.remove(name);
            refreshed?;
        }
        let prefix = [HEADS, TAGS].into_iter().find(|prefix| name.starts_with(prefix));
        let hint = prefix.map_or_else(String::new, |prefix| {
            near(&state.refs, prefix, &name[prefix.len()..])
        });
        Err(self.not_found(format!("reference {name:?}"), hint))
    }

    pub(super) fn commit_id(&self, state: &State, commit: &CommitId) -> Result<Revision, GitError> {
        let id = ObjectId::from_hex(commit.as_str().as_bytes())
            .map_err(|error| GitError::unsupported(self.url(), error))?;
        if state.store.has(id) {
            return revision(&state.store, id, None);
        }
        if matches!(self.origin, Origin::Remote(_)) {
            let mut wanted = self.refreshing();
            wanted.commits.insert(commit.as_str().to_owned());
            let refreshed = self.refresh_with(&mut wanted);
            // Once here it stays; and one that the server refuses must not spoil later refreshes.
            wanted.commits.remove(commit.as_str());
            if let Some(state) = self.current()
                && state.store.has(id)
            {
                return revision(&state.store, id, None);
            }
            match refreshed {
                Err(GitError::Network { .. }) | Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Err(self.not_found(format!("commit {commit}"), String::new()))
    }

    /// In Argo CD's order: a full commit id, a range of versions, a branch, a tag, a full name, a short commit id.
    fn any(&self, state: &State, text: &str) -> Result<Revision, GitError> {
        if text.is_empty() || text == "HEAD" {
            return self.head(state);
        }
        if let Ok(commit) = CommitId::parse(text) {
            return self.commit_id(state, &commit);
        }
        // A whole version is the name of a tag, not a range.
        if lenient_version(text).is_none()
            && let Some(range) = VersionRange::parse(text)
            && let Some(tag) = highest(state, &range, lenient_version)?
        {
            return self.named(state, TAGS, &tag, "tag");
        }
        for prefix in [HEADS, TAGS, "refs/remotes/", "refs/"] {
            if let Some(id) = state.refs.all.get(&format!("{prefix}{text}")) {
                return revision(&state.store, *id, Some(text.to_owned()));
            }
        }
        if text.starts_with("refs/") {
            return self.full_name(state, text);
        }
        if let Some(id) = short_id(&state.store, text)? {
            return revision(&state.store, id, None);
        }
        let hint = near(&state.refs, HEADS, text);
        Err(self.not_found(format!("branch, tag or commit {text:?}"), hint))
    }
}

fn revision(store: &Store, id: ObjectId, name: Option<String>) -> Result<Revision, GitError> {
    let commit = CommitId::parse(&store.peeled(id)?.to_string()).map_err(|error| store.damaged(&error))?;
    Ok(Revision { commit, name })
}

/// The highest tag in `range`. Versions that differ in their build part alone are told apart by the commit's time.
fn highest(
    state: &State,
    range: &VersionRange,
    version_of: fn(&str) -> Option<Version>,
) -> Result<Option<String>, GitError> {
    let mut best: Vec<(&str, ObjectId, Version)> = Vec::new();
    for (tag, id) in state.refs.below(TAGS) {
        let Some(version) = version_of(tag).filter(|version| range.contains(version)) else {
            continue;
        };
        match best.first().map(|(_, _, high)| version.cmp_precedence(high)) {
            Some(std::cmp::Ordering::Less) => continue,
            Some(std::cmp::Ordering::Equal) => {}
            Some(std::cmp::Ordering::Greater) | None => best.clear(),
        }
        best.push((tag, id, version));
    }
    if best.len() <= 1 {
        return Ok(best.first().map(|(tag, _, _)| (*tag).to_owned()));
    }
    let mut newest: Option<(i64, &str)> = None;
    for (tag, id, _) in best {
        let commit = state.store.peeled(id)?;
        let seconds = state.store.with(|repository| {
            let commit = repository
                .find_commit(commit)
                .map_err(|error| state.store.damaged(&error))?;
            commit
                .time()
                .map(|time| time.seconds)
                .map_err(|error| state.store.damaged(&error))
        })?;
        newest = newest.max(Some((seconds, tag)));
    }
    Ok(newest.map(|(_, tag)| tag.to_owned()))
}

/// The one commit whose id starts with `text`.
fn short_id(store: &Store, text: &str) -> Result<Option<ObjectId>, GitError> {
    if text.len() < 4 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let Ok(prefix) = gix::hash::Prefix::from_hex(text) else {
        return Ok(None);
    };
    let mut candidates = std::collections::HashSet::new();
    let candidates = store.with(|repository| {
        repository
            .objects
            .lookup_prefix(prefix, Some(&mut candidates))
            .map_err(|error| store.damaged(&error))?;
        Ok::<_, GitError>(candidates)
    })?;
    // Blobs and trees may share the prefix; only commits count.
    let mut commits: Vec<ObjectId> = candidates
        .into_iter()
        .filter_map(|id| store.peeled(id).ok().filter(|peeled| *peeled == id))
        .collect();
    Ok(if commits.len() == 1 { commits.pop() } else { None })
}

/// Up to three names below `prefix` that look like `name`, as the end of a sentence.
pub(super) fn near(refs: &Refs, prefix: &str, name: &str) -> String {
    let wanted = name.to_ascii_lowercase();
    let mut found: Vec<(usize, &str)> = refs
        .below(prefix)
        .filter_map(|(other, _)| {
            let lower = other.to_ascii_lowercase();
            let distance = if lower.contains(&wanted) || wanted.contains(&lower) {
                1
            } else {
                edits(&wanted, &lower)
            };
            (distance <= 2.min(wanted.len() / 2).max(1)).then_some((distance, other))
        })
        .collect();
    found.sort_unstable();
    let names: Vec<String> = found
        .iter()
        .take(3)
        .map(|(_, name)| format!("{name:?}"))
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; near are {}", names.join(", "))
    }
}

/// How many letters to add, drop or change to get from `a` to `b`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
