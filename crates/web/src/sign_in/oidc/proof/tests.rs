//! Tokens of every sort that must not pass, beside the one that must.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

fn wanted() -> Wanted<'static> {
    Wanted {
        issuer: "https://login.example.org",
        client: "plumb",
        nonce: "n0nce",
        now: NOW,
    }
}

fn good() -> Value {
    json!({"iss": "https://login.example.org", "aud": ["plumb"], "exp": NOW + 60, "iat": NOW, "nonce": "n0nce"})
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &RsaKeyPair, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(head), part(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn keys(key: &RsaKeyPair, kid: &str) -> Value {
    // PKCS#1: a sequence of the modulus (256 bytes after nine) and the exponent (three, after two more).
    let public = key.public_key().as_ref();
    assert_eq!(
        (public.len(), &public[..2], &public[265..267]),
        (270, &[0x30, 0x82][..], &[2, 3][..])
    );
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    json!({"keys": [{"kty": "RSA", "use": "sig", "kid": kid, "n": part(&public[9..265]), "e": part(&public[267..])}]})
}

#[test]
fn signatures_are_of_the_provider_or_nothing() {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let other = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let head = json!({"alg": "RS256", "kid": "k"});
    let (keys, wanted) = (keys(&key, "k"), wanted());
    let token = signed(&key, &head, &good());
    assert_eq!(claims(&token, &keys, &wanted), Ok(good()));

    let is = |token: &str, wrong: Wrong| assert_eq!(claims(token, &keys, &wanted), Err(wrong), "{token}");
    is(&signed(&other, &head, &good()), Wrong::Signature);
    is(
        &signed(&key, &json!({"alg": "RS256", "kid": "other"}), &good()),
        Wrong::NoKey,
    );
    let pieces: Vec<&str> = token.split('.').collect();
    is(
        &format!("{}.{}.{}", part(&json!({"alg": "none"})), pieces[1], ""),
        Wrong::Algorithm,
    );
    // The public key as the secret of a symmetric signature: the oldest trick.
    is(
        &format!(
            "{}.{}.{}",
            part(&json!({"alg": "HS256", "kid": "k"})),
            pieces[1],
            pieces[2]
        ),
        Wrong::Algorithm,
    );
    is(
        &format!(
            "{}.{}.{}",
            part(&json!({"alg": "ES256", "kid": "k"})),
            pieces[1],
            pieces[2]
        ),
        Wrong::NoKey,
    );
    is(
        &format!("{}.{}.{}", pieces[0], part(&json!({"sub": "root"})), pieces[2]),
        Wrong::Signature,
    );
    is(
        &signed(
            &key,
            &json!({"alg": "RS256", "kid": "k", "crit": ["b64"]}),
            &good(),
        ),
        Wrong::Algorithm,
    );
    for odd in ["", ".", "..", "a.b", &format!("{token}.x"), "é.é.é"] {
        assert!(claims(odd, &keys, &wanted).is_err(), "{odd}");
    }
}

#[test]
fn claims_are_about_us_and_now() {
    let is = |change: Value, wrong: Option<Wrong>| {
        let mut claims = good();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        assert_eq!(check(&claims, &wanted()).err(), wrong, "{change}");
    };
    is(json!({}), None);
    is(json!({"aud": "plumb"}), None);
    is(json!({"aud": ["plumb", "x"], "azp": "plumb"}), None);
    is(json!({"aud": ["plumb", "x"]}), Some(Wrong::Audience));
    is(json!({"aud": ["plumb"], "azp": "x"}), Some(Wrong::Audience));
    is(json!({"aud": "x"}), Some(Wrong::Audience));
    is(json!({"aud": null}), Some(Wrong::Audience));
    is(json!({"iss": "https://login.example.org/"}), Some(Wrong::Issuer));
    is(json!({"exp": NOW - 60}), Some(Wrong::Time));
    is(json!({"exp": NOW - 59}), None);
    is(json!({"exp": null}), Some(Wrong::Time));
    is(json!({"exp": "9999999999"}), Some(Wrong::Time));
    is(json!({"nbf": NOW + 61}), Some(Wrong::Time));
    is(json!({"iat": NOW + 61}), Some(Wrong::Time));
    is(json!({"iat": null}), Some(Wrong::Time));
    is(json!({"nonce": "other"}), Some(Wrong::Nonce));
    is(json!({"nonce": null}), Some(Wrong::Nonce));
}
