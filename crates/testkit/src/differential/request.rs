//! Requests as they are generated: with blanks for what only a server can tell.
//!
//! `{{ns}}` is what keeps replays apart: the namespace, part of cluster-wide names and of groups. `{{rv PATH}}`,
//! `{{first PATH}}` and `{{uid PATH}}` are the latest and the first version and the uid of the object at a path,
//! `{{start}}` the version before the first request, `{{list}}` and `{{token}}` version and continuation of the last list.
//! **Start at** [`Request`].

use std::fmt;

use serde_json::Value;

/// What stands for the namespace.
pub(super) const NS: &str = "{{ns}}";
pub(super) const JSON: &str = "application/json";
pub(super) const APPLY: &str = "application/apply-patch+yaml";
pub(super) const MERGE: &str = "application/merge-patch+json";
pub(super) const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub(super) const JSON_PATCH: &str = "application/json-patch+json";

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) accept: &'static str,
    pub(super) content: &'static str,
    pub(super) body: Body,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    None,
    Json(Value),
    Text(String),
}

impl Request {
    pub(super) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: JSON,
            content: "",
            body: Body::None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, content: &'static str, body: Value) -> Self {
        self.content = content;
        self.body = Body::Json(body);
        self
    }

    pub(super) fn is_dry(&self) -> bool {
        self.query.iter().any(|(name, _)| *name == "dryRun")
    }

    /// Is the server to think of a name?
    pub(super) fn is_named_by_server(&self) -> bool {
        matches!(&self.body, Body::Json(body) if body["metadata"]["generateName"].is_string())
    }

    /// The resource and subresource that the path names, for people: `deployments/scale`.
    pub(super) fn about(&self) -> String {
        let mut parts: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        parts.drain(..(if parts[0] == "api" { 2 } else { 3 }).min(parts.len()));
        if parts.first() == Some(&"namespaces") && parts.len() > 2 {
            parts.drain(..2);
        }
        match parts.as_slice() {
            [plural, _, sub] => format!("{plural}/{sub}"),
            [plural, ..] => (*plural).to_owned(),
            [] => self.path.clone(),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (at, (name, value)) in self.query.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        if self.accept != JSON {
            write!(f, " (as {})", self.accept)?;
        }
        match &self.body {
            Body::None => Ok(()),
            Body::Json(body) => write!(f, "\n  {}: {body}", self.content),
            Body::Text(text) => write!(f, "\n  {}: {text}", self.content),
        }
    }
}
