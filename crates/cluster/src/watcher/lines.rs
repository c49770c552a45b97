//! The lines of an answer that is still coming.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use kube::client::Body;

/// Longest silence of a watch: the server ends it after five minutes anyway.
const SILENCE: Duration = Duration::from_secs(330);

pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// How far the buffer is known to hold no end of line.
    searched: usize,
}

impl Lines {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            searched: 0,
        }
    }

    /// The next line; `None` where the answer ends or breaks off.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(at) = self.buffer[self.searched..]
                .iter()
                .position(|byte| *byte == b'\n')
            {
                let line = self.buffer.split_to(self.searched + at + 1).freeze();
                self.searched = 0;
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Some(line);
            }
            self.searched = self.buffer.len();
            match tokio::time::timeout(SILENCE, self.body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Ok(Some(Err(error))) => {
                    tracing::debug!(%error, "a watch broke off");
                    return None;
                }
                Ok(None) | Err(_) => return None,
            }
        }
    }
}
