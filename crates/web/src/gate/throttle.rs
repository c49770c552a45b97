//! Holds up who guesses, and who asks too much: buckets that fill with time and are emptied by what is done.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Method;

/// So many keys are told apart; beyond that, those with full buckets are forgotten.
const KEYS: usize = 20_000;
/// Failed sign-ins from one address: so many at once, so many a second.
const GUESSES: (f64, f64) = (10.0, 1.0 / 6.0);
/// Failed sign-ins from everywhere.
const ALL_GUESSES: (f64, f64) = (300.0, 5.0);
/// Pages of one person.
const READS: (f64, f64) = (300.0, 60.0);
/// Changes by one person.
const CHANGES: (f64, f64) = (30.0, 1.0);

/// Holds up who guesses, and who asks too much.
#[derive(Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// How long somebody has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slow(Duration);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Guess(Option<IpAddr>),
    AllGuesses,
    Read(String),
    Change(String),
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Throttle {
    /// Whether somebody at `from` may try to sign in now.
    pub(crate) fn may_try(&self, from: Option<IpAddr>) -> Result<(), Slow> {
        self.take(Key::Guess(network(from)), GUESSES, 0.0)?;
        self.take(Key::AllGuesses, ALL_GUESSES, 0.0)
    }

    /// Notes that somebody at `from` failed to.
    pub(crate) fn failed(&self, from: Option<IpAddr>) {
        for (key, rate) in [
            (Key::Guess(network(from)), GUESSES),
            (Key::AllGuesses, ALL_GUESSES),
        ] {
            let _ = self.take(key, rate, 1.0);
        }
    }

    /// Notes a request of somebody who is signed in. Whoever runs the program (no name) is not held up.
    pub(crate) fn asks(&self, name: &str, method: &Method) -> Result<(), Slow> {
        if name.is_empty() {
            return Ok(());
        }
        match *method {
            Method::GET | Method::HEAD => self.take(Key::Read(name.to_owned()), READS, 1.0),
            _ => self.take(Key::Change(name.to_owned()), CHANGES, 1.0),
        }
    }

    /// Takes from a bucket; refused where less than one is in it.
    fn take(&self, key: Key, (most, a_second): (f64, f64), cost: f64) -> Result<(), Slow> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEYS && !buckets.contains_key(&key) {
            // Whoever has done nothing for minutes has a full bucket, whatever the rate.
            buckets.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(60));
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: most, at: now });
        let gained = now.duration_since(bucket.at).as_secs_f64() * a_second;
        *bucket = Bucket {
            left: (bucket.left + gained).min(most),
            at: now,
        };
        if bucket.left < 1.0 {
            return Err(Slow(Duration::from_secs_f64((1.0 - bucket.left) / a_second)));
        }
        bucket.left -= cost;
        Ok(())
    }
}

impl Slow {
    /// Whole seconds to wait.
    pub(crate) fn seconds(self) -> u64 {
        self.0.as_secs() + 1
    }
}

/// Who has one address of IPv6 has its whole network.
fn network(from: Option<IpAddr>) -> Option<IpAddr> {
    from.map(|ip| match ip {
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_none() => {
            IpAddr::V6((u128::from(ip) & !u128::from(u64::MAX)).into())
        }
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        ip => ip,
    })
}
