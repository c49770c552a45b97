//! Signing in at an OpenID provider: authorization code with PKCE.
//!
//! **Invariant:** the answer counts once, within minutes, and only in the browser that asked; the provider's token is
//! checked (signature, issuer, audience, time, nonce) and then thrown away.

mod proof;
mod provider;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::digest;
use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use plumb_cluster::Person;
use serde::Deserialize;
use serde_json::Value;

use super::{SignIn, Token, begin, header::from_outside, page, place};
use crate::{
    fault::Fault,
    gate::{Who, random},
    site::{Site, same_secret},
    target::segment,
};
use provider::Provider;

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_secs(600);
/// So many may be there at once; beyond that, who began first has to begin anew.
const MOST: usize = 1000;
/// The name of the cookie that ties the answer to the browser.
const COOKIE: &str = "oidc";

/// An OpenID provider, and what is made of its word.
#[derive(Debug)]
pub struct OidcSignIn {
    /// Its name, which is also where it tells of itself.
    pub issuer: String,
    /// Who we are to it.
    pub client: String,
    /// What proves that; `None` for a public client.
    pub secret: Option<Token>,
    /// What it is asked for.
    pub scopes: Vec<String>,
    /// What holds the name, and what is put before it.
    pub name: (String, String),
    /// What holds the groups, and what is put before each.
    pub groups: (String, String),
    state: Running,
}

/// What goes on at the provider.
#[derive(Debug, Default)]
struct Running {
    away: Mutex<HashMap<String, Away>>,
    provider: Provider,
}

/// Somebody who is at the provider.
#[derive(Debug)]
struct Away {
    since: Instant,
    nonce: String,
    verifier: Token,
    back: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    back: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

impl OidcSignIn {
    /// A provider by its address, and who we are to it. Names are `email`, groups `groups`, unless set otherwise.
    #[must_use]
    pub fn new(issuer: &str, client: &str, secret: Option<Token>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client: client.to_owned(),
            secret,
            scopes: ["openid", "email", "profile", "groups"]
                .map(str::to_owned)
                .to_vec(),
            name: ("email".to_owned(), String::new()),
            groups: ("groups".to_owned(), String::new()),
            state: Running::default(),
        }
    }

    /// Who it is, for people.
    pub(super) fn host(&self) -> &str {
        let rest = self
            .issuer
            .split_once("://")
            .map_or(&*self.issuer, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// The address that somebody goes to, and what the browser keeps until it is back.
    async fn leave(self: &Arc<Self>, site: &Site, back: &str) -> Result<(String, String), String> {
        let wrong = |error: crate::WebError| error.to_string();
        let (state, nonce) = (random().map_err(wrong)?, random().map_err(wrong)?);
        let verifier = random().map_err(wrong)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        let facts = self.state.provider.facts(self).await?;
        let joint = if facts.authorization.contains('?') {
            '&'
        } else {
            '?'
        };
        let to = format!(
            "{}{joint}response_type=code&client_id={}&redirect_uri={}&scope={}&state={state}&nonce={nonce}\
             &code_challenge={challenge}&code_challenge_method=S256",
            facts.authorization,
            segment(&self.client),
            segment(&callback_address(site)),
            segment(&self.scopes.join(" ")),
        );
        let mut away = self.state.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.retain(|_, it| it.since.elapsed() < PATIENCE);
        let first = away
            .iter()
            .min_by_key(|(_, it)| it.since)
            .map(|(state, _)| state.clone());
        if let Some(first) = first.filter(|_| away.len() >= MOST) {
            away.remove(&first);
        }
        let entry = Away {
            since: Instant::now(),
            nonce,
            verifier: Token::new(verifier),
            back: back.to_owned(),
        };
        away.insert(state.clone(), entry);
        Ok((to, state))
    }

    /// Who somebody is that comes back with an answer, and where they wanted to go.
    async fn arrive(
        self: &Arc<Self>,
        site: &Site,
        headers: &HeaderMap,
        answer: &Answer,
    ) -> Result<(Person, String), String> {
        let kept = site.gate.sessions.read_beside(COOKIE, headers);
        let ours = kept.and_then(|kept| site.gate.keys.open(COOKIE, kept));
        if !ours.is_some_and(|ours| same_secret(ours.as_bytes(), answer.state.as_bytes())) {
            return Err("The answer is not to a question of this browser. Begin again.".to_owned());
        }
        let away = self
            .state
            .away
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&answer.state);
        let away = away.filter(|it| it.since.elapsed() < PATIENCE);
        let away = away.ok_or("This answer was used already, or came too late. Begin again.")?;
        if let Some(error) = &answer.error {
            let shown: String = error.chars().take(100).collect();
            return Err(format!("The provider did not sign you in: {shown}."));
        }
        if answer.iss.as_ref().is_some_and(|iss| *iss != self.issuer) {
            return Err("The answer comes from another provider.".to_owned());
        }
        let redirect = callback_address(site);
        let claims = self
            .state
            .provider
            .exchange(self, &answer.code, &away.verifier, &redirect, &away.nonce)
            .await?;
        Ok((self.person(&claims)?, away.back))
    }

    /// Somebody as the claims of a token tell.
    fn person(&self, claims: &Value) -> Result<Person, String> {
        let (claim, prefix) = &self.name;
        let name = claims[claim].as_str().unwrap_or_default();
        if name.is_empty() {
            return Err(format!(
                "The provider tells no `{claim}` of you; another claim or scope may be needed."
            ));
        }
        if claim == "email" && claims["email_verified"] == false {
            return Err("The provider has not verified your e-mail address.".to_owned());
        }
        let (claim, prefix_of_groups) = &self.groups;
        let groups: Vec<String> = match &claims[claim] {
            Value::String(one) => vec![one.clone()],
            Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let groups: Vec<String> = groups
            .iter()
            .map(|it| format!("{prefix_of_groups}{it}"))
            .collect();
        from_outside(&format!("{prefix}{name}"), groups.iter().map(String::as_str))
    }
}

/// Sends somebody to the provider.
pub(super) async fn start(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Response {
    let SignIn::Oidc(oidc) = &site.gate.sign_in else {
        return Fault::not_found("There is no provider").into_response();
    };
    match oidc.leave(&site, place(&asked.back)).await {
        Ok((to, state)) => {
            let cookie = site.gate.keys.sign(COOKIE, &state);
            let cookie = site.gate.sessions.beside(COOKIE, &cookie, PATIENCE);
            ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
        }
        Err(why) => page(&site, StatusCode::BAD_GATEWAY, &asked.back, Some(&why)),
    }
}

/// Takes somebody back.
pub(super) async fn callback(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let SignIn::Oidc(oidc) = &site.gate.sign_in else {
        return Fault::not_found("There is no provider").into_response();
    };
    match oidc.arrive(&site, &headers, &answer).await {
        Ok((person, back)) => {
            tracing::info!(person = %person.name, from = %peer.ip(), "somebody signed in");
            let mut response = begin(&site, Who::Person(Arc::new(person)), None, &back);
            let forget = site.gate.sessions.beside(COOKIE, "", Duration::ZERO);
            if let Ok(forget) = forget.parse() {
                response.headers_mut().append(header::SET_COOKIE, forget);
            }
            response
        }
        Err(why) => {
            site.gate.throttle.failed(Some(peer.ip()));
            tracing::warn!(from = %peer.ip(), why, "somebody was not signed in");
            page(&site, StatusCode::UNAUTHORIZED, "/", Some(&why))
        }
    }
}

fn callback_address(site: &Site) -> String {
    format!("{}/sign-in/callback", site.base)
}
