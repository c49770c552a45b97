//! What containers write.

use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};

use crate::{Cluster, ClusterError, kinds::escaped, wire::Call};

/// Longest time that reading one log may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is wanted of a container's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// The namespace of its Pod.
    pub namespace: String,
    /// The Pod.
    pub pod: String,
    /// The container; empty = the only one.
    pub container: String,
    /// At most so many of its last lines.
    pub tail: usize,
    /// Only what was written since this time (RFC 3339).
    pub since: Option<String>,
    /// Of the container that ran before the last restart.
    pub previous: bool,
    /// At most so many bytes.
    pub limit: usize,
}

impl Cluster {
    /// The last lines of a container's log, each begun by its time.
    ///
    /// # Errors
    /// When there is no such container, it has not begun yet, or the server cannot or will not answer.
    pub async fn log(&self, request: &LogRequest) -> Result<String, ClusterError> {
        let mut uri = format!(
            "/api/v1/namespaces/{}/pods/{}/log?timestamps=true&tailLines={}&limitBytes={}",
            escaped(&request.namespace),
            escaped(&request.pod),
            request.tail,
            request.limit,
        );
        if !request.container.is_empty() {
            uri.push_str(&format!("&container={}", escaped(&request.container)));
        }
        if let Some(since) = &request.since {
            uri.push_str(&format!("&sinceTime={}", escaped(since)));
        }
        if request.previous {
            uri.push_str("&previous=true");
        }
        let doing = format!("reading the log of Pod {}/{}", request.namespace, request.pod);
        let call = Call {
            accept: "*/*",
            ..Call::read(uri, doing)
        };
        match tokio::time::timeout(PATIENCE, self.text(&call, request.limit)).await {
            Ok(text) => text,
            Err(_) => Err(ClusterError::Timeout {
                doing: call.doing,
                after: PATIENCE,
            }),
        }
    }

    async fn text(&self, call: &Call, limit: usize) -> Result<String, ClusterError> {
        let response = self.inner.wire.open(call).await?;
        // Servers cut in the middle of a line, and old ones go a little beyond.
        let body = Limited::new(response.into_body(), limit.saturating_mul(2).max(1 << 16));
        let content = body.collect().await.map_err(|error| ClusterError::Answer {
            doing: call.doing.clone(),
            why: error.to_string(),
        })?;
        Ok(String::from_utf8_lossy(&content.to_bytes()).into_owned())
    }
}
