//! Answers before they become HTTP.
//!
//! **Start at** [`Reply`].

use crate::status_error::ApiError;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use serde_json::Value;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Status code.
    pub(crate) status: StatusCode,
    /// Media type.
    pub(crate) content_type: String,
    /// Warnings for whoever reads the output of a client.
    pub(crate) warnings: Vec<String>,
    /// The body.
    pub(crate) body: Body,
}

/// A body: at once, or as it comes.
#[derive(Debug)]
pub enum Body {
    /// All of it; `None` once it was sent.
    Whole(Option<Bytes>),
    /// Chunks of a watch.
    Stream(mpsc::Receiver<Bytes>),
}

/// An answer with one JSON value.
#[must_use]
pub(crate) fn json(value: &Value) -> Reply {
    Reply::json(value.to_string())
}

impl Reply {
    /// An answer with JSON text.
    #[must_use]
    pub(crate) fn json(text: String) -> Self {
        Self::new("application/json", Body::Whole(Some(text.into())))
    }

    /// An answer with plain text.
    #[must_use]
    pub(crate) fn text(text: &str) -> Self {
        Self::bytes("text/plain; charset=utf-8", text.as_bytes())
    }

    /// An answer of another media type.
    #[must_use]
    pub(crate) fn bytes(content_type: &str, bytes: &[u8]) -> Self {
        Self::new(content_type, Body::Whole(Some(Bytes::copy_from_slice(bytes))))
    }

    /// An answer that goes on.
    #[must_use]
    pub(crate) fn stream(chunks: mpsc::Receiver<Bytes>) -> Self {
        Self::new("application/json", Body::Stream(chunks))
    }

    /// A refusal.
    #[must_use]
    pub(crate) fn refusal(error: &ApiError) -> Self {
        let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if error.plain {
            return Self::text(&error.message).with_status(status);
        }
        json(&error.to_status())
            .with_status(status)
            .with_warnings(error.warnings.clone())
    }

    fn new(content_type: &str, body: Body) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: content_type.to_owned(),
            warnings: Vec::new(),
            body,
        }
    }

    /// The same with another status.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with warnings.
    #[must_use]
    pub(crate) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }

    /// As HTTP has it.
    #[must_use]
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&self.content_type) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, private"),
        );
        for warning in self.warnings {
            let text = format!("299 - {warning:?}");
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(header::WARNING, value);
            }
        }
        response
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(chunks) => chunks
                .poll_recv(context)
                .map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                http_body::SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Stream(_) => http_body::SizeHint::default(),
        }
    }
}
