//! Whether an ID token proves what it says: signature, issuer, audience, time and nonce.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;

use crate::site::same_secret;

#[cfg(test)]
mod tests;

/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;

/// What a token has to be about.
pub(super) struct Wanted<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    /// The time, in seconds.
    pub(super) now: i64,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("The provider's token is not one.")]
    Shape,
    #[error("The provider's token is signed in a way that is not taken.")]
    Algorithm,
    #[error("The provider's token is signed with a key that the provider does not tell of.")]
    NoKey,
    #[error("The signature of the provider's token is wrong.")]
    Signature,
    #[error("The provider's token is of another issuer.")]
    Issuer,
    #[error("The provider's token is for somebody else.")]
    Audience,
    #[error("The provider's token is over, or not yet in force: compare the clocks.")]
    Time,
    #[error("The provider's token answers another question.")]
    Nonce,
}

/// The claims of a token that proves them.
pub(super) fn claims(token: &str, keys: &Value, wanted: &Wanted<'_>) -> Result<Value, Wrong> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Wrong::Shape);
    };
    let signed = &token.as_bytes()[..head.len() + 1 + body.len()];
    let (head, body) = (json(head)?, json(body)?);
    if head.get("crit").is_some() {
        return Err(Wrong::Algorithm);
    }
    verify(&head, keys, signed, &bytes(signature)?)?;
    check(&body, wanted)?;
    Ok(body)
}

fn verify(head: &Value, keys: &Value, signed: &[u8], signature: &[u8]) -> Result<(), Wrong> {
    let algorithm = head["alg"].as_str().unwrap_or_default();
    let sort = match algorithm {
        "RS256" | "RS384" | "RS512" | "PS256" => "RSA",
        "ES256" | "ES384" => "EC",
        "EdDSA" => "OKP",
        _ => return Err(Wrong::Algorithm),
    };
    let keys = keys["keys"].as_array().into_iter().flatten();
    let mut fitting = keys
        .filter(|key| key["kty"] == sort)
        .filter(|key| key["use"].is_null() || key["use"] == "sig")
        .filter(|key| key["alg"].is_null() || key["alg"] == algorithm)
        .filter(|key| head["kid"].is_null() || key["kid"] == head["kid"])
        .peekable();
    fitting.peek().ok_or(Wrong::NoKey)?;
    fitting
        .any(|key| is_signed(algorithm, key, signed, signature).unwrap_or(false))
        .then_some(())
        .ok_or(Wrong::Signature)
}

fn is_signed(algorithm: &str, key: &Value, signed: &[u8], signature: &[u8]) -> Result<bool, Wrong> {
    let part = |name: &str| bytes(key[name].as_str().ok_or(Wrong::Shape)?);
    let rsa = |how: &'static RsaParameters| {
        let key = RsaPublicKeyComponents {
            n: part("n")?,
            e: part("e")?,
        };
        Ok(key.verify(how, signed, signature).is_ok())
    };
    let other = |how: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
        Ok(UnparsedPublicKey::new(how, key).verify(signed, signature).is_ok())
    };
    let point = |curve: &str| {
        if key["crv"] != curve {
            return Err(Wrong::NoKey);
        }
        Ok([vec![4], part("x")?, part("y")?].concat())
    };
    match algorithm {
        "RS256" => rsa(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => rsa(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => rsa(&RSA_PKCS1_2048_8192_SHA512),
        "PS256" => rsa(&RSA_PSS_2048_8192_SHA256),
        "ES256" => other(&ECDSA_P256_SHA256_FIXED, point("P-256")?),
        "ES384" => other(&ECDSA_P384_SHA384_FIXED, point("P-384")?),
        "EdDSA" if key["crv"] == "Ed25519" => other(&ED25519, part("x")?),
        _ => Err(Wrong::Algorithm),
    }
}

fn check(claims: &Value, wanted: &Wanted<'_>) -> Result<(), Wrong> {
    if claims["iss"].as_str() != Some(wanted.issuer) {
        return Err(Wrong::Issuer);
    }
    let (ours, several) = match &claims["aud"] {
        Value::String(one) => (one == wanted.client, false),
        Value::Array(all) => (all.iter().any(|it| it == wanted.client), all.len() > 1),
        _ => (false, false),
    };
    let party = &claims["azp"];
    if !ours || (several && party.is_null()) || (!party.is_null() && party != wanted.client) {
        return Err(Wrong::Audience);
    }
    let second = |name: &str| {
        claims[name]
            .as_i64()
            .or_else(|| claims[name].as_f64().map(|it| it as i64))
    };
    let over = second("exp").is_none_or(|at| at <= wanted.now - SKEW);
    let early = second("nbf").is_some_and(|at| at > wanted.now + SKEW);
    let ahead = second("iat").is_none_or(|at| at > wanted.now + SKEW);
    if over || early || ahead {
        return Err(Wrong::Time);
    }
    let nonce = claims["nonce"].as_str().unwrap_or_default();
    if same_secret(nonce.as_bytes(), wanted.nonce.as_bytes()) {
        Ok(())
    } else {
        Err(Wrong::Nonce)
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, Wrong> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Wrong::Shape)
}

fn json(text: &str) -> Result<Value, Wrong> {
    serde_json::from_slice(&bytes(text)?).map_err(|_| Wrong::Shape)
}
