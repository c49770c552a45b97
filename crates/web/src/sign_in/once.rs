//! Signing in with an address that the terminal shows, and that works once: for who runs Plumb on their own machine.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use tokio::sync::watch;

use super::{Token, begin, page};
use crate::{
    WebError,
    gate::{Who, random},
    site::{Site, same_secret},
};

/// Addresses that work once, one after the other.
#[derive(Clone)]
pub struct OnceSignIn {
    inner: Arc<Inner>,
}

struct Inner {
    /// What works now; the address changes when it is used.
    now: Mutex<Token>,
    paths: watch::Sender<Arc<str>>,
    /// What programs show, which read only.
    key: Token,
}

impl fmt::Debug for OnceSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnceSignIn(<hidden>)")
    }
}

impl OnceSignIn {
    /// A first address.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> Result<Self, WebError> {
        let first = random()?;
        let inner = Inner {
            paths: watch::Sender::new(path(&first)),
            now: Mutex::new(Token::new(first)),
            key: Token::new(random()?),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The path that works now, and each that does after it.
    #[must_use]
    pub fn paths(&self) -> watch::Receiver<Arc<str>> {
        self.inner.paths.subscribe()
    }

    /// What programs send as `Authorization: Bearer`.
    #[must_use]
    pub fn key(&self) -> &str {
        self.inner.key.reveal()
    }

    pub(super) fn is_key(&self, shown: &Token) -> bool {
        same_secret(shown.reveal().as_bytes(), self.inner.key.reveal().as_bytes())
    }

    /// Whether `shown` works; it does not any more then.
    fn take(&self, shown: &str) -> Result<bool, WebError> {
        let next = random()?;
        let mut now = self.inner.now.lock().unwrap_or_else(PoisonError::into_inner);
        if !same_secret(shown.as_bytes(), now.reveal().as_bytes()) {
            return Ok(false);
        }
        self.inner.paths.send_replace(path(&next));
        *now = Token::new(next);
        Ok(true)
    }
}

/// Begins a session where the secret of an address works.
pub(super) fn redeem(
    site: &Site,
    once: &OnceSignIn,
    peer: SocketAddr,
    headers: &HeaderMap,
    shown: &str,
) -> Response {
    // Browsers load addresses that they guess somebody will open; that must not use one up.
    let guessed = ["purpose", "sec-purpose"].iter().any(|name| {
        let words = headers.get(*name).and_then(|value| value.to_str().ok());
        words.is_some_and(|words| words.contains("prefetch"))
    });
    match if guessed { Ok(false) } else { once.take(shown) } {
        Ok(true) => begin(site, Who::Owner, None, "/"),
        Ok(false) => {
            if !guessed {
                site.gate.throttle.failed(Some(peer.ip()));
            }
            let why = "This address was used already, or is mistyped. The terminal shows a new one each time one is used.";
            page(site, StatusCode::UNAUTHORIZED, "/", Some(why))
        }
        Err(error) => page(
            site,
            StatusCode::INTERNAL_SERVER_ERROR,
            "/",
            Some(&error.to_string()),
        ),
    }
}

fn path(secret: &str) -> Arc<str> {
    format!("/sign-in?once={secret}").into()
}
