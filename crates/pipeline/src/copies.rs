//! A copy of the ledger in a repository elsewhere: brought up to date after every record, tried again while that fails.
//!
//! **Invariant:** a copy holds up no record, and one that has other records than ours is left alone.

use std::{path::Path, time::Duration};

use plumb_git::{Credentials, Delivery, GitError, Pushed};
use plumb_history::{HistoryError, ParcelArchive, RecordId, RepositoryUrl};
use plumb_model::{CommitId, Reference, SourceSpec};

use crate::{Line, PassError, resolve};

/// Records that come this soon after one go along with it.
const TOGETHER: Duration = Duration::from_millis(200);
/// The first and the longest pause after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// What all references of a ledger begin with.
const REFERENCES: &str = "refs/plumb/";

/// Why a copy is not as the ledger.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The copy cannot be reached, or does not want it.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The ledger cannot be read, or the copy has other records.
    #[error(transparent)]
    Ledger(#[from] HistoryError),
    /// What opens the copy cannot be had.
    #[error(transparent)]
    Opening(#[from] PassError),
    /// The disk failed.
    #[error("{place}: {why}")]
    Disk {
        /// Where.
        place: String,
        /// What the system said.
        why: String,
    },
}

/// How a copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    /// Where it is.
    pub url: String,
    /// Why it is not as the ledger; `None` where it is, or is about to be.
    pub failed: Option<String>,
}

/// Keeps the repository at `url` as the ledger, for ever.
pub async fn keep(line: Line, url: String) {
    let mut pause = PAUSES.0;
    loop {
        let brought = bring(&line, &url).await;
        let failed = brought.as_ref().err().map(ToString::to_string);
        let said = line.books.copy().and_then(|copy| copy.failed) == failed;
        line.books.set_copy(CopyState {
            url: RepositoryUrl::new(&url).as_str().to_owned(),
            failed,
        });
        match brought {
            Ok(records) => {
                if records > 0 {
                    tracing::debug!(records, "the copy of the ledger is up to date");
                }
                pause = PAUSES.0;
                line.books.recorded().await;
                tokio::time::sleep(TOGETHER).await;
            }
            Err(error) => {
                if !said {
                    tracing::warn!(%error, "the copy of the ledger is not up to date; it is tried again");
                }
                tokio::time::sleep(PAUSES.0).await;
                // A record that comes meanwhile is a good moment to look again.
                let rest = pause.saturating_sub(PAUSES.0);
                let _ = tokio::time::timeout(rest, line.books.recorded()).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// Brings what the copy at `url` has to the ledger's `folder`, before that is opened to go on where another left off. How
/// many records came.
///
/// # Errors
/// When the copy cannot be reached, or has other records than the folder.
pub async fn take_over(line: &Line, url: &str, folder: &Path) -> Result<usize, CopyError> {
    let folder = folder.to_owned();
    if let Some(copy) = plumb_git::local_folder(url) {
        return blocking(move || match copy.exists() {
            true => Ok(plumb_history::fetch(&copy, &folder)?.records),
            false => Ok(0),
        })
        .await;
    }
    let credentials = credentials(line, url).await?;
    let (repositories, url) = (line.repositories.clone(), url.to_owned());
    blocking(move || {
        let disk = |error: std::io::Error| CopyError::Disk {
            place: folder.display().to_string(),
            why: error.to_string(),
        };
        std::fs::create_dir_all(&folder).map_err(disk)?;
        // Beside the ledger, which takes in what is proven only.
        let arrived = folder.join("arrived.git");
        if arrived.exists() {
            std::fs::remove_dir_all(&arrived).map_err(disk)?;
        }
        let found = repositories.copy_references((&url, credentials.as_ref()), REFERENCES, &arrived)?;
        let records = match found {
            0 => 0,
            _ => plumb_history::fetch(&arrived, &folder)?.records,
        };
        std::fs::remove_dir_all(&arrived).map_err(disk)?;
        Ok(records)
    })
    .await
}

/// Brings the copy up to date; how many records that took.
async fn bring(line: &Line, url: &str) -> Result<usize, CopyError> {
    let books = line.books.clone();
    if let Some(copy) = plumb_git::local_folder(url) {
        return blocking(move || Ok(books.ledger().push(&copy)?.records)).await;
    }
    let credentials = credentials(line, url).await?;
    let (repositories, url) = (line.repositories.clone(), url.to_owned());
    let shown = RepositoryUrl::new(&url).as_str().to_owned();
    blocking(move || {
        let at = (url.as_str(), credentials.as_ref());
        let reference = books.ledger().reference();
        let (mut records, mut kept) = (0, None);
        loop {
            let mut archive: Option<ParcelArchive> = None;
            let mut sent = 0;
            let pushed = repositories.push(at, &reference, |theirs| {
                let theirs = theirs.as_ref().map(record_id).transpose()?;
                let Some(parcel) = books.ledger().parcel(&shown, theirs)? else {
                    return Ok(None);
                };
                // A chain that ends has a name of its own before that of the shard moves on.
                archive = parcel.archive.filter(|archive| kept != Some(archive.tip));
                if archive.is_some() {
                    return Ok(None);
                }
                sent = parcel.records;
                let commit = commit_id(parcel.tip)?;
                Ok::<_, CopyError>(Some(Delivery {
                    commit,
                    pack: parcel.pack,
                }))
            })?;
            match (pushed, archive) {
                (_, Some(archive)) => {
                    let commit = commit_id(archive.tip)?;
                    repositories.push(at, &archive.reference, |there| {
                        let is_new = there.is_none();
                        Ok::<_, CopyError>(is_new.then(|| Delivery::of_what_is_there(commit)))
                    })?;
                    kept = Some(archive.tip);
                }
                (Pushed::Moved, None) => records += sent,
                (Pushed::Unchanged, None) => return Ok(records),
            }
        }
    })
    .await
}

/// What opens the repository at `url`: the Secret that is kept for it.
async fn credentials(line: &Line, url: &str) -> Result<Option<Credentials>, CopyError> {
    let source = SourceSpec {
        url: url.to_owned(),
        reference: Reference::Head,
        credentials: None,
        interval: None,
        timeout: None,
        object: None,
    };
    Ok(resolve::credentials(line, &source).await?)
}

fn commit_id(record: RecordId) -> Result<CommitId, CopyError> {
    CommitId::parse(&record.to_string()).map_err(|error| damaged(&error))
}

fn record_id(commit: &CommitId) -> Result<RecordId, CopyError> {
    RecordId::parse(commit.as_str()).map_err(|error| damaged(&error))
}

fn damaged(error: &dyn std::fmt::Display) -> CopyError {
    CopyError::Disk {
        place: "the copy of the ledger".to_owned(),
        why: error.to_string(),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CopyError> + Send + 'static,
) -> Result<T, CopyError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| PassError::Interrupted(error.to_string()))?
}
