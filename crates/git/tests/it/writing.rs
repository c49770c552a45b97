//! What is written is an ordinary repository to the git program.

use plumb_git::{Author, GitError, commit_files, init_repository};

use crate::fixture::{Fixture, git_in};

fn author() -> Author {
    Author {
        name: "Plumb".into(),
        email: "plumb@example.com".into(),
        seconds: Some(1_700_000_000),
    }
}

#[test]
fn a_new_repository_is_clean_and_the_user_can_go_on() {
    let fixture = Fixture::new();
    let dir = fixture.scratch("made");
    let files: [(&str, &[u8]); 3] = [("a.yaml", b"a: 1\n"), ("deep/er/b", b"b"), ("deep.txt", b"c")];
    let first = init_repository(&dir, "trunk", &files, "Begin\n\nAll of it.", &author()).unwrap();
    let git = |words: &str| git_in(&dir, &words.split(' ').collect::<Vec<_>>());
    assert_eq!(git("status --porcelain"), "");
    assert_eq!(git("rev-parse HEAD"), first.as_str());
    assert_eq!(git("symbolic-ref HEAD"), "refs/heads/trunk");
    assert_eq!(
        git("log --format=%an:%ae:%at:%s"),
        "Plumb:plumb@example.com:1700000000:Begin"
    );
    assert_eq!(git("ls-files"), "a.yaml\ndeep.txt\ndeep/er/b");
    git("fsck --strict");
    std::fs::write(dir.join("a.yaml"), "a: 2\n").unwrap();
    git("commit -q -a -m user");
    assert_eq!(
        git("diff --stat HEAD~1"),
        "a.yaml | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)"
    );
    assert!(init_repository(&dir, "trunk", &files, "Again", &author()).is_err());
}

#[test]
fn a_commit_changes_files_and_index_and_leaves_the_users_work() {
    let fixture = Fixture::new();
    fixture.commit("keep", "1");
    fixture.commit("old/gone", "1");
    std::fs::write(fixture.path().join("staged"), "s").unwrap();
    fixture.git("add staged");
    let changes: [(&str, Option<&[u8]>); 2] = [("new/file", Some(b"n")), ("old/gone", None)];
    let commit = commit_files(&fixture.path(), "main", &changes, "Move", &author()).unwrap();
    assert_eq!(fixture.tip("HEAD"), commit);
    assert_eq!(fixture.git("status --porcelain"), "A  staged");
    assert!(!fixture.path().join("old").exists());
    assert_eq!(
        fixture.git("show --name-status --format="),
        "A\tnew/file\nD\told/gone"
    );
    std::fs::write(fixture.path().join("keep"), "by hand").unwrap();
    let changes: [(&str, Option<&[u8]>); 1] = [("keep", Some(b"by us"))];
    let error = commit_files(&fixture.path(), "main", &changes, "Overwrite", &author()).unwrap_err();
    assert!(matches!(error, GitError::Io { .. }), "{error}");
    assert_eq!(
        std::fs::read_to_string(fixture.path().join("keep")).unwrap(),
        "by hand"
    );
}

#[test]
fn another_branch_is_written_without_touching_files() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    let changes: [(&str, Option<&[u8]>); 1] = [("a", Some(b"2"))];
    let commit = commit_files(&fixture.path(), "promote", &changes, "Promote", &author()).unwrap();
    assert_eq!(fixture.tip("promote"), commit);
    assert_eq!(fixture.git("rev-parse promote~1"), fixture.tip("main").as_str());
    assert_eq!(fixture.git("status --porcelain"), "");
    assert_eq!(std::fs::read_to_string(fixture.path().join("a")).unwrap(), "1");
    for bad in ["../out", ".git/config", "a/.GIT/x", ""] {
        let changes: [(&str, Option<&[u8]>); 1] = [(bad, Some(b"x"))];
        assert!(
            commit_files(&fixture.path(), "main", &changes, "Bad", &author()).is_err(),
            "{bad}"
        );
    }
}
