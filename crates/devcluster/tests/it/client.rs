//! A client without a network.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use plumb_devcluster::{Body, DevCluster, Options};
use serde_json::{Value, json};
use std::time::Duration;

/// A cluster and the folder it lives in.
pub(crate) struct Client {
    pub(crate) cluster: DevCluster,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) body: Value,
    pub(crate) warnings: Vec<String>,
}

impl Client {
    /// A cluster whose workloads do not move.
    pub(crate) async fn still() -> Self {
        Self::start(Options {
            controllers: false,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = Options {
            directory: folder.path().to_owned(),
            ..options
        };
        let cluster = DevCluster::start(options).await.expect("the cluster starts");
        Self {
            cluster,
            _folder: folder,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "", "").await
    }

    pub(crate) async fn get_as(&self, path: &str, accept: &str) -> Answer {
        let request = Request::get(path)
            .header("accept", accept)
            .body(Bytes::new())
            .expect("a request");
        read(self.cluster.answer(request)).await
    }

    pub(crate) async fn post(&self, path: &str, object: &Value) -> Answer {
        self.call(Method::POST, path, "application/json", &object.to_string())
            .await
    }

    pub(crate) async fn put(&self, path: &str, object: &Value) -> Answer {
        self.call(Method::PUT, path, "application/json", &object.to_string())
            .await
    }

    pub(crate) async fn merge(&self, path: &str, patch: &Value) -> Answer {
        self.call(
            Method::PATCH,
            path,
            "application/merge-patch+json",
            &patch.to_string(),
        )
        .await
    }

    pub(crate) async fn apply(&self, path: &str, config: &str) -> Answer {
        self.call(Method::PATCH, path, "application/apply-patch+yaml", config)
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, "", "").await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, kind: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .header("user-agent", "it/1")
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .expect("a request");
        read(self.cluster.answer(request)).await
    }

    /// Starts a watch.
    pub(crate) fn watch(&self, path: &str) -> Watch {
        let request = Request::get(path).body(Bytes::new()).expect("a request");
        Watch {
            body: self.cluster.answer(request).into_body(),
            rest: String::new(),
        }
    }
}

async fn read(response: http::Response<Body>) -> Answer {
    let code = response.status().as_u16();
    let warnings = response.headers().get_all("warning").iter();
    let warnings = warnings
        .map(|warning| warning.to_str().expect("text").to_owned())
        .collect();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Answer { code, body, warnings }
}

/// A running watch.
pub(crate) struct Watch {
    body: Body,
    rest: String,
}

impl Watch {
    /// The next event, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((line, rest)) = self.rest.split_once('\n') {
                let event = serde_json::from_str(line).expect("an event");
                self.rest = rest.to_owned();
                return Some(event);
            }
            let frame = tokio::time::timeout(Duration::from_secs(5), self.body.frame());
            let frame = frame.await.expect("an event within five seconds")?;
            let data = frame.expect("no error").into_data().expect("data");
            self.rest.push_str(std::str::from_utf8(&data).expect("text"));
        }
    }

    /// The next event as `TYPE name`.
    pub(crate) async fn line(&mut self) -> String {
        let event = self.next().await.expect("an event");
        let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
        format!("{} {name}", event["type"].as_str().expect("a type"))
    }
}

/// A ConfigMap with one label and one entry.
pub(crate) fn config_map(name: &str, label: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "labels": { "app": label } },
        "data": { "key": "value" },
    })
}

/// Where ConfigMaps of the default namespace are.
pub(crate) const MAPS: &str = "/api/v1/namespaces/default/configmaps";
