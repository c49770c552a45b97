//! A small HTTP server before `git http-backend`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// What the server is to do beside serving.
#[derive(Default)]
pub(crate) struct Behaviour {
    /// The only `Authorization` that is let in.
    pub(crate) authorization: Option<String>,
    /// A path that redirects to a URL; `{port}` stands for the server's.
    pub(crate) redirect: Option<(String, String)>,
    /// Speak TLS with this.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

pub(crate) struct HttpServer {
    pub(crate) port: u16,
    /// `METHOD /path` of every request.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl HttpServer {
    /// Serves all repositories below `root`.
    pub(crate) fn start(root: &Path, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (log, root) = (Arc::clone(&requests), root.to_owned());
        let behaviour = Arc::new(behaviour);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, root, behaviour) = (Arc::clone(&log), root.clone(), Arc::clone(&behaviour));
                std::thread::spawn(move || match &behaviour.tls {
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        let mut stream = StreamOwned::new(connection, stream);
                        serve(&mut stream, port, &root, &behaviour, &log);
                        stream.conn.send_close_notify();
                        let _ = stream.flush();
                    }
                    None => {
                        let mut stream: TcpStream = stream;
                        serve(&mut stream, port, &root, &behaviour, &log);
                    }
                });
            }
        });
        Self { port, requests }
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// A CA (as PEM), and a server's settings with a certificate of it for `localhost`.
pub(crate) fn authority() -> (String, Arc<ServerConfig>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::from_params(&params, &ca_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (ca.pem(), Arc::new(config))
}

fn serve(
    stream: &mut (impl Read + Write),
    port: u16,
    root: &Path,
    behaviour: &Behaviour,
    log: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut headers: Vec<(String, String)> = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let length = header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    log.lock().unwrap().push(format!("{method} {target}"));
    let response = if behaviour
        .authorization
        .as_deref()
        .is_some_and(|wanted| wanted != header("authorization"))
    {
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    } else if let Some((from, to)) = &behaviour.redirect
        && target.starts_with(from.as_str())
    {
        let to = to.replace("{port}", &port.to_string()) + &target[from.len()..];
        format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    } else {
        backend(
            root,
            &method,
            &target,
            (header("content-type"), header("git-protocol")),
            &body,
        )
    };
    let stream = reader.into_inner();
    stream.write_all(&response).unwrap();
    stream.flush().unwrap();
}

fn backend(root: &Path, method: &str, target: &str, (kind, protocol): (&str, &str), body: &[u8]) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut child = Command::new("git")
        .args([
            "-c",
            "uploadpack.allowAnySHA1InWant=true",
            "-c",
            "http.receivepack=true",
            "http-backend",
        ])
        .env("GIT_PROJECT_ROOT", PathBuf::from(root))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", method)
        .env("CONTENT_TYPE", kind)
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("GIT_PROTOCOL", protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(body);
    let output = child.wait_with_output().unwrap().stdout;
    let end = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let body = &output[end + 4..];
    let mut response = format!(
        "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    response = response.replace(&format!("Status: {status}\r\n"), "");
    let mut response = response.into_bytes();
    response.extend_from_slice(body);
    response
}
