//! Repositories behind `http://` and `https://`.
//!
//! **Invariant:** credentials go to the host that they are for and to no other: a redirect is followed on the same
//! host only, and never from HTTPS to HTTP. **Absent:** the old "dumb" protocol, NTLM, Kerberos.

mod body;
mod trust;

use std::{io::Read, sync::Arc};

use base64::Engine as _;
use gix::{bstr::ByteSlice as _, error::ErrorExt as _};
use gix_transport::{
    Protocol,
    client::blocking_io::{
        Transport,
        http::{GetResponse, Http, PostBodyDataKind, PostResponse, Transport as HttpTransport},
    },
};
use ureq::{Agent, http::Response};

use super::Exchange;
use crate::{Credentials, GitError, GitOptions};
use body::{Awaited, Headers, PostBody, ResponseBody, Started};

/// Most redirects in a row.
const REDIRECTS: usize = 5;

/// A repository behind HTTP.
pub(crate) struct HttpRemote {
    pub(crate) place: String,
    agent: Agent,
    authorization: Option<Arc<str>>,
}

/// What one exchange needs to send requests.
#[derive(Clone)]
struct Client {
    agent: Agent,
    authorization: Option<Arc<str>>,
    exchange: Exchange,
    redirected: Option<String>,
}

/// A request that is complete but for its body.
struct Request {
    client: Client,
    url: String,
    headers: Vec<(String, String)>,
}

/// What sends requests, with our trust and our proxy; `url` is for errors.
pub(crate) fn agent(
    url: &str,
    credentials: &Credentials,
    options: &GitOptions,
    name: &str,
    redirects: u32,
) -> Result<Agent, GitError> {
    let proxy = match &options.proxy {
        Some(proxy) => {
            let proxy = ureq::Proxy::new(proxy)
                .map_err(|error| GitError::unsupported(url, format!("the proxy's URL: {error}")))?;
            Some(proxy)
        }
        None => ureq::Proxy::try_from_env(),
    };
    let config = Agent::config_builder()
        .tls_config(trust::tls(url, credentials, options)?)
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(redirects)
        .max_redirects_will_error(redirects > 0)
        .max_idle_connections(2)
        .user_agent(name)
        .build();
    Ok(config.new_agent())
}

impl HttpRemote {
    pub(crate) fn new(
        url: &str,
        place: String,
        credentials: &Credentials,
        options: &GitOptions,
    ) -> Result<Self, GitError> {
        // Redirects are followed here, since credentials must not go along.
        let agent = agent(
            url,
            credentials,
            options,
            concat!("git/plumb-", env!("CARGO_PKG_VERSION")),
            0,
        )?;
        Ok(Self {
            place,
            agent,
            authorization: authorization(credentials),
        })
    }

    pub(crate) fn transport(&self, exchange: &Exchange) -> Result<Box<dyn Transport + Send>, GitError> {
        let url = gix::url::parse(self.place.as_bytes().as_bstr())
            .map_err(|error| GitError::unsupported(exchange.url(), error))?;
        let client = Client {
            agent: self.agent.clone(),
            authorization: self.authorization.clone(),
            exchange: exchange.clone(),
            redirected: None,
        };
        Ok(Box::new(HttpTransport::new_http(
            client,
            url,
            Protocol::V2,
            false,
        )))
    }
}

impl Http for Client {
    type Headers = Headers;
    type ResponseBody = ResponseBody;
    type PostBody = PostBody;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Headers, ResponseBody>> {
        let request = self.request(url, headers);
        let (started, base) = request.get(base_url).map_err(|error| self.raised(error))?;
        self.redirected = base;
        let awaited = Awaited::started(started);
        Ok(GetResponse {
            headers: awaited.headers(),
            body: awaited.body(),
        })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Headers, ResponseBody, PostBody>> {
        let request = self.request(url, headers);
        let exchange = self.exchange.clone();
        let (awaited, post_body) = Awaited::pending(Box::new(move |body| {
            request.post(&body).map_err(|error| exchange.fail(error))
        }));
        Ok(PostResponse {
            post_body,
            headers: awaited.headers(),
            body: awaited.body(),
        })
    }

    fn configure(&mut self, _config: &dyn std::any::Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.redirected.clone()
    }
}

impl Client {
    fn request(&self, url: &str, headers: impl IntoIterator<Item = impl AsRef<str>>) -> Request {
        let headers = headers.into_iter().filter_map(|header| {
            let (name, value) = header.as_ref().split_once(':')?;
            // The agent's own name goes instead.
            let own = name.eq_ignore_ascii_case("user-agent");
            (!own).then(|| (name.to_owned(), value.trim().to_owned()))
        });
        Request {
            client: self.clone(),
            url: url.to_owned(),
            headers: headers.collect(),
        }
    }

    fn raised(&self, error: GitError) -> gix::Error {
        self.exchange.fail(error).raise()
    }
}

impl Request {
    /// Sends it, and follows redirects; gives the new base URL when there was one.
    fn get(mut self, base_url: &str) -> Result<(Started, Option<String>), GitError> {
        let tail = self.url.strip_prefix(base_url).unwrap_or_default().to_owned();
        for _ in 0..=REDIRECTS {
            let bounds = &self.client.exchange;
            let request = self.prepared(self.client.agent.get(&self.url))?;
            let response = request.call().map_err(|error| failure(bounds, error))?;
            if !response.status().is_redirection() {
                let base = self
                    .url
                    .strip_suffix(&tail)
                    .filter(|base| *base != base_url)
                    .map(str::to_owned);
                return Ok((self.checked(response)?, base));
            }
            let location = response
                .headers()
                .get("location")
                .and_then(|value| value.to_str().ok());
            self.url = redirected(&self.url, location.unwrap_or_default()).ok_or_else(|| {
                bounds.network("redirected to another host, or from HTTPS to HTTP; not followed")
            })?;
        }
        Err(self.client.exchange.network("redirected too often"))
    }

    fn post(self, body: &[u8]) -> Result<Started, GitError> {
        let request = self.prepared(self.client.agent.post(&self.url))?;
        let response = request
            .send(body)
            .map_err(|error| failure(&self.client.exchange, error))?;
        self.checked(response)
    }

    fn prepared<B>(&self, mut request: ureq::RequestBuilder<B>) -> Result<ureq::RequestBuilder<B>, GitError> {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = &self.client.authorization {
            request = request.header("Authorization", &**authorization);
        }
        let exchange = &self.client.exchange;
        let wait = exchange.wait()?;
        Ok(request
            .config()
            .timeout_global(Some(exchange.left()))
            .timeout_connect(Some(wait))
            .timeout_per_read(Some(wait))
            .timeout_per_write(Some(wait))
            .build())
    }

    fn checked(&self, response: Response<ureq::Body>) -> Result<Started, GitError> {
        let url = self.client.exchange.url().to_owned();
        let given = if self.client.authorization.is_some() {
            "these credentials are refused"
        } else {
            "credentials are needed, and none were given"
        };
        let status = response.status();
        match status.as_u16() {
            200 => Ok(Started {
                headers: response
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or_default()))
                    .collect(),
                body: Box::new(body::Counted::new(
                    response.into_body().into_with_config().limit(u64::MAX).reader(),
                    self.client.exchange.clone(),
                )) as Box<dyn Read + Send>,
            }),
            401 | 403 => Err(GitError::Authentication {
                url,
                why: format!("{given} (HTTP {status})"),
            }),
            404 | 410 => Err(GitError::RepositoryNotFound {
                url,
                why: format!("the server says so (HTTP {status}), or hides it: check URL and credentials"),
            }),
            _ => Err(self
                .client
                .exchange
                .network(format!("the server answers HTTP {status}"))),
        }
    }
}

pub(crate) fn authorization(credentials: &Credentials) -> Option<Arc<str>> {
    if let Some(token) = &credentials.bearer_token {
        return Some(format!("Bearer {token}").into());
    }
    if credentials.username.is_none() && credentials.password.is_none() {
        return None;
    }
    // Servers that take a token as password ask for some name, whatever it is.
    let username = credentials.username.as_deref().unwrap_or("git");
    let password = credentials.password.as_deref().unwrap_or_default();
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    Some(format!("Basic {encoded}").into())
}

/// Where a redirect leads, if it may be followed.
fn redirected(from: &str, location: &str) -> Option<String> {
    let (scheme, rest) = from.split_once("://")?;
    let authority = rest.split('/').next()?;
    if location.starts_with('/') && !location.starts_with("//") {
        return Some(format!("{scheme}://{authority}{location}"));
    }
    let (new_scheme, new_rest) = location.split_once("://")?;
    let new_authority = new_rest.split('/').next()?;
    let host = |authority: &str| crate::address::split_port(authority).0.to_ascii_lowercase();
    let safer = new_scheme == scheme || (scheme == "http" && new_scheme == "https");
    // Another port on the same host may be another's server; only the step to HTTPS changes it.
    let same = if new_scheme == scheme {
        new_authority.eq_ignore_ascii_case(authority)
    } else {
        host(new_authority) == host(authority)
    };
    (safer && same).then(|| location.to_owned())
}

/// An error of the client, as ours.
fn failure(exchange: &Exchange, error: ureq::Error) -> GitError {
    let tls = |why: String| GitError::Tls {
        url: exchange.url().to_owned(),
        why,
    };
    match error {
        ureq::Error::Timeout(_) => exchange.timed_out(),
        ureq::Error::Io(error) => body::failure(exchange, &error),
        ureq::Error::Rustls(error) => tls(error.to_string()),
        ureq::Error::Tls(why) => tls(why.to_owned()),
        ureq::Error::HostNotFound => exchange.network("no host of that name"),
        other => exchange.network(other),
    }
}
