//! TLS and HTTP in front of the API.
//!
//! **Invariant:** nobody gets in without a certificate of this run's authority.
//! **Start at** [`bind`] and [`run`].

use crate::{
    certificates::Certificates,
    reply::{Body, Reply},
    request::{Incoming, Query},
    route::Front,
    status_error::ApiError,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::{body::Incoming as HyperBody, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use std::{convert::Infallible, io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// The real server's limit for bodies.
const LARGEST_BODY: usize = 3 * 1024 * 1024;
/// Watches of one client share a connection; the default of 200 is soon used up.
const STREAMS: u32 = 4096;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long requests in flight may take when the server stops.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM text that we made cannot be read back.
    #[error("read a certificate of our own: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// rustls refuses the certificates.
    #[error("set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
    /// rustls refuses the authority.
    #[error("set up the check of client certificates: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// The TLS side of the server.
pub(crate) fn acceptor(certificates: &Certificates) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let authority = CertificateDer::from_pem_slice(certificates.authority.as_bytes())?;
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let chain = vec![
        CertificateDer::from_pem_slice(certificates.server.as_bytes())?,
        authority,
    ];
    let key = PrivateKeyDer::from_pem_slice(certificates.server_key.as_bytes())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stopping` turns true.
pub(crate) async fn run(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    front: Front,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, acceptor.clone(), front.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stopped(&mut stopping) => break,
        }
    }
    drop(listener);
    let done = async { while connections.join_next().await.is_some() {} };
    if timeout(FAREWELL, done).await.is_err() {
        connections.shutdown().await;
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is as good.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, front: Front) {
    let _ = stream.set_nodelay(true);
    let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake took too long"),
    };
    let mut stopping = front.stopping.clone();
    let service = service_fn(move |request| {
        let front = front.clone();
        async move { Ok::<_, Infallible>(answer(&front, request).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(STREAMS);
    let served = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stopped(&mut stopping) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

async fn answer(front: &Front, request: Request<HyperBody>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Reply::refusal(&ApiError::too_large(LARGEST_BODY)).into_response(),
    };
    respond(front, parts, body)
}

/// Answers a request whose body is read; also the way in for callers without a network.
#[must_use]
pub(crate) fn respond(front: &Front, parts: http::request::Parts, body: Bytes) -> Response<Body> {
    let incoming = Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body,
    };
    front.answer(&incoming).into_response()
}

/// Opens the port.
pub(crate) async fn bind(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}
