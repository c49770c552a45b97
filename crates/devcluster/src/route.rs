//! Which path leads to what.
//!
//! **Invariant:** routing decides nothing about objects; it finds the type, the verb and the form, and calls.
//! **Start at** [`Front::answer`].

mod path;
mod verbs;

use crate::{
    api::Api,
    discovery, openapi,
    reply::{Reply, json},
    request::Incoming,
    request_log::RequestLog,
    status_error::ApiError,
};
use http::{Method, StatusCode, header};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// The API behind HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    /// The API.
    pub(crate) api: Arc<Api>,
    /// What was asked.
    pub(crate) log: Arc<RequestLog>,
    /// Turns true when watches must end.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Front {
    /// Answers one request.
    #[must_use]
    pub(crate) fn answer(&self, request: &Incoming) -> Reply {
        let reply = self
            .dispatch(request)
            .unwrap_or_else(|error| Reply::refusal(&error));
        self.log.record(request, reply.status);
        reply
    }

    fn dispatch(&self, request: &Incoming) -> Result<Reply, ApiError> {
        let segments: Vec<&str> = request
            .path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        match segments.as_slice() {
            [] => Ok(json(
                &json!({ "paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] }),
            )),
            ["healthz" | "livez" | "readyz", ..] => Ok(Reply::text("ok")),
            ["version"] => Ok(json(&version())),
            ["openapi", "v2"] if request.header(header::ACCEPT).contains("proto") => Ok(openapi::version_2()),
            ["openapi", rest @ ..] => {
                openapi::document(&self.api.catalog(), rest).ok_or_else(ApiError::no_resource)
            }
            ["api"] | ["api", _] | ["apis"] | ["apis", _] | ["apis", _, _] => {
                self.discovery(request, &segments)
            }
            ["apis", group, ..] if !self.api.catalog().groups().iter().any(|(name, _)| name == group) => {
                Ok(nothing())
            }
            ["api" | "apis", ..] => self.resource(request, &segments),
            _ => Ok(nothing()),
        }
    }

    fn discovery(&self, request: &Incoming, segments: &[&str]) -> Result<Reply, ApiError> {
        if request.method != Method::GET && request.method != Method::HEAD {
            return Err(ApiError::method_not_allowed());
        }
        let form = request.discovery_form();
        let catalog = self.api.catalog();
        let document = discovery::document(&catalog, segments, form).ok_or_else(ApiError::no_resource)?;
        let mut reply = json(&document);
        if let (discovery::Form::Aggregated(version), [_]) = (form, segments) {
            reply.content_type =
                format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
        }
        Ok(reply)
    }
}

/// What the real server says of paths that nothing is behind.
fn nothing() -> Reply {
    Reply::text("404 page not found\n").with_status(StatusCode::NOT_FOUND)
}

fn version() -> serde_json::Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": "v1.36.3+plumb", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "rustc", "platform": "linux/amd64",
    })
}
