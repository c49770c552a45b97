//! A reference moves where it may, and the git program finds all that belongs to it.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use plumb_git::{Credentials, Delivery, GitError, Pushed};
use plumb_model::CommitId;

use crate::{
    fixture::{Fixture, git_in},
    http_server::{Behaviour, HttpServer},
};

const MAIN: &str = "refs/heads/main";

/// A fixture, a bare copy of it to push to, and a commit that the copy lacks.
struct Ground {
    fixture: Fixture,
    first: CommitId,
    second: CommitId,
}

impl Ground {
    fn new() -> Self {
        let fixture = Fixture::new();
        let first = fixture.commit("a", "1");
        git_in(
            &fixture.scratch(""),
            &["clone", "-q", "--bare", "repo", "bare.git"],
        );
        let second = fixture.commit("deep/b", "2");
        Self {
            fixture,
            first,
            second,
        }
    }

    fn bare(&self) -> std::path::PathBuf {
        self.fixture.scratch("bare.git")
    }

    /// All that `second` has and `first` has not, packed by the git program.
    fn delivery(&self) -> Delivery {
        let objects = self
            .fixture
            .git(&format!("rev-list --objects {} ^{}", self.second, self.first));
        let ids: Vec<&str> = objects
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let list = self.fixture.scratch("ids");
        std::fs::write(&list, ids.join("\n") + "\n").unwrap();
        let packed = std::process::Command::new("git")
            .args(["pack-objects", "-q", "--stdout"])
            .current_dir(self.fixture.path())
            .stdin(std::fs::File::open(list).unwrap())
            .output()
            .unwrap();
        Delivery {
            commit: self.second.clone(),
            pack: packed.stdout,
        }
    }

    fn push(&self, url: &str, credentials: Option<&Credentials>) -> Result<Pushed, GitError> {
        self.push_to(url, credentials, MAIN)
    }

    fn push_to(
        &self,
        url: &str,
        credentials: Option<&Credentials>,
        reference: &str,
    ) -> Result<Pushed, GitError> {
        let repositories = self.fixture.repositories();
        let at = (url, credentials);
        repositories.push(at, reference, |_| Ok::<_, GitError>(Some(self.delivery())))
    }

    fn is_there(&self) -> bool {
        let bare = self.bare();
        git_in(&bare, &["fsck", "--strict"]);
        git_in(&bare, &["rev-parse", MAIN]) == self.second.as_str()
    }
}

fn hook(bare: &Path, text: &str) {
    let place = bare.join("hooks/pre-receive");
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(&place, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn serve(ground: &Ground) -> (HttpServer, String) {
    let server = HttpServer::start(&ground.fixture.scratch(""), Behaviour::default());
    let url = format!("http://127.0.0.1:{}/bare.git", server.port);
    (server, url)
}

#[test]
fn over_http() {
    let ground = Ground::new();
    let (_server, url) = serve(&ground);
    let mut seen = None;
    let look = |old: Option<CommitId>| {
        seen = old;
        Ok::<_, GitError>(None)
    };
    let repositories = ground.fixture.repositories();
    assert_eq!(
        repositories.push((&url, None), MAIN, look).unwrap(),
        Pushed::Unchanged
    );
    assert_eq!(seen.as_ref(), Some(&ground.first));
    assert_eq!(ground.push(&url, None).unwrap(), Pushed::Moved);
    assert!(ground.is_there());
    assert_eq!(ground.push(&url, None).unwrap(), Pushed::Unchanged);
    // A new reference of any name.
    let reference = "refs/plumb/ledger/main";
    assert_eq!(ground.push_to(&url, None, reference).unwrap(), Pushed::Moved);
    assert_eq!(
        git_in(&ground.bare(), &["rev-parse", reference]),
        ground.second.as_str()
    );
}

#[test]
fn into_a_folder() {
    let ground = Ground::new();
    let url = ground.bare().display().to_string();
    assert_eq!(ground.push(&url, None).unwrap(), Pushed::Moved);
    assert!(ground.is_there());
    assert_eq!(ground.push(&url, None).unwrap(), Pushed::Unchanged);
    // Where it is checked out, the files would no longer be its.
    let worktree = ground.fixture.path().display().to_string();
    ground.fixture.git("reset -q --hard HEAD~1");
    let error = ground.push(&worktree, None).unwrap_err();
    assert!(error.to_string().contains("checked out"), "{error}");
    assert_eq!(
        ground.push_to(&worktree, None, "refs/heads/other").unwrap(),
        Pushed::Moved
    );
    assert_eq!(ground.fixture.tip("other"), ground.second);
}

#[test]
fn a_hook_that_refuses_is_quoted() {
    let ground = Ground::new();
    hook(&ground.bare(), "echo two reviews are needed >&2; exit 1");
    let (_server, url) = serve(&ground);
    let error = ground.push(&url, None).unwrap_err();
    let expected = format!("{url}: {MAIN} was not moved: pre-receive hook declined: two reviews are needed");
    assert_eq!(error.to_string(), expected);
    assert!(!ground.is_there());
}

#[test]
fn who_comes_second_loses() {
    for network in [true, false] {
        let ground = Ground::new();
        let (_server, http) = serve(&ground);
        let url = if network {
            http
        } else {
            ground.bare().display().to_string()
        };
        let other = git_in(
            &ground.bare(),
            &[
                "commit-tree",
                "-p",
                MAIN,
                "-m",
                "Theirs",
                &format!("{MAIN}^{{tree}}"),
            ],
        );
        let repositories = ground.fixture.repositories();
        let pushed = repositories.push((&url, None), MAIN, |_| {
            git_in(&ground.bare(), &["update-ref", MAIN, &other]);
            Ok::<_, GitError>(Some(ground.delivery()))
        });
        assert!(matches!(pushed, Err(GitError::Moved { .. })), "{pushed:?}");
        assert_eq!(git_in(&ground.bare(), &["rev-parse", MAIN]), other);
    }
}

#[test]
fn credentials_are_asked_for() {
    let ground = Ground::new();
    let behaviour = Behaviour {
        authorization: Some("Basic dTpw".to_owned()),
        ..Behaviour::default()
    };
    let server = HttpServer::start(&ground.fixture.scratch(""), behaviour);
    let url = format!("http://127.0.0.1:{}/bare.git", server.port);
    assert!(matches!(
        ground.push(&url, None),
        Err(GitError::Authentication { .. })
    ));
    let credentials = Credentials {
        username: Some("u".into()),
        password: Some("p".into()),
        ..Credentials::default()
    };
    assert_eq!(ground.push(&url, Some(&credentials)).unwrap(), Pushed::Moved);
    assert!(ground.is_there());
}

#[test]
fn a_pack_that_lacks_something_is_refused() {
    let ground = Ground::new();
    let (_server, url) = serve(&ground);
    let mut delivery = ground.delivery();
    delivery.pack.truncate(40);
    let repositories = ground.fixture.repositories();
    for url in [url, ground.bare().display().to_string()] {
        let broken = Delivery {
            commit: delivery.commit.clone(),
            pack: delivery.pack.clone(),
        };
        assert!(
            repositories
                .push((&url, None), MAIN, |_| Ok::<_, GitError>(Some(broken)))
                .is_err()
        );
        assert!(!ground.is_there());
    }
}

#[cfg(feature = "ssh")]
#[test]
fn over_ssh() {
    use russh::keys::{Algorithm, ssh_key::LineEnding};

    use crate::ssh_server::{SshServer, key};

    let ground = Ground::new();
    let identity = key(Algorithm::Ed25519);
    let server = SshServer::start(ground.fixture.scratch(""), identity.public_key().clone());
    let host_key = server.host_key.to_openssh().unwrap();
    let credentials = Credentials {
        ssh_identity: Some(identity.to_openssh(LineEnding::LF).unwrap().to_string()),
        known_hosts: Some(format!("[127.0.0.1]:{} {host_key}\n", server.port)),
        ..Credentials::default()
    };
    let url = format!("ssh://git@127.0.0.1:{}/bare.git", server.port);
    hook(&ground.bare(), "echo no >&2; exit 1");
    let error = ground.push(&url, Some(&credentials)).unwrap_err();
    assert!(
        error.to_string().ends_with("pre-receive hook declined: no"),
        "{error}"
    );
    hook(&ground.bare(), "exit 0");
    assert_eq!(ground.push(&url, Some(&credentials)).unwrap(), Pushed::Moved);
    assert!(ground.is_there());
    assert_eq!(ground.push(&url, Some(&credentials)).unwrap(), Pushed::Unchanged);
}

#[test]
fn a_commit_is_made_on_a_branch_elsewhere() {
    use plumb_git::{Author, FileChange};
    use plumb_model::TreePath;

    let author = Author {
        name: "Ann".into(),
        email: "ann@example.com".into(),
        seconds: Some(1_700_000_000),
    };
    let change = |path: &str, content: Option<&str>| FileChange {
        path: TreePath::parse(path).unwrap(),
        content: content.map(|content| content.as_bytes().to_vec()),
    };
    for network in [true, false] {
        let ground = Ground::new();
        let bare = ground.bare();
        let (_server, http) = serve(&ground);
        let url = if network { http } else { bare.display().to_string() };
        let repositories = ground.fixture.repositories();
        let commit = |parent: &CommitId, changes: &[FileChange]| {
            repositories.commit_to(
                (&url, None),
                ("main", parent),
                changes,
                ("Change\n\nBecause.", &author),
            )
        };
        let changes = [
            change("a", None),
            change("x/y/z", Some("new\n")),
            change("b", Some("b\n")),
        ];
        let second = commit(&ground.first, &changes).unwrap();
        assert_eq!(git_in(&bare, &["rev-parse", MAIN]), second.as_str());
        let tree = git_in(&bare, &["ls-tree", "-r", "--name-only", MAIN]);
        assert_eq!(tree, "b\nx/y/z");
        assert_eq!(
            git_in(&bare, &["log", "-1", "--format=%an %ae %at %s|%b", MAIN]),
            "Ann ann@example.com 1700000000 Change|Because."
        );
        git_in(&bare, &["fsck", "--strict"]);
        // Thought out on what the branch no longer is.
        let late = commit(&ground.first, &changes);
        assert!(matches!(late, Err(GitError::Moved { .. })), "{late:?}");
        assert_eq!(git_in(&bare, &["rev-parse", MAIN]), second.as_str());
        if network {
            hook(&bare, "echo no pushes >&2; exit 1");
            repositories.repository(&url, None).unwrap().refresh().unwrap();
            let refused = commit(&second, &[change("c", Some("c"))]).unwrap_err();
            assert!(refused.to_string().ends_with("declined: no pushes"), "{refused}");
        }
    }
}
