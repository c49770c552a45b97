//! A git server over HTTP that can hang and lie: git's own `http-backend` behind a door of ours.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{io::AsyncWriteExt as _, net::TcpListener, process::Command};

/// What the server does to what git says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Nothing.
    #[default]
    Honest,
    /// It takes requests and never answers.
    Hangs,
    /// Answers end in the middle.
    Truncates,
    /// A byte in the middle is another one.
    Garbles,
    /// It names a commit that there is not.
    Invents,
    /// It answers with a page.
    Babbles,
}

impl Mood {
    /// All but honest.
    pub(crate) const BAD: [Self; 5] = [
        Self::Hangs,
        Self::Truncates,
        Self::Garbles,
        Self::Invents,
        Self::Babbles,
    ];
}

/// The server.
pub(crate) struct Remote {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
}

impl Remote {
    /// Serves the repositories below `root`.
    pub(crate) async fn start(root: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mood: Arc<Mutex<Mood>> = Arc::default();
        tokio::spawn(serve(listener, root.to_owned(), mood.clone()));
        Ok(Self { address, mood })
    }

    /// The URL of a repository below the root.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }
}

async fn serve(listener: TcpListener, root: PathBuf, mood: Arc<Mutex<Mood>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (root, mood) = (root.clone(), mood.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let root = root.clone();
                let mood = mood.clone();
                async move { Ok::<_, Infallible>(answer(&root, &mood, request).await) }
            });
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client that hangs up is no trouble of ours.
            let _ = connection.await;
        });
    }
}

async fn answer(root: &Path, mood: &Mutex<Mood>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let now = || *mood.lock().unwrap_or_else(PoisonError::into_inner);
    while now() == Mood::Hangs {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if now() == Mood::Babbles {
        return Response::new(Full::from("<html><body>Please sign in</body></html>"));
    }
    let mut response = backend(root, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Full::from(error.to_string()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    let Ok(body) = std::mem::take(response.body_mut()).collect().await;
    *response.body_mut() = Full::from(twisted(body.to_bytes(), now()));
    response
}

fn twisted(body: Bytes, mood: Mood) -> Bytes {
    let mut bytes = body.to_vec();
    let middle = bytes.len() / 2;
    match mood {
        Mood::Truncates => bytes.truncate(middle),
        Mood::Garbles => {
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 0x55;
            }
        }
        Mood::Invents => {
            // Every name of a commit in an advertisement becomes another one of the same length.
            let mut run = 0;
            for index in 0..bytes.len() {
                run = if bytes[index].is_ascii_hexdigit() {
                    run + 1
                } else {
                    0
                };
                if run == 40 {
                    bytes[index - 39..=index].copy_from_slice(&[b'd'; 40]);
                }
            }
        }
        Mood::Honest | Mood::Hangs | Mood::Babbles => {}
    }
    bytes.into()
}

/// Has `git http-backend` answer (CGI, RFC 3875).
async fn backend(root: &Path, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut child = Command::new("git")
        .args(["-c", "http.receivepack=true", "http-backend"])
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().context("git takes no input")?;
    let writing = async move {
        // A program that has read enough closes its end.
        let _ = input.write_all(&body).await;
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), writing);
    let output = output?.stdout;
    let end = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("git's answer has no head")?;
    let mut response = Response::builder();
    for line in std::str::from_utf8(&output[..end])?.lines() {
        let (name, value) = line.split_once(": ").context("a line of the head")?;
        response = if name == "Status" {
            response.status(value.split(' ').next().unwrap_or("500"))
        } else {
            response.header(name, value)
        };
    }
    Ok(response.body(Full::from(output[end + 4..].to_vec()))?)
}
