//! Whether a webhook was sent by someone who knows the secret.

use aws_lc_rs::hmac;
use axum::http::HeaderMap;

use crate::site::same_secret;

#[cfg(test)]
mod tests;

/// The headers that hold an HMAC-SHA256 of the body in hexadecimal digits, and what stands before those.
const SIGNED: [(&str, &str); 3] = [
    ("x-hub-signature-256", "sha256="),
    ("x-gitea-signature", ""),
    ("x-forgejo-signature", ""),
];
/// The header that holds the secret itself, as GitLab sends it.
const TOKEN: &str = "x-gitlab-token";

/// Whether `body` came from someone who knows `secret`; if not, what is wrong.
pub(crate) fn check(headers: &HeaderMap, body: &[u8], secret: &str) -> Result<(), &'static str> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut there = false;
    for (name, prefix) in SIGNED {
        let Some(value) = headers.get(name) else { continue };
        there = true;
        let digits = value.to_str().ok().and_then(|text| text.strip_prefix(prefix));
        // The comparison takes the same time wherever the two differ.
        if digits
            .and_then(bytes)
            .is_some_and(|tag| hmac::verify(&key, body, &tag).is_ok())
        {
            return Ok(());
        }
    }
    if let Some(token) = headers.get(TOKEN) {
        there = true;
        if same_secret(token.as_bytes(), secret.as_bytes()) {
            return Ok(());
        }
    }
    Err(if there {
        "the signature does not fit: set the same secret at the forge and in Plumb"
    } else {
        "the webhook is not signed: set the secret at the forge, so that it sends X-Hub-Signature-256, \
         X-Gitea-Signature, X-Forgejo-Signature or X-Gitlab-Token"
    })
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect()
}
