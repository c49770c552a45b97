//! A small SSH server that runs `git-upload-pack`.

use std::{path::PathBuf, process::Stdio, sync::Arc};

use russh::{
    Channel, ChannelId, ChannelMsg,
    keys::{Algorithm, PrivateKey, PublicKey, key::safe_rng},
    server::{self, Auth, ChannelOpenHandle, Msg, Session, VerifiedPublicKey},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    process::Command,
};

pub(crate) struct SshServer {
    pub(crate) port: u16,
    pub(crate) host_key: PublicKey,
    // Its threads end with it.
    _runtime: tokio::runtime::Runtime,
}

#[derive(Clone)]
struct Handler {
    root: PathBuf,
    allowed: PublicKey,
}

pub(crate) fn key(algorithm: Algorithm) -> PrivateKey {
    PrivateKey::random(&mut safe_rng(), algorithm).unwrap()
}

impl SshServer {
    /// Serves all repositories below `root` to who has the key `allowed`.
    pub(crate) fn start(root: PathBuf, allowed: PublicKey) -> Self {
        let host_key = key(Algorithm::Ed25519);
        let public = host_key.public_key().clone();
        let config = Arc::new(server::Config {
            keys: vec![host_key],
            auth_rejection_time: std::time::Duration::from_millis(10),
            ..server::Config::default()
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let handler = Handler { root, allowed };
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (config, handler) = (Arc::clone(&config), handler.clone());
                tokio::spawn(async move {
                    if let Ok(session) = server::run_stream(config, stream, handler).await {
                        let _ = session.await;
                    }
                });
            }
        });
        Self {
            port,
            host_key: public,
            _runtime: runtime,
        }
    }
}

impl server::Handler for Handler {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        let allowed = user == "git" && key.public_key.key_data() == self.allowed.key_data();
        Ok(if allowed { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        tokio::spawn(serve(channel, self.root.clone()));
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)
    }
}

async fn serve(channel: Channel<Msg>, root: PathBuf) {
    let (mut incoming, outgoing) = channel.split();
    let mut protocol = String::new();
    let command = loop {
        match incoming.wait().await {
            Some(ChannelMsg::SetEnv { variable_value, .. }) => protocol = variable_value,
            Some(ChannelMsg::Exec { command, .. }) => break String::from_utf8(command).unwrap(),
            Some(_) => {}
            None => return,
        }
    };
    let (program, path) = command.split_once(" '/").unwrap();
    let program = program.strip_prefix("git-").unwrap();
    assert!(["upload-pack", "receive-pack"].contains(&program), "{command}");
    let mut child = Command::new("git")
        .arg(program)
        .arg(root.join(path.trim_end_matches('\'')))
        .env("GIT_PROTOCOL", protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::spawn(async move {
        while let Some(message) = incoming.wait().await {
            match message {
                ChannelMsg::Data { data } => drop(stdin.write_all(&data).await),
                ChannelMsg::Eof | ChannelMsg::Close => break,
                _ => {}
            }
        }
    });
    let mut stdout = child.stdout.take().unwrap();
    let mut buffer = vec![0; 30_000];
    while let Ok(length) = stdout.read(&mut buffer).await
        && length > 0
    {
        let _ = outgoing.data_bytes(buffer[..length].to_vec()).await;
    }
    let output = child.wait_with_output().await.unwrap();
    let _ = outgoing.extended_data_bytes(1, output.stderr).await;
    let _ = outgoing
        .exit_status(u32::try_from(output.status.code().unwrap_or(1)).unwrap_or(1))
        .await;
    let _ = outgoing.eof().await;
    let _ = outgoing.close().await;
}
