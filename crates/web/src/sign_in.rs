//! How people prove who they are: not at all, with an address that the terminal shows once, with a token of the
//! cluster, by what a proxy in front says, or at an OpenID provider.
//!
//! **Invariant:** whatever is secret in it is in no log, no error and no address that stays; guessing is slow.
//! **Start at** [`routes`]; what a request may then do is up to [`crate::gate`].

pub(crate) mod header;
pub(crate) mod oidc;
pub(crate) mod once;
pub(crate) mod token;

use std::{fmt, net::SocketAddr, sync::Arc};

use axum::{
    Form, Router,
    extract::{ConnectInfo, Query, Request, State},
    http::{HeaderMap, StatusCode, header as names},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    fault::Fault,
    gate::{Sessions, Turned, Visitor, Who, peer},
    guard::{Confirmed, same_origin},
    layout,
    outside::Outside,
    site::Site,
    target::segment,
};

pub use header::ProxySignIn;
pub use oidc::OidcSignIn;
pub use once::OnceSignIn;

#[cfg(test)]
mod tests;

/// How people sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// Not at all: whoever reaches the page owns it.
    None,
    /// With an address that the terminal shows, and that works once.
    Once(OnceSignIn),
    /// With a token that the cluster accepts.
    Token,
    /// By what a proxy in front of the page says in a header.
    Header(ProxySignIn),
    /// At an OpenID provider.
    Oidc(Arc<OidcSignIn>),
}

/// A token, which nothing shows.
#[derive(Clone)]
pub struct Token(String);

/// What the page to sign in is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Where to go then.
    back: String,
    /// A secret that works once.
    once: String,
    /// Somebody has just signed out.
    out: bool,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Sent {
    token: String,
    back: String,
}

/// The addresses that whoever has not signed in may ask for.
pub(crate) fn routes(site: &Arc<Site>) -> Router<Arc<Site>> {
    Router::new()
        .route("/sign-in", get(show).post(submit))
        .route("/sign-in/start", get(oidc::start))
        .route("/sign-in/callback", get(oidc::callback))
        .layer(middleware::from_fn_with_state(site.clone(), slowly))
}

/// The address that signs somebody out, for those who are signed in.
pub(crate) fn way_out() -> Router<Arc<Site>> {
    Router::new().route("/sign-out", post(leave))
}

impl Token {
    /// Keeps a token.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What is sent to whom it is for.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(<hidden>)")
    }
}

impl SignIn {
    /// What whoever is not signed in is to do.
    pub(crate) fn how(&self) -> &'static str {
        match self {
            Self::None => "Reload the page.",
            Self::Once(_) => {
                "Open the address that Plumb printed in its terminal. Programs send the content of the file named there \
                 as `Authorization: Bearer`."
            }
            Self::Token => "Sign in at /sign-in. Programs send their token as `Authorization: Bearer`.",
            Self::Header(_) => "Come by the proxy that signs people in.",
            Self::Oidc(_) => "Sign in at /sign-in.",
        }
    }
}

/// What a program sends in place of a cookie.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let line = headers.get(names::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Token::new(token.trim()))
}

/// Lets a program in by what it sends; it gets no session, and can change nothing.
pub(crate) async fn by_bearer(
    site: &Arc<Site>,
    peer: Option<SocketAddr>,
    bearer: Token,
) -> Result<Visitor, Turned> {
    let from = peer.map(|peer| peer.ip());
    site.gate.throttle.may_try(from).map_err(Turned::Slow)?;
    let refused = || {
        site.gate.throttle.failed(from);
        Turned::Unknown
    };
    match &site.gate.sign_in {
        SignIn::Once(once) if once.is_key(&bearer) => Ok(Visitor::owner(String::new())),
        SignIn::Token => {
            let person = token::whose(site, &bearer).await.map_err(Turned::Cluster)?;
            Visitor::person(site, person.ok_or_else(refused)?, String::new(), None).await
        }
        _ => Err(refused()),
    }
}

/// Where to go after signing in: only ever a place of ours.
pub(crate) fn place(back: &str) -> &str {
    let ours = back.starts_with('/')
        && !back.starts_with("//")
        && !back.contains('\\')
        && !back.chars().any(char::is_control)
        && !back.starts_with("/sign-");
    if ours { back } else { "/" }
}

/// Begins a session, and leads on.
pub(crate) fn begin(site: &Site, who: Who, token: Option<Token>, back: &str) -> Response {
    match site.gate.sessions.begin(&site.gate.keys, who, token) {
        Ok(cookie) => ([(names::SET_COOKIE, cookie)], Redirect::to(place(back))).into_response(),
        Err(error) => Fault::refused(error.to_string(), "Try again.").into_response(),
    }
}

/// The page to sign in at, with what went wrong.
pub(crate) fn page(site: &Site, status: StatusCode, back: &str, wrong: Option<&str>) -> Response {
    let body = html! {
        div.gate {
            h1 { "Sign in" }
            @if let Some(wrong) = wrong { p.banner.bad role="alert" { (Outside(wrong)) } }
            (way_in(site, place(back)))
        }
    };
    (status, Html(layout::page("Sign in", None, &body).into_string())).into_response()
}

fn way_in(site: &Site, back: &str) -> Markup {
    match &site.gate.sign_in {
        SignIn::Token => html! {
            form.confirm method="post" action="/sign-in" {
                input type="hidden" name="back" value=(Outside(back));
                label for="token" { "Token of the cluster" }
                input #token type="password" name="token" autocomplete="off" required aria-describedby="how";
                p.sub #how {
                    "You see and do here what the cluster lets you. For example: "
                    code { "kubectl create token NAME --duration 8h" }
                }
                div.actions { button.main type="submit" { "Sign in" } }
            }
        },
        SignIn::Oidc(oidc) => html! {
            p { a.button #sign-in href={ "/sign-in/start?back=" (segment(back)) } { "Sign in at " (Outside(oidc.host())) } }
        },
        other => html! { p { (other.how()) } },
    }
}

async fn show(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let (SignIn::Once(once), false) = (&site.gate.sign_in, asked.once.is_empty()) {
        return once::redeem(&site, once, peer, &headers, &asked.once);
    }
    let words = asked.out.then_some("You are signed out.");
    if let (SignIn::None | SignIn::Header(_), None) = (&site.gate.sign_in, words) {
        return Redirect::to(place(&asked.back)).into_response();
    }
    let status = if asked.out {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    };
    page(&site, status, &asked.back, words)
}

async fn submit(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    if !same_origin(&headers, site.public.as_ref()) {
        let why = "The form does not come from this page: its Origin is missing or another's.";
        return Fault::refused(why, "Open /sign-in and try again.").into_response();
    }
    let SignIn::Token = &site.gate.sign_in else {
        return Fault::bad("Nobody signs in here with a token.").into_response();
    };
    token::sign_in(&site, peer, Token::new(sent.token.trim()), &sent.back).await
}

async fn leave(
    State(site): State<Arc<Site>>,
    axum::Extension(visitor): axum::Extension<Arc<Visitor>>,
    _: Confirmed,
) -> Response {
    let sessions: &Sessions = &site.gate.sessions;
    match visitor.session() {
        Some(session) => (
            [(names::SET_COOKIE, sessions.end(session))],
            Redirect::to("/sign-in?out=true"),
        )
            .into_response(),
        None => Fault::conflict("There is no session of ours: whoever signed you in signs you out.")
            .into_response(),
    }
}

/// Holds up those who guess.
async fn slowly(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    match site.gate.throttle.may_try(peer(&request).map(|peer| peer.ip())) {
        Ok(()) => next.run(request).await,
        Err(slow) => slow.answer(false),
    }
}
