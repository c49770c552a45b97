//! Calls to an API server, in JSON, as a harness makes them.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::{
    client::Body,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

/// The way to the API server; cheap to clone.
#[derive(Clone)]
pub struct Api {
    client: Arc<RwLock<kube::Client>>,
}

impl Api {
    /// Connects as a kubeconfig says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open(kubeconfig: &Path) -> Result<Self> {
        let client = connect(kubeconfig).await?;
        Ok(Self {
            client: Arc::new(RwLock::new(client)),
        })
    }

    /// The server has another certificate now.
    ///
    /// # Errors
    /// When the kubeconfig cannot be read.
    pub async fn reopen(&self, kubeconfig: &Path) -> Result<()> {
        let client = connect(kubeconfig).await?;
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        Ok(())
    }

    /// Sends a request as it is.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(client.send(request).await?)
    }

    /// An object or a list, if it is there.
    ///
    /// # Errors
    /// When the server cannot or will not say.
    pub async fn get(&self, path: &str) -> Result<Option<Value>> {
        let (status, body) = self.call(Method::GET, path, None).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            _ if status.is_success() => Ok(Some(body)),
            _ => bail!("GET {path}: {status} {body}"),
        }
    }

    /// What a path answers, as text.
    ///
    /// # Errors
    /// When the server cannot or will not say.
    pub async fn text(&self, path: &str) -> Result<String> {
        let response = self.send(Request::get(path).body(Body::empty())?).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// Creates an object, unless it is there.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn create(&self, object: &Value) -> Result<()> {
        let path = collection(object)?;
        let content = Some(("application/json", object.to_string()));
        let (status, body) = self.call(Method::POST, &path, content).await?;
        if status.is_success() || status == StatusCode::CONFLICT {
            return Ok(());
        }
        bail!("POST {path}: {status} {body}")
    }

    /// Merges into an object as somebody; whether it was there.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<bool> {
        let path = format!("{path}?fieldManager=eve");
        let content = Some(("application/merge-patch+json", patch.to_string()));
        let (status, body) = self.call(Method::PATCH, &path, content).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(false),
            _ if status.is_success() => Ok(true),
            _ => bail!("PATCH {path}: {status} {body}"),
        }
    }

    /// Applies an object on the server.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn apply(&self, object: &Value, manager: &str) -> Result<()> {
        let name = object["metadata"]["name"]
            .as_str()
            .context("an object without a name")?;
        let path = format!("{}/{name}?fieldManager={manager}&force=true", collection(object)?);
        let content = Some(("application/apply-patch+yaml", object.to_string()));
        let (status, body) = self.call(Method::PATCH, &path, content).await?;
        if status.is_success() {
            return Ok(());
        }
        bail!("applying {path}: {status} {body}")
    }

    /// Deletes an object, if it is there.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.delete_as(path, None).await
    }

    /// As [`delete`](Self::delete), with a propagation policy.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn delete_as(&self, path: &str, propagation: Option<&str>) -> Result<()> {
        let options = propagation.map(|policy| {
            let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
            ("application/json", options.to_string())
        });
        let (status, body) = self.call(Method::DELETE, path, options).await?;
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        bail!("DELETE {path}: {status} {body}")
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        content: Option<(&str, String)>,
    ) -> Result<(StatusCode, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "application/json");
        let mut body = Body::empty();
        if let Some((kind, text)) = content {
            request = request.header("content-type", kind);
            body = Body::from(Bytes::from(text));
        }
        let response = self.send(request.body(body)?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok((status, body))
    }
}

async fn connect(kubeconfig: &Path) -> Result<kube::Client> {
    let file = Kubeconfig::read_from(kubeconfig)?;
    let mut config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    config.read_timeout = None;
    Ok(kube::Client::try_from(config)?)
}

/// Where objects like this one are made.
fn collection(object: &Value) -> Result<String> {
    let api = object["apiVersion"]
        .as_str()
        .context("an object without apiVersion")?;
    let root = if api.contains('/') { "/apis" } else { "/api" };
    let plural = match object["kind"].as_str().context("an object without kind")? {
        "GitRepository" => "gitrepositories".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    };
    Ok(match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{root}/{api}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{api}/{plural}"),
    })
}
