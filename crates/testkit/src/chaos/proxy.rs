//! Between the controller and the API server: knows every request, and can kill, cut, delay and refuse.
//!
//! **Invariant:** without a fault everything goes through as it is.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use kube::client::Body;
use tokio::{net::TcpListener, sync::watch};

use crate::api::Api;

use super::{controller::Victim, random::Random};

/// A connection that breaks.
#[derive(Debug)]
struct Broken(String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

fn broken<T>(why: impl std::fmt::Display) -> Result<T, Broken> {
    Err(Broken(why.to_string()))
}

type Answer = Response<UnsyncBoxBody<Bytes, Broken>>;

/// The proxy.
pub(super) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What the proxy does to requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// So many of a hundred requests are answered with 429 or 5xx.
    pub(super) busy: u32,
    /// So many of a hundred connections break, before or after the server has seen the request.
    pub(super) loss: u32,
    /// Watches end after so long, and cannot go on where they were.
    pub(super) gaps: Option<Duration>,
    /// Nothing gets through.
    pub(super) cut: bool,
}

/// Where the controller is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The server never sees the write.
    Before,
    /// The server has done it; the controller does not get to know.
    After,
}

struct Shared {
    admin: Api,
    weather: Mutex<Weather>,
    /// Cuts streams whenever the weather changes.
    changed: watch::Sender<u64>,
    chance: AtomicU64,
    kill: Mutex<Option<(Moment, Victim)>>,
    /// Writes until the kill.
    writes_left: AtomicU32,
}

impl Proxy {
    pub(super) async fn start(admin: Api) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            admin,
            weather: Mutex::default(),
            changed: watch::Sender::new(0),
            chance: AtomicU64::new(1),
            kill: Mutex::default(),
            writes_left: AtomicU32::new(0),
        });
        tokio::spawn(serve(listener, shared.clone()));
        Ok(Self { address, shared })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        *lock(&self.shared.weather) = weather;
        self.shared.changed.send_modify(|times| *times += 1);
    }

    /// Kills `victim` at its write number `write` (from 1) from now on.
    pub(super) fn kill_at(&self, write: u32, moment: Moment, victim: Victim) {
        self.shared.writes_left.store(write, Ordering::SeqCst);
        *lock(&self.shared.kill) = Some((moment, victim));
    }

    /// Takes a kill back; whether it was still to come.
    pub(super) fn spare(&self) -> bool {
        lock(&self.shared.kill).take().is_some()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { answer(&shared, request).await }
            });
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // An error here is a connection that was broken, by us or by the controller's death.
            let _ = connection.await;
        });
    }
}

/// An error breaks the connection.
async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Result<Answer, Broken> {
    let weather = *lock(&shared.weather);
    let mut random = shared.random();
    let is_write = is_write(&request);
    let doom = is_write.then(|| shared.doom()).flatten();
    if weather.cut {
        return broken("the network is cut");
    }
    let lost = random.percent(weather.loss);
    if lost && random.percent(50) {
        return broken("the request was lost");
    }
    if let Some((Moment::Before, victim)) = &doom {
        victim.kill();
        return broken("killed before");
    }
    if random.percent(weather.busy) {
        return Ok(refusal(&mut random));
    }
    let is_watch = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("watch=true"));
    let resumes = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("resourceVersion=") && !query.contains("sendInitialEvents"));
    if is_watch && resumes && weather.gaps.is_some() && random.percent(50) {
        return Ok(status(StatusCode::GONE, "Expired", "too old resource version"));
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.or_else(broken)?.to_bytes();
    let mut forward = Request::builder()
        .method(parts.method)
        .uri(parts.uri.path_and_query().map_or("/", |uri| uri.as_str()));
    for (name, value) in &parts.headers {
        if *name != header::HOST && *name != header::CONNECTION {
            forward = forward.header(name, value);
        }
    }
    let forward = forward.body(Body::from(body)).or_else(broken)?;
    let response = shared.admin.send(forward).await.or_else(broken)?;
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.remove(header::CONNECTION);
    if is_watch && parts.status.is_success() {
        let stream = Cut::new(body, shared.changed.subscribe(), weather.gaps);
        return Ok(Response::from_parts(parts, BodyExt::boxed_unsync(stream)));
    }
    let body = body.collect().await.or_else(broken)?.to_bytes();
    if let Some((Moment::After, victim)) = &doom {
        victim.kill();
        return broken("killed after");
    }
    if lost {
        return broken("the answer was lost");
    }
    Ok(Response::from_parts(parts, full(body)))
}

impl Shared {
    /// Whether this write is the one.
    fn doom(&self) -> Option<(Moment, Victim)> {
        let mut kill = lock(&self.kill);
        kill.as_ref()?;
        if self.writes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            return kill.take();
        }
        None
    }

    fn random(&self) -> Random {
        let mut random = Random::new(self.chance.fetch_add(1, Ordering::Relaxed));
        random.next();
        random
    }
}

/// Reviews and dry runs change nothing.
fn is_write(request: &Request<Incoming>) -> bool {
    *request.method() != Method::GET
        && !request
            .uri()
            .query()
            .is_some_and(|query| query.contains("dryRun"))
}

fn refusal(random: &mut Random) -> Answer {
    match random.below(4) {
        0 => {
            let mut answer = status(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "slow down");
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            answer
        }
        1 => status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "etcdserver: request timed out",
        ),
        2 => status(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "apiserver is shutting down",
        ),
        _ => status(
            StatusCode::GATEWAY_TIMEOUT,
            "Timeout",
            "request did not complete within requested timeout",
        ),
    }
}

fn status(code: StatusCode, reason: &str, message: &str) -> Answer {
    let body = serde_json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Broken",
        "message": message, "reason": reason, "code": code.as_u16()});
    let mut answer = Response::new(full(Bytes::from(body.to_string())));
    *answer.status_mut() = code;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    answer
}

fn full(body: Bytes) -> UnsyncBoxBody<Bytes, Broken> {
    BodyExt::boxed_unsync(Full::new(body).map_err(|never: Infallible| match never {}))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream that breaks when the weather changes, or after a while.
struct Cut {
    body: std::pin::Pin<Box<Body>>,
    end: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Cut {
    fn new(body: Body, mut changed: watch::Receiver<u64>, after: Option<Duration>) -> Self {
        let end = async move {
            let timer = async {
                match after {
                    Some(after) => tokio::time::sleep(after).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = changed.changed() => {}
                () = timer => {}
            }
        };
        Self {
            body: Box::pin(body),
            end: Box::pin(end),
        }
    }
}

impl hyper::body::Body for Cut {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Broken>>> {
        use std::task::Poll;
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(broken("the watch was cut")));
        }
        match self.body.as_mut().poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(broken(error))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
