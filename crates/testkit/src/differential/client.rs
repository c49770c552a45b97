//! An HTTP client that keeps its connections, for either server.
//!
//! **Start at** [`Client::send`].

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use ureq::{
    Agent,
    http::{self, header},
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig},
};

use crate::control_plane::Access;

/// Far longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// No list of a test is as long.
const LARGEST: u64 = 64 << 20;

/// A request with its blanks filled in.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) accept: String,
    pub(super) content: String,
    pub(super) body: Option<String>,
}

/// What a server said.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) warnings: Vec<String>,
    pub(super) body: String,
}

/// Speaks to one server.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    server: String,
}

impl Client {
    pub(super) fn new(access: &Access, connections: usize) -> Result<Self> {
        let pem = |text: &str| Certificate::from_pem(text.as_bytes()).context("a certificate of ours");
        let key = PrivateKey::from_pem(access.key.as_bytes()).context("a key of ours")?;
        let client = ClientCert::new_with_certs(&[pem(&access.certificate)?], key);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[pem(&access.authority)?]))
            .client_cert(Some(client))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .user_agent("differential")
            .build();
        Ok(Self {
            agent: agent.into(),
            server: access.server.clone(),
        })
    }

    /// Sends it, and reads all of the answer.
    pub(super) fn send(&self, call: &Call) -> Result<Answer> {
        let mut request = http::Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.server, call.path))
            .header(header::ACCEPT, &call.accept);
        if !call.content.is_empty() {
            request = request.header(header::CONTENT_TYPE, &call.content);
        }
        let said = || format!("{} {}", call.method, call.path);
        let response = match &call.body {
            Some(body) => self.agent.run(request.body(body.as_str())?),
            None => self.agent.run(request.body(())?),
        };
        let mut response = response.with_context(said)?;
        let warnings = response.headers().get_all(header::WARNING).iter();
        let warnings = warnings.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Ok(Answer {
            status: response.status().as_u16(),
            warnings: warnings.collect(),
            body: response
                .body_mut()
                .with_config()
                .limit(LARGEST)
                .read_to_string()
                .with_context(said)?,
        })
    }
}
