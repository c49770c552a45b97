//! What a webhook tells: GitHub's, GitLab's, Gitea's and Forgejo's, as JSON or as a form.

use std::{borrow::Cow, collections::BTreeSet};

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// The headers that name the event.
const EVENTS: [&str; 4] = [
    "x-github-event",
    "x-forgejo-event",
    "x-gitea-event",
    "x-gitlab-event",
];
/// The events that move a branch or a tag.
const MOVES: [&str; 8] = [
    "push",
    "create",
    "delete",
    "Push Hook",
    "Tag Push Hook",
    "tag_push",
    "repository_update",
    "",
];
/// The objects that describe the repository.
const PLACES: [&str; 2] = ["repository", "project"];
/// The fields of those that hold a URL of it.
const URLS: [&str; 11] = [
    "clone_url",
    "ssh_url",
    "git_url",
    "html_url",
    "url",
    "git_http_url",
    "git_ssh_url",
    "web_url",
    "http_url",
    "homepage",
    "svn_url",
];
/// The longest URL that is taken.
const LONGEST: usize = 2048;

/// What a webhook tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Something moved (else it is a ping, or of no interest).
    pub(crate) is_push: bool,
    /// Every URL of the repository.
    pub(crate) repositories: Vec<String>,
}

/// Reads a webhook; what is wrong with it where it is none.
pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Told, String> {
    let body = json(headers, body)?;
    let header = EVENTS.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let event = match header {
        // GitLab's system hooks name what happened in the body.
        None | Some("System Hook") => body["event_name"]
            .as_str()
            .or(body["object_kind"].as_str())
            .unwrap_or_default(),
        Some(event) => event,
    };
    let repositories: BTreeSet<String> = PLACES
        .iter()
        .flat_map(|place| URLS.iter().map(|field| &body[*place][*field]))
        .filter_map(Value::as_str)
        .filter(|url| !url.is_empty() && url.len() <= LONGEST)
        .map(str::to_owned)
        .collect();
    if repositories.is_empty() && event != "ping" {
        return Err(
            "the body names no repository: GitHub, GitLab, Gitea and Forgejo webhooks of pushes are \
                    understood, as application/json or as a form"
                .to_owned(),
        );
    }
    let is_push = MOVES.contains(&event) && !repositories.is_empty();
    Ok(Told {
        is_push,
        repositories: repositories.into_iter().collect(),
    })
}

fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, String> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let text = if kind.starts_with("application/x-www-form-urlencoded") {
        let field = body
            .split(|byte| *byte == b'&')
            .find_map(|field| field.strip_prefix(b"payload="));
        Cow::Owned(decoded(field.ok_or("the form has no field payload")?))
    } else {
        Cow::Borrowed(body)
    };
    serde_json::from_slice(&text).map_err(|error| format!("the body is not JSON: {error}"))
}

/// A form's value without its escapes; one that is broken is left as it stands, for JSON to complain about.
fn decoded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.iter();
    while let Some(byte) = rest.next() {
        let digits = rest
            .as_slice()
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match (
            byte,
            digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()),
        ) {
            (b'+', _) => out.push(b' '),
            (b'%', Some(escaped)) => {
                out.push(escaped);
                rest = rest.as_slice()[2..].iter();
            }
            _ => out.push(*byte),
        }
    }
    out
}
