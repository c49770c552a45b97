//! What every request is answered from.

use std::{net::SocketAddr, sync::Arc};

use aws_lc_rs::{constant_time, digest};
use axum::http::Uri;
use plumb_pipeline::Line;
use tokio::sync::{Semaphore, watch};

use crate::{
    WebError, WebOptions,
    changes::Changes,
    commits::Commits,
    families::Families,
    gate::{Gate, Keys, Rights, Sessions, Throttle, random},
    lately::Lately,
    stream::Digests,
};

/// So many browsers may be kept live at once.
const STREAMS: usize = 1024;

/// What every request is answered from.
pub(crate) struct Site {
    /// The line whose board is shown.
    pub(crate) line: Line,
    /// What forges sign webhooks with.
    pub(crate) hook_secret: Option<String>,
    /// Who what the owner does here is recorded as.
    pub(crate) actor: String,
    /// Who is let in.
    pub(crate) gate: Gate,
    /// Where browsers find us, where that is not where we listen.
    pub(crate) public: Option<Public>,
    /// What every address of ours begins with, without a slash at the end.
    pub(crate) base: String,
    /// Only this machine can reach us, so requests must name it as this machine.
    pub(crate) local: bool,
    /// What changed when.
    pub(crate) changes: Changes,
    /// Subjects and authors.
    pub(crate) commits: Commits,
    /// What the objects of units have brought forth.
    pub(crate) families: Families,
    /// What the ledger tells of the last day.
    pub(crate) lately: Lately,
    /// What several streams carry alike.
    pub(crate) digests: Digests,
    /// Room for streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Becomes true when the page ends.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Where browsers find us.
pub(crate) struct Public {
    /// As they say it: `https://plumb.example.org`.
    pub(crate) origin: String,
    /// The part of it that names us: `plumb.example.org`.
    pub(crate) host: String,
}

impl Site {
    pub(crate) fn new(
        options: WebOptions,
        line: Line,
        address: SocketAddr,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, WebError> {
        let public = options.public_url.as_deref().map(Public::read).transpose()?;
        let secure = public
            .as_ref()
            .is_some_and(|it| it.origin.starts_with("https://"));
        // Cookies do not mind the port, so that two pages of one machine need two names.
        let name = format!("plumb-{}", address.port());
        let gate = Gate {
            sign_in: options.sign_in,
            keys: Keys::new()?,
            sessions: Sessions::new(options.sessions, &name, secure),
            rights: Rights::default(),
            throttle: Throttle::default(),
        };
        let base = public.as_ref().map(|it| it.origin.clone());
        Ok(Self {
            line,
            hook_secret: options.hook_secret.filter(|secret| !secret.is_empty()),
            actor: options.actor,
            gate,
            base: base.unwrap_or_else(|| format!("http://{address}")),
            public,
            local: address.ip().is_loopback(),
            changes: Changes::new(&random()?[..8]),
            commits: Commits::default(),
            families: Families::default(),
            lately: Lately::default(),
            digests: Digests::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stopping,
        })
    }

    /// Returns once the page ends.
    pub(crate) async fn stopped(&self) {
        let _ = self.stopping.clone().wait_for(|stop| *stop).await;
    }
}

/// Whether two secrets are the same; how long that takes tells nothing of either.
pub(crate) fn same_secret(a: &[u8], b: &[u8]) -> bool {
    let (a, b) = (
        digest::digest(&digest::SHA256, a),
        digest::digest(&digest::SHA256, b),
    );
    constant_time::verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

impl Public {
    fn read(url: &str) -> Result<Self, WebError> {
        let wrong = || WebError::PublicUrl(url.to_owned());
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let (scheme, host) = parsed.scheme_str().zip(parsed.authority()).ok_or_else(wrong)?;
        let name = host.host().trim_matches(['[', ']']);
        let here = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let safe = scheme == "https" || (scheme == "http" && here);
        if !safe
            || !matches!(parsed.path(), "" | "/")
            || parsed.query().is_some()
            || host.as_str().contains('@')
        {
            return Err(wrong());
        }
        let host = host.as_str().to_ascii_lowercase();
        Ok(Self {
            origin: format!("{scheme}://{host}"),
            host,
        })
    }
}
