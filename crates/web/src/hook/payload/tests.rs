//! What is read of the webhooks of each forge.

use axum::http::HeaderName;

use super::*;

fn told(lines: &[(&'static str, &str)], body: &str) -> Result<Told, String> {
    let headers = lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    read(&headers, body.as_bytes())
}

fn push(repositories: &[&str]) -> Result<Told, String> {
    Ok(Told {
        is_push: true,
        repositories: repositories.iter().map(|it| (*it).to_owned()).collect(),
    })
}

#[test]
fn pushes_name_every_url() {
    let github = r#"{"ref": "refs/heads/main", "repository": {"clone_url": "https://github.com/o/r.git",
        "ssh_url": "git@github.com:o/r.git", "html_url": "https://github.com/o/r", "url": "https://github.com/o/r"}}"#;
    let expected = push(&[
        "git@github.com:o/r.git",
        "https://github.com/o/r",
        "https://github.com/o/r.git",
    ]);
    assert_eq!(told(&[("x-github-event", "push")], github), expected);
    assert_eq!(told(&[("x-gitea-event", "push")], github), expected);
    let gitlab = r#"{"object_kind": "push", "project": {"git_http_url": "https://gitlab.example/o/r.git",
        "git_ssh_url": "git@gitlab.example:o/r.git", "web_url": "https://gitlab.example/o/r", "avatar_url": null}}"#;
    let expected = push(&[
        "git@gitlab.example:o/r.git",
        "https://gitlab.example/o/r",
        "https://gitlab.example/o/r.git",
    ]);
    assert_eq!(told(&[("x-gitlab-event", "Push Hook")], gitlab), expected);
    assert_eq!(told(&[("x-gitlab-event", "System Hook")], gitlab), expected);
    assert_eq!(told(&[], gitlab), expected);
}

#[test]
fn forms_are_read_as_well() {
    let form = "x=1&payload=%7B%22repository%22%3A+%7B%22clone_url%22%3A%22https%3A%2F%2Fh%2Fr%2Bs%22%7D%7D";
    let lines = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-github-event", "push"),
    ];
    assert_eq!(told(&lines, form), push(&["https://h/r+s"]));
    assert!(told(&lines, "payload=%7").unwrap_err().contains("not JSON"));
    assert!(told(&lines, "other=1").unwrap_err().contains("payload"));
}

#[test]
fn what_moves_nothing_is_no_push() {
    let body = r#"{"repository": {"clone_url": "https://h/r"}}"#;
    for event in ["ping", "issues", "star"] {
        assert!(
            !told(&[("x-github-event", event)], body).unwrap().is_push,
            "{event}"
        );
    }
    assert!(told(&[("x-github-event", "ping")], r#"{"zen": "an organisation's"}"#).is_ok());
}

#[test]
fn what_is_no_webhook_says_so() {
    assert!(told(&[], "{}").unwrap_err().contains("names no repository"));
    assert!(
        told(&[("x-github-event", "push")], "[1]")
            .unwrap_err()
            .contains("names no repository")
    );
    assert!(told(&[], "hello").unwrap_err().contains("not JSON"));
}
