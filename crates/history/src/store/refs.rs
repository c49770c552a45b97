//! References of the ledger, as files that Git reads.
//!
//! **Absent:** a sync: the journal knows where a reference has to be.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use gix::ObjectId as GitId;

/// Where the reference `name` is; `None` where it is not there or cannot be understood.
pub(super) fn read(git: &Path, name: &str) -> io::Result<Option<GitId>> {
    match fs::read(git.join(name)) {
        Ok(text) => Ok(GitId::from_hex(text.trim_ascii()).ok()),
        Err(error) if is_absence(&error) => Ok(packed(git)?.remove(name)),
        Err(error) => Err(error),
    }
}

/// Sets the reference `name`, if it is at `expected`; else tells where it is.
pub(super) fn set(
    git: &Path,
    name: &str,
    expected: Option<GitId>,
    to: GitId,
) -> io::Result<Result<(), Option<GitId>>> {
    let place = git.join(name);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    // The same lock that Git takes.
    let lock = git.join(format!("{name}.lock"));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&lock)?;
    let done = (|| {
        let found = read(git, name)?;
        if found != expected {
            return Ok(Err(found));
        }
        file.write_all(format!("{to}\n").as_bytes())?;
        fs::rename(&lock, &place)?;
        Ok(Ok(()))
    })();
    if !matches!(done, Ok(Ok(()))) {
        // It was ours; should it stay, the next open removes it.
        let _ = fs::remove_file(&lock);
    }
    done
}

/// Deletes the reference `name`.
pub(super) fn remove(git: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(git.join(name)) {
        Err(error) if !is_absence(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Deletes the reference `name`, also where `git pack-refs` put it.
pub(super) fn delete(git: &Path, name: &str) -> io::Result<()> {
    if packed(git)?.contains_key(name) {
        let lock = git.join("packed-refs.lock");
        let mut file = OpenOptions::new().write(true).create_new(true).open(&lock)?;
        let text = fs::read_to_string(git.join("packed-refs"))?;
        let is_other = |line: &&str| line.split_once(' ').is_none_or(|(_, other)| other != name);
        let mut kept: Vec<&str> = text.lines().filter(is_other).collect();
        kept.push("");
        let written = file
            .write_all(kept.join("\n").as_bytes())
            .and_then(|()| file.sync_all());
        if let Err(error) = written.and_then(|()| fs::rename(&lock, git.join("packed-refs"))) {
            // It was ours.
            let _ = fs::remove_file(&lock);
            return Err(error);
        }
    }
    remove(git, name)
}

/// Takes away a lock that a killed writer left. Only who has the shard to itself may do that.
pub(super) fn unlock(git: &Path, name: &str) -> io::Result<()> {
    remove(git, &format!("{name}.lock"))
}

/// All references below `prefix`, by what follows it.
pub(super) fn list(git: &Path, prefix: &str) -> io::Result<BTreeMap<String, GitId>> {
    let mut found: BTreeMap<String, GitId> = packed(git)?
        .into_iter()
        .filter_map(|(name, id)| Some((name.strip_prefix(prefix)?.to_owned(), id)))
        .collect();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(git.join(prefix).join(&folder)) {
            Ok(entries) => entries,
            Err(error) if is_absence(&error) => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{folder}{name}");
            if entry.file_type()?.is_dir() {
                folders.push(format!("{path}/"));
            } else if !name.ends_with(".lock") {
                let text = fs::read(entry.path())?;
                if let Ok(id) = GitId::from_hex(text.trim_ascii()) {
                    found.insert(path, id);
                }
            }
        }
    }
    Ok(found)
}

/// What `git pack-refs` put away.
fn packed(git: &Path) -> io::Result<BTreeMap<String, GitId>> {
    let text = match fs::read_to_string(git.join("packed-refs")) {
        Ok(text) => text,
        Err(error) if is_absence(&error) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    Ok(text
        .lines()
        .filter_map(|line| {
            let (id, name) = line.split_once(' ')?;
            Some((name.to_owned(), GitId::from_hex(id.as_bytes()).ok()?))
        })
        .collect())
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
