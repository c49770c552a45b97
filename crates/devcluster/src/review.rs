//! Resources that are only asked, never stored: access reviews, who am I, tokens, component statuses.
//!
//! **Invariant:** everything is allowed to everyone who has a client certificate; what RBAC objects say is only told to
//! who asks about others ([`rbac`]).
//! **Start at** [`answer`].

mod rbac;

use crate::{
    api::{now, now_plus},
    reply::{Reply, json},
    request::Incoming,
    resource::{Resource, table_name},
    status_error::ApiError,
    store::Store,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// The user of the client certificate.
pub(crate) const USER: &str = "kubernetes-admin";

/// Answers for the types that are never stored; `None` for all others.
#[must_use]
pub(crate) fn answer(
    resource: &Resource,
    request: &Incoming,
    store: &Store,
) -> Option<Result<Reply, ApiError>> {
    let spec = || {
        request
            .value()
            .map(|review| review["spec"].clone())
            .unwrap_or_default()
    };
    let status = match (resource.group.as_str(), resource.plural.as_str()) {
        ("authorization.k8s.io", "selfsubjectrulesreviews") => rules(),
        ("authorization.k8s.io", "subjectaccessreviews" | "localsubjectaccessreviews") => {
            let objects = |plural: &str, namespace: Option<&str>| {
                let table = table_name("rbac.authorization.k8s.io", plural);
                let found = store.list(&table, namespace).objects;
                found.into_iter().map(|(_, object)| object).collect()
            };
            json!({ "allowed": rbac::allows(&spec(), &objects) })
        }
        ("authorization.k8s.io", _) => {
            json!({ "allowed": true, "reason": "the dev cluster allows everything" })
        }
        ("authentication.k8s.io", "selfsubjectreviews") => json!({ "userInfo": user() }),
        ("authentication.k8s.io", "tokenreviews") => owner(&spec()["token"], store),
        ("", "componentstatuses") => return Some(Ok(components(resource))),
        // The old form of pods/binding; no client in use speaks it.
        ("", "bindings") => return Some(Err(ApiError::method_not_allowed())),
        _ => return None,
    };
    if request.method != Method::POST {
        return Some(Err(ApiError::method_not_allowed()));
    }
    Some(request.value().map(|mut review| {
        review["status"] = status;
        review["metadata"] = json!({ "creationTimestamp": now() });
        json(&review).with_status(StatusCode::CREATED)
    }))
}

/// Whose token it is: one that [`token`] made, of an account that is still there.
fn owner(token: &Value, store: &Store) -> Value {
    let claims = token.as_str().and_then(|token| {
        let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<Value>(&body).ok()
    });
    let claims = claims.unwrap_or_default();
    let name = claims["sub"].as_str().unwrap_or_default();
    let account = name
        .strip_prefix("system:serviceaccount:")
        .and_then(|rest| rest.split_once(':'));
    let found = account.and_then(|(namespace, account)| {
        let account = store.get(&table_name("", "serviceaccounts"), namespace, account)?;
        Some((namespace, account["metadata"]["uid"].clone()))
    });
    match found {
        Some((namespace, uid)) => json!({ "authenticated": true, "user": {
            "username": name, "uid": uid, "groups": [
                "system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated",
            ],
        } }),
        None => json!({ "authenticated": false, "error": "invalid bearer token" }),
    }
}

/// A token for a service account; nobody signs it, and its time is not minded.
#[must_use]
pub(crate) fn token(account: &Value, mut request: Value) -> Value {
    let claims = json!({
        "sub": format!("system:serviceaccount:{}:{}", word(account, "namespace"), word(account, "name")),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let seconds = request["spec"]["expirationSeconds"].as_u64().unwrap_or(3600);
    request["status"] = json!({
        "token": format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims)),
        "expirationTimestamp": now_plus(Duration::from_secs(seconds)),
    });
    request
}

fn word<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

fn user() -> Value {
    json!({ "username": USER, "groups": ["kubeadm:cluster-admins", "system:authenticated"] })
}

fn rules() -> Value {
    json!({
        "incomplete": false,
        "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }],
        "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
    })
}

fn components(resource: &Resource) -> Reply {
    json(&json!({
        "kind": resource.list_kind, "apiVersion": "v1", "metadata": {}, "items": [],
    }))
}
