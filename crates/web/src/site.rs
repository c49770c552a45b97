//! What every request is answered from.

use std::{net::SocketAddr, sync::Arc};

use aws_lc_rs::{constant_time, digest, rand};
use plumb_pipeline::Line;
use tokio::sync::{Semaphore, watch};

use crate::{WebError, WebOptions, changes::Changes, commits::Commits, families::Families, lately::Lately};

/// So many browsers may be kept live at once.
const STREAMS: usize = 256;

/// What every request is answered from.
pub(crate) struct Site {
    /// The line whose board is shown.
    pub(crate) line: Line,
    /// What forges sign webhooks with.
    pub(crate) hook_secret: Option<String>,
    /// Who what is done here is recorded as.
    pub(crate) actor: String,
    /// Every form carries it, so that no other site's form can pass for one.
    pub(crate) token: String,
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
    /// Room for streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Becomes true when the page ends.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Site {
    pub(crate) fn new(
        options: WebOptions,
        line: Line,
        address: SocketAddr,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, WebError> {
        Ok(Self {
            line,
            hook_secret: options.hook_secret.filter(|secret| !secret.is_empty()),
            actor: options.actor,
            token: random()?,
            local: address.ip().is_loopback(),
            changes: Changes::new(&random()?[..8]),
            commits: Commits::default(),
            families: Families::default(),
            lately: Lately::default(),
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

fn random() -> Result<String, WebError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| WebError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
