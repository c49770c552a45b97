//! Repositories in temporary folders, made by the git program.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use plumb_git::{GitOptions, Repositories, Repository};
use plumb_model::{CommitId, TreePath};

/// A repository and a folder for mirrors; both go when this is dropped.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// A repository with a branch `main`, and no commit yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Self { folder };
        std::fs::create_dir(fixture.path()).unwrap();
        fixture.git("init -q -b main");
        fixture
    }

    /// The worktree.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git with these words, and gives what it printed.
    pub(crate) fn git(&self, words: &str) -> String {
        git_in(&self.path(), &words.split(' ').collect::<Vec<_>>())
    }

    /// Writes a file, and commits everything.
    pub(crate) fn commit(&self, path: &str, content: &str) -> CommitId {
        let place = self.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, content).unwrap();
        self.git("add -A");
        git_in(
            &self.path(),
            &["commit", "-q", "-m", &format!("Change {path}\n\nBecause.")],
        );
        self.tip("HEAD")
    }

    pub(crate) fn tip(&self, name: &str) -> CommitId {
        CommitId::parse(&self.git(&format!("rev-parse {name}^{{commit}}"))).unwrap()
    }

    pub(crate) fn options(&self) -> GitOptions {
        GitOptions::new(self.folder.path().join("mirrors"))
    }

    pub(crate) fn repositories(&self) -> Repositories {
        Repositories::new(self.options()).unwrap()
    }

    /// The repository, read in place.
    pub(crate) fn open(&self) -> Arc<Repository> {
        self.repositories()
            .repository(self.path().to_str().unwrap(), None)
            .unwrap()
    }
}

pub(crate) fn git_in(path: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .args(words)
        .current_dir(path)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", "/nonexistent")
        .envs([
            ("GIT_AUTHOR_NAME", "Ann"),
            ("GIT_AUTHOR_EMAIL", "ann@example.com"),
            ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+01:00"),
            ("GIT_COMMITTER_NAME", "Cid"),
            ("GIT_COMMITTER_EMAIL", "cid@example.com"),
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}
