//! Bringing references of a remote repository, with all that belongs to them, into a bare repository on this machine.

use std::{path::Path, sync::atomic::AtomicBool};

use gix::remote::{Direction, fetch};
use gix_transport::Service;

use crate::{
    Credentials, GitError, Repositories,
    address::{Address, masked},
    store::Store,
    transport::{Exchange, Remote},
};

impl Repositories {
    /// Brings the references of the repository at `url` that are below `prefix` (such as `refs/plumb/`) to the bare repository
    /// in `folder`, which is made where there is none. Those that are there move, those that are gone stay. Gives how many
    /// the other end has.
    ///
    /// # Errors
    /// When the URL leads to no repository over a network, that cannot be reached, or the disk fails.
    pub fn copy_references(
        &self,
        (url, credentials): (&str, Option<&Credentials>),
        prefix: &str,
        folder: &Path,
    ) -> Result<usize, GitError> {
        let real = self.options().rewritten(url);
        let shown = masked(url);
        let address = match Address::parse(&real) {
            Address::Local(_) | Address::Other(_) => {
                return Err(GitError::unsupported(
                    &shown,
                    "nothing can be copied from such a URL; use https:// or ssh://",
                ));
            }
            remote => remote,
        };
        let remote = Remote::new(
            &shown,
            address,
            &credentials.cloned().unwrap_or_default(),
            self.options(),
        )?;
        let exchange = Exchange::new(&shown, self.options(), self.options().timeout);
        let store = bare(folder, self.options().max_received_object_bytes)?;
        store
            .with(|repository| receive(repository, &remote, &exchange, prefix))
            .map_err(|error| exchange.failed().unwrap_or(error))
    }
}

fn bare(folder: &Path, max_allocated: u64) -> Result<Store, GitError> {
    if !folder.join("HEAD").exists() {
        gix::create::into(folder, gix::create::Kind::Bare, gix::create::Options::default())
            .map_err(|error| GitError::io(folder, error))?;
    }
    Store::open(folder, &folder.display().to_string(), max_allocated)
}

fn receive(
    repository: &gix::Repository,
    remote: &Remote,
    exchange: &Exchange,
    prefix: &str,
) -> Result<usize, GitError> {
    let failed = |error: gix::Error| exchange.network(error);
    let spec = format!("+{prefix}*:{prefix}*");
    let prepared = repository
        .remote_at_without_url_rewrite(remote.place())
        .map_err(failed)?
        .with_fetch_tags(fetch::Tags::None)
        .with_refspecs(Some(spec.as_str()), Direction::Fetch)
        .map_err(failed)?
        .to_connection_with_transport(remote.transport(Service::UploadPack, exchange)?)
        .with_credentials(|_| Ok(None))
        .with_transport_options(Box::new(()))
        .prepare_fetch(gix::progress::Discard, gix::remote::ref_map::Options::default())
        .map_err(failed)?;
    let found = prepared.ref_map().mappings.len();
    if found == 0 {
        return Ok(0);
    }
    exchange.expect_objects();
    prepared
        .receive(gix::progress::Discard, &AtomicBool::new(false))
        .map_err(failed)?;
    Ok(found)
}
