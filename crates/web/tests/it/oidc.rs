//! Signing in at an OpenID provider that answers well, wrongly, and with bad intent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Form, Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use plumb_web::{OidcSignIn, SignIn, Token};
use serde_json::{Value, json};

use crate::{
    client::{self, Answer, get_as},
    sign_in::world,
    world::World,
};

/// What the provider does at its token address.
struct Provider {
    key: EcdsaKeyPair,
    issuer: String,
    /// The challenge that the browser brought, and the nonce.
    brought: Mutex<(String, String)>,
    /// What is put over the claims.
    twist: Mutex<Value>,
}

async fn provider() -> Arc<Provider> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let provider = Arc::new(Provider {
        key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap(),
        issuer: issuer.clone(),
        brought: Mutex::default(),
        twist: Mutex::new(json!({})),
    });
    let (one, two) = (provider.clone(), provider.clone());
    let facts = json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys")});
    let routes = Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(async move || Json(facts)),
        )
        .route("/keys", get(async move || Json(one.keys())))
        .route(
            "/token",
            post(async move |Form(form): Form<Vec<(String, String)>>| two.exchange(&form)),
        );
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    provider
}

impl Provider {
    fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", "x": part(&point[1..33]), "y": part(&point[33..])}]})
    }

    fn exchange(&self, form: &[(String, String)]) -> Response {
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map_or("", |(_, value)| value)
        };
        let (challenge, nonce) = self.brought.lock().unwrap().clone();
        let verified = digest::digest(&digest::SHA256, field("code_verifier").as_bytes());
        let good = BASE64_URL_SAFE_NO_PAD.encode(verified) == challenge
            && field("code") == "c0de"
            && field("grant_type") == "authorization_code"
            && field("redirect_uri").ends_with("/sign-in/callback");
        if !good {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
        }
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({"iss": self.issuer, "aud": "plumb", "exp": now + 300, "iat": now, "nonce": nonce,
            "email": "kim@example.org", "email_verified": true, "groups": ["dev"]});
        for (name, value) in self.twist.lock().unwrap().as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!(
            "{}.{}",
            part(&json!({"alg": "ES256", "kid": "one"})),
            part(&claims)
        );
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        Json(json!({"id_token": format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)), "access_token": "x"}))
            .into_response()
    }
}

async fn page(provider: &Provider) -> World {
    let oidc = OidcSignIn::new(&provider.issuer, "plumb", Some(Token::new("cl1ent")));
    world(SignIn::Oidc(Arc::new(oidc))).await
}

/// Goes to the provider as a browser does; the cookie that it keeps and the state that it brings.
async fn leave(at: SocketAddr, provider: &Provider) -> (String, String) {
    let answer = client::get(at, "/sign-in/start?back=%2Fapi%2Fv1%2Fapps").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.header("location").to_owned();
    assert!(
        to.starts_with(&format!("{}/auth?response_type=code&", provider.issuer)),
        "{to}"
    );
    assert!(
        to.contains("code_challenge_method=S256") && !to.contains("cl1ent"),
        "{to}"
    );
    let field = |name: &str| {
        to.split(&format!("&{name}="))
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .to_owned()
    };
    *provider.brought.lock().unwrap() = (field("code_challenge"), field("nonce"));
    let line = answer.header("set-cookie");
    assert!(
        line.contains("HttpOnly") && line.contains("SameSite=Lax"),
        "{line}"
    );
    (answer.cookie(), field("state"))
}

async fn arrive(at: SocketAddr, cookie: &str, query: &str) -> Answer {
    get_as(at, cookie, &format!("/sign-in/callback?{query}")).await
}

#[track_caller]
fn refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(
        !answer.head.to_lowercase().contains("set-cookie"),
        "{}",
        answer.head
    );
    answer.has(why).lacks("c0de").lacks("cl1ent");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_back_signed_in_once() {
    let provider = provider().await;
    let world = page(&provider).await;
    let (cookie, state) = leave(world.address(), &provider).await;
    let query = format!("code=c0de&state={state}&iss={}", provider.issuer);
    let answer = arrive(world.address(), &cookie, &query).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/api/v1/apps"),
        "{}",
        answer.body
    );
    let home = get_as(world.address(), &answer.cookie(), "/").await;
    home.has("kim@example.org");
    refused(&arrive(world.address(), &cookie, &query).await, "used already");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_other_browsers_and_from_other_providers_are_refused() {
    let provider = provider().await;
    let world = page(&provider).await;
    let (cookie, state) = leave(world.address(), &provider).await;
    let (other, _) = leave(world.address(), &provider).await;
    let query = format!("code=c0de&state={state}");
    refused(
        &arrive(world.address(), "", &query).await,
        "not to a question of this browser",
    );
    refused(
        &arrive(world.address(), &other, &query).await,
        "not to a question of this browser",
    );
    let forged = cookie.replace(&state, &"0".repeat(64));
    let zero = format!("code=c0de&state={}", "0".repeat(64));
    refused(
        &arrive(world.address(), &forged, &zero).await,
        "not to a question of this browser",
    );
    let mixed = format!("{query}&iss=https://evil.example");
    refused(
        &arrive(world.address(), &cookie, &mixed).await,
        "another provider",
    );
    let (cookie, state) = leave(world.address(), &provider).await;
    let denied = format!("error=access_denied&state={state}");
    refused(&arrive(world.address(), &cookie, &denied).await, "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_nothing_without_its_verifier() {
    let provider = provider().await;
    let world = page(&provider).await;
    let (cookie, state) = leave(world.address(), &provider).await;
    provider.brought.lock().unwrap().0 = "another challenge".to_owned();
    let answer = arrive(world.address(), &cookie, &format!("code=c0de&state={state}")).await;
    refused(&answer, "cannot be asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_prove_something_else_are_refused() {
    let provider = provider().await;
    let world = page(&provider).await;
    for (twist, why) in [
        (json!({"nonce": "another"}), "answers another question"),
        (json!({"aud": "somebody"}), "for somebody else"),
        (json!({"exp": 1000}), "is over"),
        (json!({"email_verified": false}), "has not verified"),
        (json!({"email": "system:admin"}), "own"),
        (json!({"email": null}), "tells no `email`"),
    ] {
        *provider.twist.lock().unwrap() = twist;
        let (cookie, state) = leave(world.address(), &provider).await;
        refused(
            &arrive(world.address(), &cookie, &format!("code=c0de&state={state}")).await,
            why,
        );
    }
}
