//! What keeps other sites from using the page through the browser of someone who can reach it.
//!
//! **Invariant:** a handler that changes something takes [`Confirmed`], and that cannot be had without the visitor's own
//! token from the page's own origin. **Absent:** who somebody is and what they may do ([`crate::gate`]).

use std::{net::IpAddr, sync::Arc};

use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    fault::Fault,
    gate::{Visitor, unmasked},
    site::{Public, Site, same_secret},
};

#[cfg(test)]
mod tests;

/// What a browser is told about every answer.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: with that, browsers send `Origin: null` from our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        header::HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// A form that someone sent off on a page of ours.
pub(crate) struct Confirmed {
    /// Why, where told.
    pub(crate) reason: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    token: String,
    #[serde(default)]
    reason: String,
}

impl FromRequest<Arc<Site>> for Confirmed {
    type Rejection = Fault;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Fault> {
        if !same_origin(request.headers(), site.public.as_ref()) {
            return Err(Fault::refused(
                "The request does not come from a page of Plumb's: its Origin is missing or another's.",
                "Open the app's page and use its buttons, or use the command line.",
            ));
        }
        let visitor = request.extensions().get::<Arc<Visitor>>().cloned();
        let sent = Form::<Sent>::from_request(request, site).await;
        let Form(sent) = sent.map_err(|error| Fault::bad(error.to_string()))?;
        let token = visitor.as_ref().map_or("", |visitor| visitor.token());
        let shown = unmasked(&sent.token).unwrap_or_default();
        if token.is_empty() || !same_secret(shown.as_bytes(), token.as_bytes()) {
            return Err(Fault::refused(
                "The form does not carry the token of your session: it is from before you signed in or Plumb was started, \
                 or not Plumb's.",
                "Reload the app's page and try again.",
            ));
        }
        let reason = Some(sent.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        Ok(Self { reason })
    }
}

/// Refuses requests that come under a name that is not ours, as they do when a foreign name is made to point here.
pub(crate) async fn same_host(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
    let is_public = |host: &str| {
        site.public
            .as_ref()
            .is_some_and(|it| it.host.eq_ignore_ascii_case(host))
    };
    let is_checked = site.local || site.public.is_some();
    if is_checked && !host.is_some_and(|host| is_public(host) || (site.local && is_this_machine(host))) {
        return Fault::refused(
            format!(
                "The page is {}, and was asked for as {:?}.",
                site.public
                    .as_ref()
                    .map_or("for this machine only", |it| &it.host),
                host.unwrap_or("nothing")
            ),
            "Open it by its own address: on this machine as http://localhost:PORT or http://127.0.0.1:PORT.",
        )
        .into_response();
    }
    next.run(request).await
}

/// Puts what browsers are to know on every answer.
pub(crate) async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether a browser sent it, from whatever site.
pub(crate) fn from_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")
}

/// Whether a form was sent off on a page of ours.
pub(crate) fn same_origin(headers: &HeaderMap, public: Option<&Public>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    let is_public = |origin: &str| public.is_some_and(|it| it.origin.eq_ignore_ascii_case(origin));
    match (text("origin"), text("host")) {
        (Some(origin), _) if is_public(origin) => true,
        (Some(origin), Some(host)) => {
            let authority = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
        }
        (None, _) => text("sec-fetch-site").is_some(),
        (Some(_), None) => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
