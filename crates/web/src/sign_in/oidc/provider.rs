//! Talking to the provider: what it tells of itself, its keys, and a code for a token.
//!
//! **Invariant:** only by TLS, but to this machine itself; no answer is longer than [`LIMIT`], and none is waited for
//! longer than [`WAIT`]. No error quotes a code, a secret or a token.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Uri;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{OidcSignIn, proof};
use crate::{sign_in::Token, target::segment};

/// The longest answer.
const LIMIT: u64 = 1 << 20;
/// The longest wait for one.
const WAIT: Duration = Duration::from_secs(10);
/// How long the provider's word on itself is believed.
const BELIEVED: Duration = Duration::from_secs(3600);
/// The least time between two looks at its keys.
const KEYS_PACE: Duration = Duration::from_secs(30);

/// The provider as it is known so far.
#[derive(Debug, Default)]
pub(super) struct Provider {
    agent: OnceLock<Agent>,
    facts: Mutex<Option<(Instant, Arc<Facts>)>>,
    keys: Mutex<Option<(Instant, Arc<Value>)>>,
}

/// What a provider tells of itself.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) authorization: String,
    token: String,
    keys: String,
    /// Whether it takes our secret in the form only.
    in_form: bool,
}

impl Provider {
    /// What it tells of itself.
    pub(super) async fn facts(&self, oidc: &OidcSignIn) -> Result<Arc<Facts>, String> {
        let known = self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, facts)) = known.filter(|(at, _)| at.elapsed() < BELIEVED) {
            return Ok(facts);
        }
        let issuer = oidc.issuer.trim_end_matches('/');
        let told = self
            .get(format!("{issuer}/.well-known/openid-configuration"))
            .await?;
        if told["issuer"].as_str() != Some(&oidc.issuer) {
            return Err(format!(
                "The provider calls itself {}, and is configured as {}.",
                told["issuer"], oidc.issuer
            ));
        }
        let address = |field: &str| {
            let text = told[field].as_str().unwrap_or_default();
            is_safe(text)
                .then(|| text.to_owned())
                .ok_or_else(|| format!("The provider tells no {field} that begins with https://."))
        };
        let methods = &told["token_endpoint_auth_methods_supported"];
        let offers = |method: &str| {
            methods
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it == method))
        };
        let facts = Arc::new(Facts {
            authorization: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            keys: address("jwks_uri")?,
            in_form: offers("client_secret_post") && !offers("client_secret_basic"),
        });
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), facts.clone()));
        Ok(facts)
    }

    /// The claims of the token that a code is worth.
    pub(super) async fn exchange(
        &self,
        oidc: &OidcSignIn,
        code: &str,
        verifier: &Token,
        redirect: &str,
        nonce: &str,
    ) -> Result<Value, String> {
        let facts = self.facts(oidc).await?;
        let mut form = format!(
            "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}&client_id={}",
            segment(code),
            segment(redirect),
            segment(verifier.reveal()),
            segment(&oidc.client),
        );
        let mut authorization = None;
        match &oidc.secret {
            Some(secret) if facts.in_form => {
                form.push_str(&format!("&client_secret={}", segment(secret.reveal())));
            }
            Some(secret) => {
                let pair = format!("{}:{}", segment(&oidc.client), segment(secret.reveal()));
                authorization = Some(format!("Basic {}", BASE64_STANDARD.encode(pair)));
            }
            None => {}
        }
        let answer = self.post(facts.token.clone(), form, authorization).await?;
        let token = answer["id_token"]
            .as_str()
            .ok_or("The provider gave no id_token for the code.")?;
        let now = jiff::Timestamp::now().as_second();
        let wanted = proof::Wanted {
            issuer: &oidc.issuer,
            client: &oidc.client,
            nonce,
            now,
        };
        let keys = self.keys(&facts, false).await?;
        match proof::claims(token, &keys, &wanted) {
            // Providers change their keys now and then.
            Err(proof::Wrong::NoKey) => {
                proof::claims(token, &*self.keys(&facts, true).await?, &wanted).map_err(|it| it.to_string())
            }
            other => other.map_err(|it| it.to_string()),
        }
    }

    async fn keys(&self, facts: &Facts, anew: bool) -> Result<Arc<Value>, String> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = if anew { KEYS_PACE } else { BELIEVED };
        if let Some((_, keys)) = known.filter(|(at, _)| at.elapsed() < fresh) {
            return Ok(keys);
        }
        let keys = Arc::new(self.get(facts.keys.clone()).await?);
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), keys.clone()));
        Ok(keys)
    }

    async fn get(&self, url: String) -> Result<Value, String> {
        let agent = self.agent();
        if !is_safe(&url) {
            return Err(format!("{url}: a provider's address begins with https://."));
        }
        run(url.clone(), move || agent.get(&url).call()).await
    }

    async fn post(&self, url: String, form: String, authorization: Option<String>) -> Result<Value, String> {
        let agent = self.agent();
        run(url.clone(), move || {
            let mut request = agent
                .post(&url)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "application/json");
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            request.send(form)
        })
        .await
    }

    fn agent(&self) -> Agent {
        self.agent.get_or_init(agent).clone()
    }
}

async fn run(
    url: String,
    call: impl FnOnce() -> Result<axum::http::Response<ureq::Body>, ureq::Error> + Send + 'static,
) -> Result<Value, String> {
    let shown = url.split('?').next().unwrap_or_default().to_owned();
    let done = tokio::task::spawn_blocking(move || {
        let response = call().map_err(|error| error.to_string())?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("it answers {status}"));
        }
        let text = response.into_body().into_with_config().limit(LIMIT).read_to_vec();
        let text = text.map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|_| "the answer is no JSON".to_owned())
    });
    done.await
        .unwrap_or_else(|_| Err("it was not asked to the end".to_owned()))
        .map_err(|why| format!("The provider cannot be asked ({shown}): {why}."))
}

fn agent() -> Agent {
    let system = rustls_native_certs::load_native_certs().certs;
    let system: Vec<Certificate<'static>> = system
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let roots = if system.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::new_with_certs(&system)
    };
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(roots)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(WAIT))
        // A redirect could lead a secret elsewhere.
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("plumb/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Whether an address is reached by TLS, or is this machine's own.
fn is_safe(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => here,
        _ => false,
    }
}
