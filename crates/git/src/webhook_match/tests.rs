use super::*;

#[test]
fn the_ways_to_write_one_repository_are_the_same() {
    let ways = [
        "https://Host.example/org/repo",
        "https://host.example/org/repo.git",
        "https://me:secret@host.example:443/org/repo/",
        "git@host.example:org/repo",
        "ssh://git@HOST.example:22/org/repo.git",
        "http://host.example/org/repo",
    ];
    for a in ways {
        for b in ways {
            assert!(same_repository(a, b), "{a} and {b}");
        }
    }
}

#[test]
fn other_repositories_are_not() {
    let url = "https://host.example/org/repo";
    for other in [
        "https://host.example/org/repo2",
        "https://host.example/Org/repo",
        "https://host.example:8443/org/repo",
        "https://other.example/org/repo",
        "/org/repo",
    ] {
        assert!(!same_repository(url, other), "{other}");
    }
}
