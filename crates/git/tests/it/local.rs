//! Repositories on this machine are read where they are.

use plumb_git::GitError;
use plumb_model::{CommitId, EntryKind, Reference, Tree as _, TreeError};

use crate::fixture::{Fixture, git_in, path};

#[test]
fn every_kind_of_reference_leads_to_its_commit() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    fixture.git("tag -a v1.0.0 -m annotated");
    fixture.git("tag v1.1.0-rc.1");
    fixture.git("branch feature/x");
    fixture.git("update-ref refs/pull/1/head HEAD");
    let second = fixture.commit("a", "2");
    let repository = fixture.open();
    let cases = [
        (Reference::Head, &second, Some("main")),
        (Reference::Branch("main".into()), &second, Some("main")),
        (Reference::Branch("feature/x".into()), &first, Some("feature/x")),
        (Reference::Tag("v1.0.0".into()), &first, Some("v1.0.0")),
        (
            Reference::Name("refs/pull/1/head".into()),
            &first,
            Some("refs/pull/1/head"),
        ),
        (
            Reference::Name("refs/tags/v1.0.0".into()),
            &first,
            Some("refs/tags/v1.0.0"),
        ),
        (Reference::Commit(first.clone()), &first, None),
        (Reference::SemVer(">=0.1.0".into()), &first, Some("v1.0.0")),
        (Reference::SemVer(">=1.0.1-0".into()), &first, Some("v1.1.0-rc.1")),
        (Reference::Any("HEAD".into()), &second, Some("main")),
        (Reference::Any("1.0.x".into()), &first, Some("v1.0.0")),
        (Reference::Any("v1.0.0".into()), &first, Some("v1.0.0")),
        (Reference::Any(first.short().into()), &first, None),
        (Reference::Any("feature/x".into()), &first, Some("feature/x")),
        (Reference::BranchOrHead("master".into()), &second, Some("main")),
    ];
    for (reference, commit, name) in cases {
        let revision = repository.resolve(&reference).unwrap();
        assert_eq!(&revision.commit, commit, "{reference:?}");
        assert_eq!(revision.name.as_deref(), name, "{reference:?}");
    }
}

#[test]
fn what_is_not_there_is_told_with_what_is_near() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    fixture.git("branch production");
    let repository = fixture.open();
    let error = repository
        .resolve(&Reference::Branch("prodution".into()))
        .unwrap_err();
    assert!(matches!(error, GitError::ReferenceNotFound { .. }));
    let text = error.to_string();
    assert!(
        text.ends_with("branch \"prodution\" not found; near are \"production\""),
        "{text}"
    );
    let absent = CommitId::parse(&"12".repeat(20)).unwrap();
    let error = repository.resolve(&Reference::Commit(absent)).unwrap_err();
    assert!(matches!(error, GitError::ReferenceNotFound { .. }));
}

#[test]
fn a_missing_repository_and_an_unknown_scheme_are_refused() {
    let fixture = Fixture::new();
    let repositories = fixture.repositories();
    let missing = repositories
        .repository("file:///nowhere/at/all", None)
        .unwrap_err();
    assert!(
        matches!(missing, GitError::RepositoryNotFound { .. }),
        "{missing}"
    );
    let unknown = repositories.repository("ftp://host/repo", None).unwrap_err();
    assert!(matches!(unknown, GitError::Unsupported { .. }), "{unknown}");
    let empty = fixture.open().resolve(&Reference::Head).unwrap_err();
    assert!(
        empty
            .to_string()
            .ends_with("HEAD not found: the repository is empty"),
        "{empty}"
    );
}

#[test]
fn the_longest_rewrite_wins() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    let mut options = fixture.options();
    let rewrite = |from: &str, to: String| plumb_git::Rewrite {
        from: from.to_owned(),
        to,
    };
    options.rewrites = vec![
        rewrite("https://host/", "file:///nowhere/".to_owned()),
        rewrite(
            "https://host/org/",
            format!("file://{}/", fixture.scratch("").display()),
        ),
    ];
    let repositories = plumb_git::Repositories::new(options).unwrap();
    let repository = repositories.repository("https://host/org/repo", None).unwrap();
    assert_eq!(repository.url(), "https://host/org/repo");
    assert!(repository.resolve(&Reference::Head).is_ok());
    let again = repositories.repository("https://host/org/repo", None).unwrap();
    assert!(std::sync::Arc::ptr_eq(&repository, &again));
}

#[test]
fn a_refresh_tells_whether_anything_moved() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let repository = fixture.open();
    assert!(!repository.refresh().unwrap().changed);
    let second = fixture.commit("a", "2");
    let head = |repository: &plumb_git::Repository| repository.resolve(&Reference::Head).unwrap().commit;
    assert_eq!(head(&repository), first, "nothing moves before a refresh");
    assert!(repository.refresh().unwrap().changed);
    assert_eq!(head(&repository), second);
    // Force-pushed back, packed, and a branch that goes.
    fixture.git("branch gone");
    fixture.git("reset -q --hard HEAD~1");
    fixture.git("pack-refs --all");
    fixture.git("gc -q");
    assert!(repository.refresh().unwrap().changed);
    assert_eq!(head(&repository), first);
    assert!(repository.resolve(&Reference::Branch("gone".into())).is_ok());
    fixture.git("branch -D gone");
    assert!(repository.refresh().unwrap().changed);
    assert!(repository.resolve(&Reference::Branch("gone".into())).is_err());
}

#[test]
fn a_tree_reads_files_links_submodules_and_the_executable_bit() {
    let fixture = Fixture::new();
    fixture.commit("apps/web/deploy.yaml", "kind: Deployment\n");
    std::os::unix::fs::symlink("apps/web", fixture.path().join("link")).unwrap();
    fixture.git("update-index --add --cacheinfo 160000,1234567890123456789012345678901234567890,sub");
    std::fs::write(fixture.path().join("run.sh"), "").unwrap();
    fixture.git("update-index --add --chmod=+x run.sh");
    fixture.git("add link");
    fixture.git("commit -q -m more");
    let repository = fixture.open();
    let tree = repository.tree(&fixture.tip("HEAD")).unwrap();
    let listed: Vec<_> = tree.list(&path("")).unwrap();
    let kinds: Vec<_> = listed.iter().map(|(name, entry)| (&**name, entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("apps", EntryKind::Directory),
            ("link", EntryKind::Symlink),
            ("run.sh", EntryKind::Executable),
            ("sub", EntryKind::Submodule)
        ]
    );
    let deploy = path("apps/web/deploy.yaml");
    assert_eq!(&tree.read(&deploy).unwrap()[..], b"kind: Deployment\n");
    assert_eq!(tree.size(&deploy).unwrap(), 17);
    let blob = fixture.git("rev-parse HEAD:apps/web/deploy.yaml");
    assert_eq!(*tree.entry(&deploy).unwrap().unwrap().id.0, *blob);
    assert_eq!(&tree.read(&path("link")).unwrap()[..], b"apps/web");
    assert_eq!(tree.entry(&path("apps/none")).unwrap(), None);
    assert_eq!(tree.entry(&path("run.sh/below")).unwrap(), None);
    assert!(matches!(
        tree.read(&path("apps")),
        Err(TreeError::IsADirectory(_))
    ));
    assert!(matches!(tree.list(&deploy), Err(TreeError::NotADirectory(_))));
    assert!(matches!(tree.list(&path("no")), Err(TreeError::NotFound(_))));
    assert_eq!(tree.entry(&path("")).unwrap().unwrap().kind, EntryKind::Directory);
}

#[test]
fn a_blob_over_the_limit_is_refused_by_its_header() {
    let fixture = Fixture::new();
    let commit = fixture.commit("big", &"x".repeat(3000));
    let mut options = fixture.options();
    options.max_object_bytes = 2999;
    let repositories = plumb_git::Repositories::new(options).unwrap();
    let repository = repositories
        .repository(fixture.path().to_str().unwrap(), None)
        .unwrap();
    let tree = repository.tree(&commit).unwrap();
    assert_eq!(tree.size(&path("big")).unwrap(), 3000);
    assert!(matches!(tree.read(&path("big")), Err(TreeError::TooLarge { .. })));
}

#[test]
fn linked_worktrees_and_bare_repositories_are_repositories() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let worktree = fixture.scratch("linked");
    fixture.git(&format!("worktree add -q -b side {}", worktree.display()));
    let second = fixture.commit("a", "2");
    let repositories = fixture.repositories();
    let linked = repositories.repository(worktree.to_str().unwrap(), None).unwrap();
    let head = linked.resolve(&Reference::Head).unwrap();
    assert_eq!((head.commit, head.name.as_deref()), (first, Some("side")));
    assert_eq!(
        linked.resolve(&Reference::Branch("main".into())).unwrap().commit,
        second
    );
    assert!(linked.local_path().unwrap().ends_with(".git/worktrees/linked"));
    let bare = fixture.scratch("bare.git");
    git_in(
        &fixture.path(),
        &["clone", "-q", "--bare", ".", bare.to_str().unwrap()],
    );
    let bare = repositories
        .repository(&format!("file://{}", bare.display()), None)
        .unwrap();
    assert_eq!(bare.resolve(&Reference::Head).unwrap().commit, second);
}

#[test]
fn a_sha256_repository_is_read_too() {
    let fixture = Fixture::new();
    let folder = fixture.scratch("sha256");
    std::fs::create_dir(&folder).unwrap();
    git_in(&folder, &["init", "-q", "-b", "main", "--object-format=sha256"]);
    std::fs::write(folder.join("a"), "1").unwrap();
    git_in(&folder, &["add", "a"]);
    git_in(&folder, &["commit", "-q", "-m", "one"]);
    let repository = fixture
        .repositories()
        .repository(folder.to_str().unwrap(), None)
        .unwrap();
    let commit = repository.resolve(&Reference::Head).unwrap().commit;
    assert_eq!(commit.as_str().len(), 64);
    assert_eq!(
        &repository.tree(&commit).unwrap().read(&path("a")).unwrap()[..],
        b"1"
    );
}

#[test]
fn commits_tell_who_made_them_and_what_came_before() {
    let fixture = Fixture::new();
    let first = fixture.commit("a/x", "1");
    let second = fixture.commit("b", "2");
    fixture.git("checkout -q -b side HEAD~1");
    let side = fixture.commit("a/y", "3");
    fixture.git("checkout -q main");
    fixture.git("merge -q --no-ff -m Join side");
    let joined = fixture.tip("HEAD");
    let repository = fixture.open();
    let commit = repository.commit(&second).unwrap();
    assert_eq!(
        (commit.subject.as_str(), commit.body.as_str()),
        ("Change b", "Because.")
    );
    assert_eq!(commit.parents, std::slice::from_ref(&first));
    assert_eq!(commit.author.name, "Ann");
    assert_eq!(commit.author.time, "2026-01-02T03:04:05+01:00");
    assert_eq!(commit.committer.email, "cid@example.com");
    let ids = |path: Option<&str>, limit| -> Vec<CommitId> {
        let path = path.map(crate::fixture::path);
        let log = repository.log(&joined, path.as_ref(), limit).unwrap();
        log.into_iter().map(|commit| commit.id).collect()
    };
    assert_eq!(ids(None, 10).len(), 4);
    assert_eq!(ids(None, 1), std::slice::from_ref(&joined));
    assert_eq!(ids(Some("b"), 10), std::slice::from_ref(&second));
    assert_eq!(ids(Some("a"), 10), [side.clone(), first.clone()]);
    assert!(repository.is_ancestor(&first, &joined).unwrap());
    assert!(repository.is_ancestor(&side, &joined).unwrap());
    assert!(!repository.is_ancestor(&side, &second).unwrap());
    assert!(!repository.is_ancestor(&joined, &first).unwrap());
}

#[test]
fn threads_share_one_tree() {
    let fixture = Fixture::new();
    for number in 0..20 {
        std::fs::create_dir_all(fixture.path().join(format!("d{number}"))).unwrap();
        std::fs::write(fixture.path().join(format!("d{number}/f")), format!("{number}")).unwrap();
    }
    let commit = fixture.commit("last", "x");
    fixture.git("gc -q");
    let repository = fixture.open();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let tree = repository.tree(&commit).unwrap();
                for number in 0..20 {
                    let content = tree.read(&path(&format!("d{number}/f"))).unwrap();
                    assert_eq!(content, number.to_string().as_bytes());
                }
            });
        }
    });
}
