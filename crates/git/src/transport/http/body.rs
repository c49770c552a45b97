//! The bodies of requests and responses, as `gix` reads and writes them.
//!
//! `gix` asks for the response before it has written the request. So a request is sent when the first of its response
//! is read: what it says is small (what we want and have) and waits in memory until then.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{GitError, transport::Exchange};

/// A response that has begun.
pub(super) struct Started {
    pub(super) headers: String,
    pub(super) body: Box<dyn Read + Send>,
}

type Send1 = Box<dyn FnOnce(Vec<u8>) -> io::Result<Started> + Send>;

/// A response, or the request that is to bring it.
#[derive(Clone)]
pub(super) struct Awaited(Arc<Mutex<Stage>>);

enum Stage {
    Pending(Arc<Mutex<Vec<u8>>>, Send1),
    Started(Started),
    Failed,
}

/// The headers of a response, one a line.
pub(super) struct Headers {
    awaited: Awaited,
    text: Option<io::Cursor<String>>,
}

/// The body of a response.
pub(super) type ResponseBody = BufReader<RawBody>;

/// The body of a response, unbuffered.
pub(super) struct RawBody(Awaited);

/// The body of a request.
pub(super) struct PostBody(Arc<Mutex<Vec<u8>>>);

/// A body within the bounds of an exchange.
pub(super) struct Counted<R> {
    inner: R,
    exchange: Exchange,
}

impl Awaited {
    pub(super) fn started(started: Started) -> Self {
        Self(Arc::new(Mutex::new(Stage::Started(started))))
    }

    /// `send` is called with the whole body, once.
    pub(super) fn pending(send: Send1) -> (Self, PostBody) {
        let body = Arc::<Mutex<Vec<u8>>>::default();
        let stage = Stage::Pending(Arc::clone(&body), send);
        (Self(Arc::new(Mutex::new(stage))), PostBody(body))
    }

    pub(super) fn headers(&self) -> Headers {
        Headers {
            awaited: self.clone(),
            text: None,
        }
    }

    pub(super) fn body(&self) -> ResponseBody {
        BufReader::with_capacity(64 << 10, RawBody(self.clone()))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Started) -> io::Result<T>) -> io::Result<T> {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*stage, Stage::Pending(..))
            && let Stage::Pending(body, send) = std::mem::replace(&mut *stage, Stage::Failed)
        {
            let body = std::mem::take(&mut *body.lock().unwrap_or_else(PoisonError::into_inner));
            *stage = Stage::Started(send(body)?);
        }
        match &mut *stage {
            Stage::Started(started) => work(started),
            Stage::Pending(..) | Stage::Failed => Err(io::Error::other("the request failed before")),
        }
    }
}

impl Headers {
    fn text(&mut self) -> io::Result<&mut io::Cursor<String>> {
        if self.text.is_none() {
            let headers = self
                .awaited
                .with(|started| Ok(std::mem::take(&mut started.headers)))?;
            self.text = Some(io::Cursor::new(headers));
        }
        self.text.as_mut().ok_or_else(|| io::Error::other("no headers"))
    }
}

impl Read for Headers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text()?.read(buffer)
    }
}

impl BufRead for Headers {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.text()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(text) = &mut self.text {
            text.consume(amount);
        }
    }
}

impl Read for RawBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.with(|started| started.body.read(buffer))
    }
}

impl Write for PostBody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R, exchange: Exchange) -> Self {
        Self { inner, exchange }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self
            .inner
            .read(buffer)
            .map_err(|error| failure(&self.exchange, &error));
        read.and_then(|read| self.exchange.received(read).map(|()| read))
            .map_err(|error| self.exchange.fail(error))
    }
}

/// An error of the connection, as ours.
pub(super) fn failure(exchange: &Exchange, error: &io::Error) -> GitError {
    let inner = error.get_ref();
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return GitError::Tls {
            url: exchange.url().to_owned(),
            why: tls.to_string(),
        };
    }
    let timeout = inner.is_some_and(|inner| matches!(inner.downcast_ref(), Some(ureq::Error::Timeout(_))));
    if timeout || matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
        return exchange.timed_out();
    }
    exchange.network(error)
}
