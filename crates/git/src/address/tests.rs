use super::*;

#[test]
fn urls_are_read_as_git_reads_them() {
    let ssh = |user: Option<&str>, host: &str, port, path: &str| {
        Address::Ssh(SshAddress {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    };
    let cases = [
        ("/srv/repo", Address::Local("/srv/repo".into())),
        ("./a:b", Address::Local("./a:b".into())),
        ("file:///srv/repo", Address::Local("/srv/repo".into())),
        (
            "git@host:org/repo.git",
            ssh(Some("git"), "host", None, "org/repo.git"),
        ),
        ("host:/org/repo", ssh(None, "host", None, "/org/repo")),
        (
            "ssh://git@host:2222/org/repo",
            ssh(Some("git"), "host", Some(2222), "/org/repo"),
        ),
        (
            "ssh://git@[::1]:22/~me/repo",
            ssh(Some("git"), "::1", Some(22), "~me/repo"),
        ),
        (
            "https://me:p%40ss@host/org/repo",
            Address::Http {
                url: "https://host/org/repo".to_owned(),
                user: Some("me".to_owned()),
                password: Some("p@ss".to_owned()),
            },
        ),
        ("ftp://host/repo", Address::Other("ftp".to_owned())),
    ];
    for (url, expected) in cases {
        assert_eq!(Address::parse(url), expected, "{url}");
    }
}

#[test]
fn a_masked_url_holds_no_secret() {
    for (url, expected) in [
        ("https://me:secret@host/a@b", "https://me:***@host/a@b"),
        ("https://secret@host/a", "https://***@host/a"),
        ("https://me:se@cret@host/a", "https://me:***@host/a"),
        ("ssh://git@host/a", "ssh://git@host/a"),
        ("git@host:a", "git@host:a"),
    ] {
        assert_eq!(masked(url), expected);
    }
}
