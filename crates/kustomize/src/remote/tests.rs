//! Forms of addresses, and what the original makes of them.

use super::{is_marked_as_repository, parse};

#[track_caller]
fn check(address: &str, wanted: Option<(&str, &str, &str)>) {
    let read = parse(address).map(|read| (read.url, read.path, read.reference));
    let read = read
        .as_ref()
        .map(|(url, path, reference)| (url.as_str(), path.as_str(), reference.as_str()));
    assert_eq!(read, wanted, "{address}");
}

#[test]
fn addresses_are_taken_apart() {
    let github = "https://github.com/org/repo";
    check(
        "https://github.com/org/repo//apps/web?ref=v1.2",
        Some((github, "apps/web", "v1.2")),
    );
    check(
        "github.com/org/repo/apps/web?version=main",
        Some((github, "apps/web", "main")),
    );
    check("https://github.com/org/repo", Some((github, "", "")));
    check(
        "git@github.com:org/repo.git//base",
        Some(("git@github.com:org/repo.git", "base", "")),
    );
    check(
        "ssh://git@github.com/org/repo.git",
        Some(("git@github.com:org/repo.git", "", "")),
    );
    check(
        "https://user@dev.azure.com/org/project/_git/repo/path/to",
        Some(("https://user@dev.azure.com/org/project/_git/repo", "path/to", "")),
    );
    check(
        "https://git.example.com/a/b/c.git/x/y?ref=feature%2Fone",
        Some(("https://git.example.com/a/b/c.git", "x/y", "feature/one")),
    );
    check(
        "git::https://gitlab.com/g/p.git?ref=t",
        Some(("https://gitlab.com/g/p.git", "", "t")),
    );
    check("file:///srv/repo", Some(("file:///srv/repo", "", "")));
    check("file:///srv/repo//sub", Some(("file:///srv/repo", "sub", "")));
    check(
        "ssh://git@host.example:2222/org/repo.git",
        Some(("ssh://git@host.example:2222/org/repo.git", "", "")),
    );
}

#[test]
fn paths_are_no_addresses() {
    for path in [
        "../base",
        "base",
        "/abs/path",
        "apps/web.git",
        "a?ref=b",
        "https://host",
        "x:y/z",
    ] {
        check(path, None);
    }
    check("https://github.com/org/repo//../../secret", None);
}

#[test]
fn the_query_says_how() {
    let read = parse("https://github.com/o/r?timeout=2m&submodules=false").expect("an address");
    assert_eq!((read.timeout, read.submodules), (Some(120), false));
    let read = parse("https://github.com/o/r?timeout=61").expect("an address");
    assert_eq!((read.timeout, read.submodules), (Some(61), true));
}

#[test]
fn marks_tell_repositories_from_files() {
    assert!(is_marked_as_repository("https://github.com/o/r//p?ref=x"));
    assert!(is_marked_as_repository("https://host/o/r.git"));
    assert!(!is_marked_as_repository(
        "https://raw.example.com/o/r/main/install.yaml"
    ));
}
