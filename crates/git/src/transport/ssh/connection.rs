//! One SSH connection that runs a program of Git's, as a reader and a writer for one thread.
//!
//! The client is asynchronous; it has a thread and a small runtime of its own, which end with the connection.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
};

use bytes::{Buf as _, Bytes};
use gix_transport::Service;
use russh::{
    ChannelMsg, Preferred,
    client::{self, AuthResult, Handle},
    keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    Login,
    known_hosts::{Verdict, name},
};
use crate::{GitError, transport::Exchange};

/// Packets that may wait for the reader.
const PACKETS: usize = 32;
/// How much of what the server complains is kept.
const COMPLAINT: usize = 2000;

/// What the server sends.
pub(super) struct Reader {
    packets: Receiver<Bytes>,
    current: Bytes,
    exchange: Exchange,
}

/// What goes to the server.
pub(super) struct Writer(UnboundedSender<Bytes>);

/// Starts to connect, and returns at once.
pub(super) fn open(
    login: Arc<Login>,
    service: Service,
    exchange: Exchange,
) -> Result<(Reader, Writer), GitError> {
    let (packets, incoming) = sync_channel(PACKETS);
    let (outgoing, requests) = unbounded_channel();
    let reader = Reader {
        packets: incoming,
        current: Bytes::new(),
        exchange: exchange.clone(),
    };
    std::thread::Builder::new()
        .name("git-ssh".to_owned())
        .spawn(move || run((&login, service), &exchange, packets, requests))
        .map_err(|error| reader.exchange.network(error))?;
    Ok((reader, Writer(outgoing)))
}

fn run(
    (login, service): (&Arc<Login>, Service),
    exchange: &Exchange,
    packets: SyncSender<Bytes>,
    requests: UnboundedReceiver<Bytes>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            exchange.fail(exchange.network(error));
            return;
        }
    };
    let ended = runtime.block_on(async {
        tokio::time::timeout(
            exchange.left(),
            session((login, service), exchange, &packets, requests),
        )
        .await
        .unwrap_or_else(|_| Err(exchange.timed_out()))
    });
    if let Err(error) = ended {
        exchange.fail(error);
    }
    // Only now does the reader see the end, so that it finds the reason.
    drop(packets);
    runtime.shutdown_background();
}

async fn session(
    (login, service): (&Arc<Login>, Service),
    exchange: &Exchange,
    packets: &SyncSender<Bytes>,
    mut requests: UnboundedReceiver<Bytes>,
) -> Result<(), GitError> {
    let broken = |error: russh::Error| exchange.network(error);
    let handle = connected(login, exchange).await?;
    let channel = handle.channel_open_session().await.map_err(broken)?;
    // Servers may refuse it, and then speak an older protocol.
    channel
        .set_env(false, "GIT_PROTOCOL", "version=2")
        .await
        .map_err(broken)?;
    let path = login.path.replace('\'', "'\\''");
    let program = service.as_str();
    channel
        .exec(true, format!("{program} '{path}'"))
        .await
        .map_err(broken)?;
    let (mut incoming, outgoing) = channel.split();
    let writing = tokio::spawn(async move {
        while let Some(bytes) = requests.recv().await {
            if outgoing.data_bytes(bytes).await.is_err() {
                return;
            }
        }
        // The other side may have closed first.
        let _ = outgoing.eof().await;
        let _ = outgoing.close().await;
    });
    let mut complaint = String::new();
    while let Some(message) = incoming.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                let sent = packets.send(data);
                // Nobody reads any more.
                if sent.is_err() {
                    break;
                }
            }
            ChannelMsg::ExtendedData { data, .. } if complaint.len() < COMPLAINT => {
                complaint.push_str(&String::from_utf8_lossy(&data));
            }
            ChannelMsg::Failure => {
                return Err(refused(exchange, &format!("the server does not run {program}")));
            }
            ChannelMsg::ExitStatus { exit_status } if exit_status != 0 => {
                return Err(refused(exchange, complaint.trim()));
            }
            _ => {}
        }
    }
    writing.abort();
    let _ = handle.disconnect(russh::Disconnect::ByApplication, "", "").await;
    Ok(())
}

async fn connected(login: &Arc<Login>, exchange: &Exchange) -> Result<Handle<HostCheck>, GitError> {
    let mut preferred = Preferred::DEFAULT;
    if let Some(kinds) = login.host_key_kinds() {
        preferred.key = kinds;
    }
    let wait = exchange.wait()?;
    let config = client::Config {
        preferred,
        inactivity_timeout: Some(wait),
        nodelay: true,
        ..client::Config::default()
    };
    let check = HostCheck {
        login: Arc::clone(login),
        exchange: exchange.clone(),
    };
    let connect = client::connect(Arc::new(config), (login.host.as_str(), login.port), check);
    let mut handle = tokio::time::timeout(wait, connect)
        .await
        .map_err(|_| exchange.timed_out())?
        .map_err(|error| exchange.network(error))?;
    let entered = tokio::time::timeout(wait, enter(login, exchange, &mut handle));
    entered.await.map_err(|_| exchange.timed_out())??;
    Ok(handle)
}

async fn enter(login: &Login, exchange: &Exchange, handle: &mut Handle<HostCheck>) -> Result<(), GitError> {
    let broken = |error: russh::Error| exchange.network(error);
    let denied = |why: &str| GitError::Authentication {
        url: exchange.url().to_owned(),
        why: why.to_owned(),
    };
    let (result, what) = match (&login.identity, &login.password) {
        (Some(identity), _) => {
            let hash = if identity.algorithm().is_rsa() {
                // A server that does not tell is as likely as not to know SHA-512.
                handle
                    .best_supported_rsa_hash()
                    .await
                    .map_err(broken)?
                    .unwrap_or(Some(HashAlg::Sha512))
            } else {
                None
            };
            let key = PrivateKeyWithHashAlg::new(Arc::clone(identity), hash);
            let result = handle
                .authenticate_publickey(&login.user, key)
                .await
                .map_err(broken)?;
            (result, "the server refuses this SSH key")
        }
        (None, Some(password)) => {
            let result = handle
                .authenticate_password(&login.user, password)
                .await
                .map_err(broken)?;
            (result, "the server refuses this password")
        }
        (None, None) => {
            let result = handle.authenticate_none(&login.user).await.map_err(broken)?;
            (result, "an SSH private key is needed, and none was given")
        }
    };
    match result {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => Err(denied(&format!("{what} for the user {:?}", login.user))),
    }
}

/// Looks at the host's key.
struct HostCheck {
    login: Arc<Login>,
    exchange: Exchange,
}

impl client::Handler for HostCheck {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let Some(known_hosts) = &self.login.known_hosts else {
            return Ok(true);
        };
        let host = name(&self.login.host, self.login.port);
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            self.refuse(format!("{host} shows a certificate, and none was asked for"));
            return Ok(false);
        };
        let print = key.fingerprint(HashAlg::Sha256);
        match known_hosts.verdict(&self.login.host, self.login.port, key) {
            Verdict::Known => return Ok(true),
            Verdict::Different => self.refuse(format!(
                "{host} shows {print}, which is not its key in known_hosts"
            )),
            Verdict::Revoked => self.refuse(format!("{host} shows {print}, which is revoked in known_hosts")),
            Verdict::UnknownHost => self.refuse(format!(
                "{host} is not in known_hosts; if {print} is its key, add what `ssh-keyscan` prints for it"
            )),
        }
        Ok(false)
    }
}

impl HostCheck {
    fn refuse(&self, why: String) {
        self.exchange.fail(GitError::HostKey {
            url: self.exchange.url().to_owned(),
            why,
        });
    }
}

/// What the server complained, as ours.
fn refused(exchange: &Exchange, complaint: &str) -> GitError {
    let url = exchange.url().to_owned();
    let why = complaint
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    let lower = why.to_ascii_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    if says(&[
        "not found",
        "does not exist",
        "does not appear to be",
        "could not be found",
    ]) {
        GitError::RepositoryNotFound { url, why }
    } else if says(&["denied", "not allowed", "unauthorized", "forbidden"]) {
        GitError::Authentication { url, why }
    } else {
        exchange.network(why)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            let wait = self.exchange.wait().map_err(|error| self.exchange.fail(error))?;
            match self.packets.recv_timeout(wait) {
                Ok(packet) => {
                    self.exchange
                        .received(packet.len())
                        .map_err(|error| self.exchange.fail(error))?;
                    self.current = packet;
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.exchange.fail(self.exchange.timed_out())),
                Err(RecvTimeoutError::Disconnected) => {
                    return match self.exchange.failed() {
                        Some(error) => Err(io::Error::other(error.to_string())),
                        None => Ok(0),
                    };
                }
            }
        }
        let length = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .send(Bytes::copy_from_slice(bytes))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
