//! Which of Argo CD's Secrets opens a cluster, as a kubeconfig.
//!
//! **Invariant:** what is said when a Secret is wrong names it and a field, never a value.

use plumb_model::{ClusterRef, KubeconfigText};
use serde_json::{Map, Value, json};

use crate::{
    credentials::field,
    names::{OWN_NAME, OWN_SERVER, SECRET_TYPE_LABEL},
};

/// How a cluster is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterAccess {
    /// It is the one that Plumb itself talks to.
    Own,
    /// By this document.
    Kubeconfig(KubeconfigText),
}

/// Why a cluster cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterSecretError {
    /// No Secret is about it.
    #[error(
        "cluster {cluster} is not known: create a Secret in namespace {namespace} with the label {SECRET_TYPE_LABEL}=cluster and \
         its name and server, or correct spec.destination (known: {known})"
    )]
    Unknown {
        /// As the Application names it.
        cluster: String,
        /// Where Secrets are looked for.
        namespace: String,
        /// The names of those that are there.
        known: String,
    },
    /// Several are.
    #[error(
        "cluster {cluster} is described by several Secrets: {secrets}; keep one of them, or name it by its server"
    )]
    Several {
        /// As the Application names it.
        cluster: String,
        /// Their names.
        secrets: String,
    },
    /// The Secret is wrong.
    #[error("Secret {namespace}/{name} of cluster {cluster}: {why}")]
    Wrong {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// As the Application names it.
        cluster: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
}

/// How `cluster` is reached, by the Secrets of `namespace`.
///
/// # Errors
/// When none of them is about it, several are, or the one that is cannot be used.
pub fn cluster_access(
    secrets: &[Value],
    namespace: &str,
    cluster: &ClusterRef,
) -> Result<ClusterAccess, ClusterSecretError> {
    let (key, wanted) = match cluster {
        ClusterRef::Named(name) => ("name", name.as_str()),
        ClusterRef::Server(server) => ("server", server.trim_end_matches('/')),
        ClusterRef::Own | ClusterRef::Kubeconfig { .. } => return Ok(ClusterAccess::Own),
    };
    let about =
        |secret: &&Value| field(secret, key).is_some_and(|value| value.trim_end_matches('/') == wanted);
    let all = || {
        secrets
            .iter()
            .filter(|secret| secret["metadata"]["labels"][SECRET_TYPE_LABEL] == "cluster")
    };
    let found: Vec<&Value> = all().filter(about).collect();
    let secret = match found.as_slice() {
        [] => {
            let names =
                std::iter::once(OWN_NAME.to_owned()).chain(all().filter_map(|secret| field(secret, "name")));
            let mut known: Vec<String> = names.collect();
            known.sort();
            known.dedup();
            return Err(ClusterSecretError::Unknown {
                cluster: cluster.to_string(),
                namespace: namespace.to_owned(),
                known: known.join(", "),
            });
        }
        [secret] => *secret,
        several => {
            let names: Vec<&str> = several.iter().map(|secret| name_of(secret)).collect();
            return Err(ClusterSecretError::Several {
                cluster: cluster.to_string(),
                secrets: names.join(", "),
            });
        }
    };
    kubeconfig(secret).map_err(|why| ClusterSecretError::Wrong {
        namespace: namespace.to_owned(),
        name: name_of(secret).to_owned(),
        cluster: cluster.to_string(),
        why,
    })
}

fn kubeconfig(secret: &Value) -> Result<ClusterAccess, String> {
    let server = field(secret, "server").ok_or("it has no server: add the address of the API server")?;
    if server.trim_end_matches('/') == OWN_SERVER {
        return Ok(ClusterAccess::Own);
    }
    let config = match field(secret, "config") {
        None => Value::Null,
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            format!(
                "config is not JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })?,
    };
    if !config["awsAuthConfig"].is_null() {
        return Err(
            "config.awsAuthConfig is not supported yet: use execProviderConfig with `aws eks get-token`, or a bearerToken"
                .to_owned(),
        );
    }
    let document = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster_part(&server, &config)}],
        "users": [{"name": "user", "user": user_part(&config)?}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    });
    Ok(ClusterAccess::Kubeconfig(KubeconfigText::new(
        document.to_string(),
    )))
}

fn cluster_part(server: &str, config: &Value) -> Value {
    let tls = &config["tlsClientConfig"];
    let mut part = Map::new();
    part.insert("server".to_owned(), server.into());
    if tls["insecure"] == true {
        part.insert("insecure-skip-tls-verify".to_owned(), true.into());
    }
    let fields = [
        ("tls-server-name", &tls["serverName"]),
        ("certificate-authority-data", &tls["caData"]),
        ("proxy-url", &config["proxyUrl"]),
    ];
    insert_texts(&mut part, &fields);
    Value::Object(part)
}

fn user_part(config: &Value) -> Result<Value, String> {
    let tls = &config["tlsClientConfig"];
    if tls["certData"].is_string() != tls["keyData"].is_string() {
        return Err("config.tlsClientConfig has only one of certData and keyData: give both".to_owned());
    }
    let mut part = Map::new();
    let fields = [
        ("token", &config["bearerToken"]),
        ("username", &config["username"]),
        ("password", &config["password"]),
        ("client-certificate-data", &tls["certData"]),
        ("client-key-data", &tls["keyData"]),
    ];
    insert_texts(&mut part, &fields);
    let exec = &config["execProviderConfig"];
    if !exec.is_null() {
        let env: Vec<Value> = exec["env"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        let command = exec["command"]
            .as_str()
            .ok_or("config.execProviderConfig has no command")?;
        part.insert(
            "exec".to_owned(),
            json!({
                "apiVersion": exec["apiVersion"].as_str().unwrap_or("client.authentication.k8s.io/v1beta1"),
                "command": command,
                "args": exec["args"].as_array().cloned().unwrap_or_default(),
                "env": env,
                "interactiveMode": "Never",
            }),
        );
    }
    Ok(Value::Object(part))
}

fn insert_texts(part: &mut Map<String, Value>, fields: &[(&str, &Value)]) {
    for (key, value) in fields {
        if value.as_str().is_some_and(|text| !text.is_empty()) {
            part.insert((*key).to_owned(), (*value).clone());
        }
    }
}

fn name_of(secret: &Value) -> &str {
    secret["metadata"]["name"].as_str().unwrap_or_default()
}
