//! Signatures, by an example that GitHub publishes.

use axum::http::HeaderName;

use super::*;

/// GitHub's own example: "Validating webhook deliveries", section "Testing the webhook payload validation".
const BODY: &[u8] = b"Hello, World!";
const SECRET: &str = "It's a Secret to Everybody";
const SIGNATURE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn checked(name: &'static str, value: &str) -> bool {
    let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
    check(&headers, BODY, SECRET).is_ok()
}

#[test]
fn each_forge_signs_in_its_own_way() {
    assert!(checked("x-hub-signature-256", &format!("sha256={SIGNATURE}")));
    assert!(checked("x-gitea-signature", SIGNATURE));
    assert!(checked("x-forgejo-signature", &SIGNATURE.to_uppercase()));
    assert!(checked("x-gitlab-token", SECRET));
}

#[test]
fn what_does_not_fit_is_refused() {
    let other = SIGNATURE.replace("757", "758");
    for (name, value) in [
        ("x-hub-signature-256", format!("sha256={other}")),
        ("x-hub-signature-256", SIGNATURE.to_owned()),
        ("x-hub-signature-256", "sha256=".to_owned()),
        ("x-hub-signature-256", format!("sha256={}", &SIGNATURE[..63])),
        ("x-gitea-signature", other),
        ("x-gitea-signature", "no digits".to_owned()),
        ("x-gitlab-token", "It's a Secret to Everybod".to_owned()),
        ("x-something", SECRET.to_owned()),
    ] {
        assert!(!checked(name, &value), "{name}: {value}");
    }
}
