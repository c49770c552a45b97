//! Tells at once when a reference of a local repository moves.
//!
//! **Invariant:** every move of HEAD, of a branch or a tag is followed by a call; a call does not prove a move.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, event::CreateKind};

use crate::GitError;

/// Git moves a reference in several steps; this much quiet ends them.
const QUIET: Duration = Duration::from_millis(3);
/// A flood of moves is told of this often.
const LONGEST: Duration = Duration::from_millis(30);
/// What is written into a new folder before the folder is watched goes unseen; it is looked at again after this.
const NEW_FOLDER: Duration = Duration::from_millis(50);

/// Watches one repository until dropped.
pub struct LocalWatch {
    // Dropping it ends the events, which ends the thread.
    _watcher: RecommendedWatcher,
}

enum Moved {
    Reference,
    NewFolder,
}

impl LocalWatch {
    /// Calls `moved`, on a thread of its own, whenever a reference of the repository with the Git folder `git_dir` may
    /// have moved. A linked worktree's folder will do: the references that it shares are watched too.
    ///
    /// # Errors
    /// When the system does not let us watch.
    pub fn new(git_dir: &Path, moved: impl FnMut() + Send + 'static) -> Result<Self, GitError> {
        let git_dir = git_dir
            .canonicalize()
            .map_err(|error| GitError::io(git_dir, error))?;
        let common = common_dir(&git_dir);
        let (sender, receiver) = channel();
        let roots = [git_dir.clone(), common.clone()];
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<Event>| tell(&sender, &roots, event))
                .map_err(|error| GitError::io(&git_dir, error))?;
        let mut watch = |path: &Path, mode| {
            watcher
                .watch(path, mode)
                .map_err(|error| GitError::io(path, error))
        };
        watch(&git_dir, RecursiveMode::NonRecursive)?;
        if common != git_dir {
            watch(&common, RecursiveMode::NonRecursive)?;
        }
        watch(&common.join("refs"), RecursiveMode::Recursive)?;
        std::thread::Builder::new()
            .name("git-watch".to_owned())
            .spawn(move || pass_on(&receiver, moved))
            .map_err(|error| GitError::io(&git_dir, error))?;
        Ok(Self { _watcher: watcher })
    }
}

fn common_dir(git_dir: &Path) -> PathBuf {
    fs::read_to_string(git_dir.join("commondir"))
        .ok()
        .and_then(|common| git_dir.join(common.trim()).canonicalize().ok())
        .unwrap_or_else(|| git_dir.to_owned())
}

fn tell(sender: &Sender<Moved>, roots: &[PathBuf; 2], event: notify::Result<Event>) {
    let moved = match event {
        // Events were lost: anything may have moved.
        Err(_) => Some(Moved::Reference),
        Ok(event) if event.need_rescan() => Some(Moved::Reference),
        Ok(event) => match event.kind {
            EventKind::Access(_) => None,
            EventKind::Create(CreateKind::Folder) => Some(Moved::NewFolder),
            _ => event
                .paths
                .iter()
                .any(|path| is_reference(roots, path))
                .then_some(Moved::Reference),
        },
    };
    if let Some(moved) = moved {
        // The thread that listens is gone only when the watch is being dropped.
        let _ = sender.send(moved);
    }
}

fn is_reference(roots: &[PathBuf; 2], path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == "lock") {
        return false;
    }
    roots.iter().any(|root| {
        path.strip_prefix(root)
            .is_ok_and(|inside| inside.starts_with("refs") || inside == "HEAD" || inside == "packed-refs")
    })
}

fn pass_on(receiver: &Receiver<Moved>, mut moved: impl FnMut()) {
    let mut again: Option<Instant> = None;
    loop {
        let first = match again {
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => receiver.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match first {
            Ok(event) => {
                let end = Instant::now() + LONGEST;
                let mut new_folder = matches!(event, Moved::NewFolder);
                while Instant::now() < end
                    && let Ok(event) = receiver.recv_timeout(QUIET)
                {
                    new_folder |= matches!(event, Moved::NewFolder);
                }
                if new_folder {
                    again = Some(Instant::now() + NEW_FOLDER);
                }
            }
            Err(RecvTimeoutError::Timeout) => again = None,
            Err(RecvTimeoutError::Disconnected) => return,
        }
        moved();
    }
}
