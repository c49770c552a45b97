//! Starting and stopping the page.
//!
//! **Invariant:** when [`Page::start`] returns, the address answers; when [`Page::stop`] returns, it does not.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use plumb_pipeline::Line;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{SessionLength, SignIn, changes, commits, routes::routes, site::Site};

/// How long requests under way may take to end once the page stops.
const LAST_CALL: Duration = Duration::from_secs(3);

/// How the page is served.
#[derive(Clone)]
pub struct WebOptions {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// What forges sign webhooks with; `None` = they are not checked.
    pub hook_secret: Option<String>,
    /// Who what is done on the page is recorded as, where nobody signs in.
    pub actor: String,
    /// How people sign in.
    pub sign_in: SignIn,
    /// How long they stay signed in.
    pub sessions: SessionLength,
    /// Where browsers find the page, where that is not where it listens: `https://plumb.example.org`.
    pub public_url: Option<String>,
}

/// Why the page did not start.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address is taken, or not ours to take.
    #[error("serving the page at {address}: {source}; choose another with --port, or 0 for any")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why it cannot be had.
        source: io::Error,
    },
    /// The system gave no random numbers, so the page's forms cannot be protected.
    #[error(
        "the system gives no random numbers, so the page cannot protect its buttons: serve without the page"
    )]
    Random,
    /// Browsers could not be told where the page is.
    #[error(
        "{0:?} is no address of the page: it begins with https:// (or http:// on this machine) and has no path, such as \
         https://plumb.example.org"
    )]
    PublicUrl(String),
}

/// A page that is being served; it ends when dropped.
#[derive(Debug)]
pub struct Page {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Default for WebOptions {
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            address,
            hook_secret: None,
            actor: "page".to_owned(),
            sign_in: SignIn::None,
            sessions: SessionLength::default(),
            public_url: None,
        }
    }
}

impl Page {
    /// Serves what is on the board of `line`.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(options: WebOptions, line: Line) -> Result<Self, WebError> {
        let failed = |source| WebError::Listen {
            address: options.address,
            source,
        };
        let listener = TcpListener::bind(options.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() && options.hook_secret.is_none() {
            tracing::warn!(%address, "the page is open to the network, and webhooks are not checked: set a secret");
        }
        let (stop, stopping) = watch::channel(false);
        let site = Arc::new(Site::new(options, line, address, stopping.clone())?);
        tokio::spawn(changes::pace(site.clone()));
        let unknown = commits::follow(site.clone());
        tokio::spawn(changes::follow(site.clone(), site.line.board.listen(), unknown));
        let serving = tokio::spawn(serve(listener, site, stopping));
        Ok(Self {
            address,
            stop,
            serving,
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: open streams at once, requests under way within seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(LAST_CALL, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn serve(listener: TcpListener, site: Arc<Site>, mut stopping: watch::Receiver<bool>) {
    let ended = async move {
        // An error means that the page was dropped, which ends it as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let service = routes(site).into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(ended).await {
        tracing::error!(%error, "the page ended");
    }
}
