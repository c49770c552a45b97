//! Who somebody is to the cluster, and what they may do there: asked of the cluster, which alone knows.
//!
//! Reviews are posted but never stored, so they count as reads.
//!
//! **Invariant:** a token is sent to the server and is in no error, no log and no answer. **Absent:** remembering what
//! the server said; that is up to the caller.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use plumb_model::GroupVersionKind;
use serde_json::{Value, json};

use crate::{
    Cluster, ClusterError,
    wire::{Call, IMPERSONATE},
};

#[cfg(test)]
mod tests;

const TOKENS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const RIGHTS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// Somebody, as the cluster knows them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name of the user.
    pub name: String,
    /// The groups that the user is in.
    pub groups: Vec<String>,
    /// The id, where the cluster told one.
    pub uid: Option<String>,
    /// What else the cluster told, which its rules may go by.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Something that somebody may or may not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// `get`, `list`, `patch`, ...
    pub verb: &'static str,
    /// The group and the name in paths, such as `apps` and `deployments`.
    pub resource: (String, String),
    /// A part of it, such as `log` of a Pod.
    pub subresource: Option<&'static str>,
    /// In this namespace; `None` = in all of them.
    pub namespace: Option<String>,
    /// This object; `None` = any.
    pub name: Option<String>,
}

impl Person {
    /// Somebody who is known by a name and groups only.
    #[must_use]
    pub fn new(name: impl Into<String>, groups: Vec<String>) -> Self {
        Self {
            name: name.into(),
            groups,
            uid: None,
            extra: BTreeMap::new(),
        }
    }

    /// The headers that make a call theirs.
    pub(crate) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, ClusterError> {
        let wrong = |what: &str| ClusterError::Config {
            why: format!("{what:?} is no name of a user, a group or a fact of one"),
        };
        let value = |text: &str| {
            // A server drops blanks around a value, and would take the name for another one.
            if text.is_empty() || text.trim() != text {
                return Err(wrong(text));
            }
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| wrong(text))
        };
        let mut headers = vec![(IMPERSONATE, value(&self.name)?)];
        for group in &self.groups {
            headers.push((HeaderName::from_static("impersonate-group"), value(group)?));
        }
        if let Some(uid) = &self.uid {
            headers.push((HeaderName::from_static("impersonate-uid"), value(uid)?));
        }
        for (key, values) in &self.extra {
            let name = format!("impersonate-extra-{}", percent(key));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(key))?;
            for text in values {
                headers.push((name.clone(), value(text)?));
            }
        }
        Ok(headers)
    }
}

impl Cluster {
    /// Whose token it is; `None` where the cluster does not accept it.
    ///
    /// # Errors
    /// When the cluster cannot be asked, or does not let us ask.
    pub async fn whose_token(&self, token: &str) -> Result<Option<Person>, ClusterError> {
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token},
        });
        let status = self.reviewed(TOKENS, &review, "asking whose token it is").await?;
        if status["authenticated"] != true {
            return Ok(None);
        }
        let user = &status["user"];
        let name = user["username"].as_str().unwrap_or_default();
        let extra = user["extra"].as_object().into_iter().flatten();
        Ok((!name.is_empty()).then(|| Person {
            name: name.to_owned(),
            groups: texts(&user["groups"]),
            uid: user["uid"]
                .as_str()
                .filter(|uid| !uid.is_empty())
                .map(str::to_owned),
            extra: extra.map(|(key, values)| (key.clone(), texts(values))).collect(),
        }))
    }

    /// Whether `person` may do something, by the cluster's own rules.
    ///
    /// # Errors
    /// When the cluster cannot be asked, or does not let us ask.
    pub async fn may(&self, person: &Person, access: &Access) -> Result<bool, ClusterError> {
        let (group, resource) = &access.resource;
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {
                "user": person.name, "groups": person.groups, "uid": person.uid, "extra": person.extra,
                "resourceAttributes": {
                    "verb": access.verb, "group": group, "resource": resource, "subresource": access.subresource,
                    "namespace": access.namespace, "name": access.name,
                },
            },
        });
        let status = self
            .reviewed(RIGHTS, &review, "asking what somebody may do")
            .await?;
        Ok(status["allowed"] == true && status["denied"] != true)
    }

    /// The group of a kind, and its name in paths.
    ///
    /// # Errors
    /// When the cluster does not serve the kind, or cannot be asked.
    pub async fn path_name(&self, kind: &GroupVersionKind) -> Result<(String, String), ClusterError> {
        let info = self.served(kind).await?;
        Ok((info.group.clone(), info.plural.clone()))
    }

    async fn reviewed(&self, uri: &str, review: &Value, doing: &str) -> Result<Value, ClusterError> {
        let call = Call {
            method: Method::POST,
            body: Some(("application/json", Bytes::from(review.to_string()))),
            // The server's words could quote the token.
            hush: true,
            ..Call::read(uri, doing)
        };
        let mut answer = self.inner.wire.send(&call).await?.body;
        Ok(answer["status"].take())
    }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A key as it is written in the name of a header: what such names cannot hold is percent-encoded.
fn percent(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&'*+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
