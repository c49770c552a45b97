//! A browser of sorts: says exactly what it is told to, and nothing by itself.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    /// The cookie that it sets, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let line = self.header("set-cookie");
        line.split(';').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in\n{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in\n{}", self.body);
        self
    }
}

/// Sends a request whose headers are `lines`, and reads the whole answer.
pub(crate) async fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    lines: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut stream = open(to, method, path, lines, body).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// Sends a request, and leaves the answer to be read.
pub(crate) async fn open(
    to: SocketAddr,
    method: &str,
    path: &str,
    lines: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !lines.iter().any(|(name, _)| *name == "Host") {
        text.push_str(&format!("Host: {to}\r\n"));
    }
    for (name, value) in lines {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream
        .write_all(format!("{text}\r\n{body}").as_bytes())
        .await
        .unwrap();
    stream
}

/// A browser with a cookie.
pub(crate) async fn get_as(to: SocketAddr, cookie: &str, path: &str) -> Answer {
    send(to, "GET", path, &[("Cookie", cookie)], "").await
}

/// Sends a form of a page of ours, with a cookie.
pub(crate) async fn submit_as(to: SocketAddr, cookie: &str, path: &str, form: &str) -> Answer {
    let origin = format!("http://{to}");
    let lines = [
        ("Origin", &*origin),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Cookie", cookie),
    ];
    send(to, "POST", path, &lines, form).await
}

/// The token of the first form of a page.
pub(crate) fn form_token(page: &Answer) -> String {
    let (_, rest) = page
        .body
        .split_once("name=\"token\" value=\"")
        .expect("the page has a form with a token");
    rest.split_once('"').unwrap().0.to_owned()
}

pub(crate) async fn get(to: SocketAddr, path: &str) -> Answer {
    send(to, "GET", path, &[], "").await
}

/// Sends a form as a browser would send it from a page of ours.
pub(crate) async fn submit(to: SocketAddr, path: &str, form: &str) -> Answer {
    let origin = format!("http://{to}");
    let lines = [
        ("Origin", &*origin),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    send(to, "POST", path, &lines, form).await
}
