//! The buttons of an app's page: sync, refresh and release.

use std::sync::Arc;

use axum::{extract::State, response::Redirect};
use plumb_model::UnitId;
use plumb_pipeline::actions::{self, SyncRequest};

use crate::{
    fault::Fault,
    guard::Confirmed,
    site::Site,
    target::{Target, path},
};

/// Something that was asked for, as the page acknowledges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Done {
    /// A sync.
    Sync,
    /// A look at Git and the cluster.
    Refresh,
    /// The end of a rollback.
    Release,
    /// A rollback.
    Rollback,
    /// A pause.
    Suspend,
    /// The end of a pause.
    Resume,
    /// Something by hand.
    Touch,
}

/// Asks for a sync.
pub(crate) async fn sync(
    State(site): State<Arc<Site>>,
    target: Target,
    _: Confirmed,
) -> Result<Redirect, Fault> {
    let prune = target.unit()?.sync.prune;
    let request = SyncRequest {
        prune,
        by: site.actor(),
        ..SyncRequest::default()
    };
    actions::sync(&site.asker()?, &target.id, &request).await?;
    Ok(back(&target.id, Done::Sync))
}

/// Asks for a look at Git and the cluster.
pub(crate) async fn refresh(
    State(site): State<Arc<Site>>,
    target: Target,
    _: Confirmed,
) -> Result<Redirect, Fault> {
    actions::refresh(&site.asker()?, &target.id).await?;
    Ok(back(&target.id, Done::Refresh))
}

/// Ends a rollback.
pub(crate) async fn release(
    State(site): State<Arc<Site>>,
    target: Target,
    _: Confirmed,
) -> Result<Redirect, Fault> {
    actions::release(&site.asker()?, &target.id).await?;
    Ok(back(&target.id, Done::Release))
}

/// Back to the app's page, which then says what was asked for.
pub(crate) fn back(id: &UnitId, done: Done) -> Redirect {
    Redirect::to(&format!("{}?done={}", path(id), done.word()))
}

impl Done {
    fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Refresh => "refresh",
            Self::Release => "release",
            Self::Rollback => "rollback",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Touch => "touch",
        }
    }

    /// What the page says of it.
    pub(crate) fn notice(self) -> &'static str {
        match self {
            Self::Sync => "Sync asked for. What comes of it shows below.",
            Self::Refresh => "Refresh asked for. What comes of it shows below.",
            Self::Release => "Released: Git decides again, from the next pass on.",
            Self::Rollback => {
                "Rollback asked for. It holds until somebody pushes something new, or releases it."
            }
            Self::Suspend => "Suspended: nothing is applied until it goes on.",
            Self::Resume => "Resumed: Git decides again, from the next pass on.",
            Self::Touch => "Done, and recorded. What comes of it shows in the tree.",
        }
    }
}
