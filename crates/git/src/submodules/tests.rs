//! Where submodules are.

use super::resolved;

#[track_caller]
fn check(parent: &str, url: &str, wanted: Option<&str>) {
    assert_eq!(
        resolved(parent, url).ok().as_deref(),
        wanted,
        "{url} seen from {parent}"
    );
}

#[test]
fn relative_urls_are_seen_from_the_repository() {
    let parent = "https://example.com/org/repo.git";
    check(parent, "../other.git", Some("https://example.com/org/other.git"));
    check(parent, "./sub", Some("https://example.com/org/repo.git/sub"));
    check(parent, "../../x/y", Some("https://example.com/x/y"));
    check(parent, "https://other.example/z", Some("https://other.example/z"));
    check(
        "git@example.com:org/repo",
        "../other",
        Some("git@example.com:org/other"),
    );
    check("git@example.com:repo", "../other", Some("git@example.com:other"));
    check("file:///srv/git/a", "../b", Some("file:///srv/git/b"));
}

#[test]
fn nothing_leads_out_of_the_server_or_to_this_machine() {
    check("https://example.com/org/repo", "../../../../evil.example/x", None);
    check("https://example.com/org/repo", "../../../x", None);
    check("https://example.com/org/repo", "file:///etc", None);
    check("https://example.com/org/repo", "/srv/secret", None);
    check("file:///srv/git/a", "/srv/git/b", Some("/srv/git/b"));
}
