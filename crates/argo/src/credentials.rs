//! Which of Argo CD's Secrets opens a repository.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plumb_model::SecretRef;
use serde_json::Value;

use crate::names::SECRET_TYPE_LABEL;

/// Fields of a Secret that open something.
const KEYS: &[&str] = &[
    "username",
    "password",
    "bearerToken",
    "sshPrivateKey",
    "tlsClientCertData",
    "githubAppPrivateKey",
    "gcpServiceAccountKey",
];

/// The Secret for `repo_url`: that of the repository itself where it opens anything, else that of the longest URL which
/// `repo_url` begins with, else that of the repository.
#[must_use]
pub fn credentials(secrets: &[Value], repo_url: &str) -> Option<SecretRef> {
    let wanted = normalized(repo_url);
    let of_type = |kind: &'static str| {
        secrets
            .iter()
            .filter(move |secret| secret["metadata"]["labels"][SECRET_TYPE_LABEL] == kind)
            .filter_map(|secret| Some((normalized(&field(secret, "url")?), secret)))
    };
    let own = of_type("repository")
        .find(|(url, _)| *url == wanted)
        .map(|(_, secret)| secret);
    let template = of_type("repo-creds")
        .filter(|(url, _)| wanted.starts_with(url.as_str()))
        .max_by_key(|(url, _)| url.len())
        .map(|(_, secret)| secret);
    let opens = |secret: &&Value| KEYS.iter().any(|key| field(secret, key).is_some());
    let found = own.filter(opens).or(template).or(own)?;
    Some(SecretRef {
        namespace: found["metadata"]["namespace"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        name: found["metadata"]["name"].as_str()?.to_owned(),
    })
}

/// A value of a Secret that is text.
pub(crate) fn field(secret: &Value, key: &str) -> Option<String> {
    if let Some(text) = secret["stringData"][key].as_str() {
        return Some(text.to_owned());
    }
    let bytes = STANDARD.decode(secret["data"][key].as_str()?).ok()?;
    String::from_utf8(bytes).ok()
}

/// The same repository is written in several ways: `git@host:path` and `ssh://git@host/path`, with `.git` and without.
fn normalized(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let url = match url.split_once(':') {
        Some((host, path)) if host.contains('@') && !path.starts_with("//") => format!("ssh://{host}/{path}"),
        _ => url,
    };
    let url = url.trim_end_matches('/');
    url.strip_suffix(".git").unwrap_or(url).to_owned()
}
