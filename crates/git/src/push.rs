//! Moving one reference of a repository, and bringing it the objects that it needs.
//!
//! **Invariant:** the reference moves only from where it was when it was looked at; whoever moved it meanwhile wins.
//! **Start at** [`Repositories::push`].

mod local;
mod report;

use std::io::{Read as _, Write as _};

use gix::{ObjectId, protocol::handshake::Ref};
use gix_transport::{
    Protocol, Service,
    client::{
        Capabilities, MessageKind, WriteMode,
        blocking_io::{ExtendedBufRead as _, Transport},
    },
};
use plumb_model::CommitId;

use crate::{
    Credentials, GitError, Repositories,
    address::{Address, masked},
    transport::{Exchange, Remote},
};

/// Where a reference is to go, and what the other end lacks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The commit.
    pub commit: CommitId,
    /// A pack with all objects that are not there yet.
    pub pack: Vec<u8>,
}

impl Delivery {
    /// Of a commit that the other end has, under another name.
    #[must_use]
    pub fn of_what_is_there(commit: CommitId) -> Self {
        // A pack of version 2 without objects: its head and the SHA-1 of that.
        let mut pack = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
        pack.extend_from_slice(&[
            0x02, 0x9d, 0x08, 0x82, 0x3b, 0xd8, 0xa8, 0xea, 0xb5, 0x10, 0xad, 0x6a, 0xc7, 0x5c, 0x82, 0x3c,
            0xfd, 0x3e, 0xd3, 0x1e,
        ]);
        Self { commit, pack }
    }
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The reference is where it was to go.
    Moved,
    /// There was nothing to do.
    Unchanged,
}

/// A reference to be moved.
pub(crate) struct Update<'a> {
    pub(crate) reference: &'a str,
    pub(crate) old: Option<ObjectId>,
    pub(crate) new: ObjectId,
}

impl Repositories {
    /// Moves `reference` (its full name) of the repository at `url`. `prepare` is told where it is now, and says where it
    /// is to go, if anywhere; the repository is not locked meanwhile.
    ///
    /// # Errors
    /// What `prepare` says; when the repository cannot be reached; [`GitError::Moved`] when somebody else was faster, and
    /// [`GitError::PushRefused`] when it does not want the push.
    pub fn push<E: From<GitError>>(
        &self,
        (url, credentials): (&str, Option<&Credentials>),
        reference: &str,
        prepare: impl FnOnce(Option<CommitId>) -> Result<Option<Delivery>, E>,
    ) -> Result<Pushed, E> {
        let real = self.options().rewritten(url);
        let shown = masked(url);
        match Address::parse(&real) {
            Address::Local(path) => local::push(&path, &shown, reference, prepare),
            Address::Other(_) => Err(GitError::unsupported(
                &shown,
                "nothing can be pushed to such a URL; use https://, ssh:// or a path",
            )
            .into()),
            remote => {
                let credentials = credentials.cloned().unwrap_or_default();
                let remote = Remote::new(&shown, remote, &credentials, self.options())?;
                let exchange = Exchange::new(&shown, self.options(), self.options().timeout);
                over_network(&remote, &exchange, reference, prepare)
            }
        }
    }
}

fn over_network<E: From<GitError>>(
    remote: &Remote,
    exchange: &Exchange,
    reference: &str,
    prepare: impl FnOnce(Option<CommitId>) -> Result<Option<Delivery>, E>,
) -> Result<Pushed, E> {
    // What our side of the connection saw says more than what became of it.
    let told = |error: GitError| exchange.failed().unwrap_or(error);
    let mut transport = remote.transport(Service::ReceivePack, exchange)?;
    let (capabilities, old) = greet(&mut transport, exchange, reference).map_err(told)?;
    let known = old.map(|old| commit_id(exchange.url(), old)).transpose()?;
    let Some(delivery) = prepare(known)? else {
        return Ok(Pushed::Unchanged);
    };
    let new = object_id(exchange.url(), &delivery.commit)?;
    if old == Some(new) {
        return Ok(Pushed::Unchanged);
    }
    let update = Update { reference, old, new };
    deliver(&mut transport, exchange, (&capabilities, &update, &delivery.pack)).map_err(told)?;
    Ok(Pushed::Moved)
}

/// What the server can do, and where the reference is.
fn greet(
    transport: &mut (impl Transport + ?Sized),
    exchange: &Exchange,
    reference: &str,
) -> Result<(Capabilities, Option<ObjectId>), GitError> {
    let network = |error: &dyn std::fmt::Display| exchange.network(error);
    let greeting = transport
        .handshake(Service::ReceivePack, &[])
        .map_err(|error| network(&error))?;
    if greeting.actual_protocol == Protocol::V2 {
        return Err(exchange.network("the server speaks a protocol in which nothing can be pushed"));
    }
    let capabilities = greeting.capabilities;
    let mut old = None;
    if let Some(mut lines) = greeting.refs {
        let (known, _) =
            gix::protocol::handshake::refs::from_v1_refs_received_as_part_of_handshake_and_capabilities(
                &mut lines,
                capabilities.iter(),
            )
            .map_err(|error| network(&error))?;
        old = known.iter().find_map(|known| match known {
            Ref::Direct {
                full_ref_name,
                object,
            }
            | Ref::Peeled {
                full_ref_name,
                tag: object,
                ..
            } if full_ref_name == reference => Some(*object),
            Ref::Symbolic {
                full_ref_name,
                object,
                ..
            } if full_ref_name == reference => Some(*object),
            _ => None,
        });
    }
    Ok((capabilities, old))
}

/// Sends the command and the pack, and reads what came of it.
fn deliver(
    transport: &mut (impl Transport + ?Sized),
    exchange: &Exchange,
    (capabilities, update, pack): (&Capabilities, &Update<'_>, &[u8]),
) -> Result<(), GitError> {
    let broken = |error: std::io::Error| exchange.network(error);
    let wanted = ["report-status", "side-band-64k", "ofs-delta"];
    let mut asked: Vec<&str> = wanted
        .into_iter()
        .filter(|name| capabilities.contains(name))
        .collect();
    let agent = concat!("agent=plumb/", env!("CARGO_PKG_VERSION"));
    if capabilities.contains("agent") {
        asked.push(agent);
    }
    let mut request = transport
        .request(WriteMode::Binary, MessageKind::Flush, false)
        .map_err(|error| exchange.network(error))?;
    let null = ObjectId::null(update.new.kind());
    let command = format!(
        "{} {} {}\0{}",
        update.old.unwrap_or(null),
        update.new,
        update.reference,
        asked.join(" ")
    );
    request.write_all(command.as_bytes()).map_err(broken)?;
    request.write_message(MessageKind::Flush).map_err(broken)?;
    let (mut writer, mut reader) = request.into_parts();
    writer.write_all(pack).map_err(broken)?;
    writer.flush().map_err(broken)?;
    drop(writer);
    let mut report = report::Report::new(exchange.url(), update.reference);
    if !asked.contains(&"report-status") {
        return Err(exchange.network("the server does not say what came of a push"));
    }
    if asked.contains(&"side-band-64k") {
        let said = report.said();
        reader.set_progress_handler(Some(Box::new(move |_, text| {
            said.add(text);
            std::ops::ControlFlow::Continue(())
        })));
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(broken)?;
        report.lines(&content)?;
    } else {
        let mut line = String::new();
        while reader.readline_str(&mut line).map_err(broken)? > 0 {
            report.line(line.trim_end());
            line.clear();
        }
    }
    report.outcome()
}

pub(crate) fn commit_id(url: &str, id: ObjectId) -> Result<CommitId, GitError> {
    CommitId::parse(&id.to_string()).map_err(|error| GitError::corrupt(url, error))
}

pub(crate) fn object_id(url: &str, id: &CommitId) -> Result<ObjectId, GitError> {
    ObjectId::from_hex(id.as_str().as_bytes()).map_err(|error| GitError::corrupt(url, error))
}
