//! Who is signed in. The cookie names a session and is signed; what the session is about never leaves this program.
//!
//! **Invariant:** a session ends so long after it began, so long after it was used last, and when somebody signs out,
//! whichever comes first; whatever follows it is told at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, header};
use plumb_cluster::Person;
use tokio::sync::{Semaphore, watch};

use super::{Keys, Who, keys::random};
use crate::{WebError, sign_in::Token};

/// So many may be signed in at once; above that, who was idle longest is signed out.
const MOST: usize = 10_000;

/// So many streams may one browser have open, if its tabs cannot share one.
const STREAMS: usize = 12;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct SessionLength {
    /// From signing in on.
    pub whole: Duration,
    /// From the last request on.
    pub idle: Duration,
}

/// One who is signed in.
pub(crate) struct Session {
    id: String,
    began: Instant,
    length: SessionLength,
    state: Mutex<State>,
    over: watch::Sender<bool>,
    streams: Arc<Semaphore>,
}

struct State {
    who: Who,
    used: Instant,
    /// What they signed in with, where it can be asked about again.
    token: Option<Token>,
    checked: Instant,
}

/// Everybody who is signed in.
pub(crate) struct Sessions {
    length: SessionLength,
    /// The name of the cookie, and what else is said of it.
    cookie: (String, &'static str),
    all: Mutex<HashMap<String, Arc<Session>>>,
}

impl Default for SessionLength {
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(12 * 3600),
            idle: Duration::from_secs(3600),
        }
    }
}

impl Sessions {
    /// `name` is that of the cookie; `secure` says that browsers come by TLS only.
    pub(crate) fn new(length: SessionLength, name: &str, secure: bool) -> Self {
        let cookie = if secure {
            // Browsers take a cookie of this prefix from this very host by TLS only.
            (format!("__Host-{name}"), "; Secure")
        } else {
            (name.to_owned(), "")
        };
        Self {
            length,
            cookie,
            all: Mutex::default(),
        }
    }

    /// Begins a session; what the browser is to keep.
    pub(crate) fn begin(&self, keys: &Keys, who: Who, token: Option<Token>) -> Result<String, WebError> {
        let now = Instant::now();
        let id = random()?;
        let session = Session {
            id: id.clone(),
            began: now,
            length: self.length,
            state: Mutex::new(State {
                who,
                used: now,
                token,
                checked: now,
            }),
            over: watch::Sender::new(false),
            streams: Arc::new(Semaphore::new(STREAMS)),
        };
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, session| !session.is_over());
        if all.len() >= MOST
            && let Some(idle) = all.values().min_by_key(|session| session.lock().used).cloned()
        {
            idle.end();
            all.remove(&idle.id);
        }
        all.insert(id.clone(), Arc::new(session));
        Ok(self.cookie(&keys.sign("session", &id), self.length.whole))
    }

    /// The session that a request is of.
    pub(crate) fn of(&self, keys: &Keys, headers: &HeaderMap) -> Option<Arc<Session>> {
        let id = keys.open("session", cookie(headers, &self.cookie.0)?)?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let session = all.get(id)?.clone();
        if session.is_over() {
            session.end();
            all.remove(id);
            return None;
        }
        Some(session)
    }

    /// Ends a session; what makes the browser forget it.
    pub(crate) fn end(&self, session: &Session) -> String {
        session.end();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&session.id);
        self.cookie("", Duration::ZERO)
    }

    /// A cookie of ours beside the session's, for as long as signing in takes.
    pub(crate) fn beside(&self, what: &str, value: &str, length: Duration) -> String {
        let (name, rest) = &self.cookie;
        line(&format!("{name}-{what}"), value, length, rest)
    }

    /// The value of such a cookie.
    pub(crate) fn read_beside<'a>(&self, what: &str, headers: &'a HeaderMap) -> Option<&'a str> {
        cookie(headers, &format!("{}-{what}", self.cookie.0))
    }

    fn cookie(&self, value: &str, length: Duration) -> String {
        line(&self.cookie.0, value, length, self.cookie.1)
    }
}

impl Session {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn who(&self) -> Who {
        self.lock().who.clone()
    }

    /// What they signed in with, and how long ago that was looked at last.
    pub(crate) fn token(&self) -> Option<(Token, Duration)> {
        let state = self.lock();
        state.token.clone().map(|token| (token, state.checked.elapsed()))
    }

    /// Notes what came of looking at the token again.
    pub(crate) fn checked(&self, person: Arc<Person>) {
        let mut state = self.lock();
        state.checked = Instant::now();
        state.who = Who::Person(person);
    }

    /// Notes that it was used.
    pub(crate) fn touch(&self) {
        self.lock().used = Instant::now();
    }

    pub(crate) fn is_over(&self) -> bool {
        let used = self.lock().used;
        *self.over.borrow() || self.began.elapsed() >= self.length.whole || used.elapsed() >= self.length.idle
    }

    /// Room for its streams.
    pub(crate) fn streams(&self) -> Arc<Semaphore> {
        self.streams.clone()
    }

    /// Becomes true when it is ended before its time.
    pub(crate) fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(name: &str, value: &str, length: Duration, rest: &str) -> String {
    // Lax, not Strict: links from elsewhere are to open pages signed in. What changes something is guarded by Origin
    // and token besides.
    format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{rest}",
        length.as_secs()
    )
}

/// The value of a cookie; `None` also where it is there twice, since then one of them is not ours.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}
