//! A sequence sent to one server, with its blanks filled in from that server's own answers.
//!
//! **Invariant:** each replay has a namespace of its own, so that replays can run side by side and again.
//! **Start at** [`replay`].

use std::{
    collections::{BTreeMap, BTreeSet},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    client::{Answer, Call, Client},
    generate::definitions::DEFINITIONS,
    request::{Body, JSON, NS, Request},
};

/// How long a definition may take to be served, or to be gone.
const SETTLED: Duration = Duration::from_secs(8);
/// How long a changed definition takes to be in force.
const IN_FORCE: Duration = Duration::from_millis(150);

/// What a server said to a request, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) warnings: Vec<String>,
    /// One value; of a watch a list of its events; of text the text.
    pub(super) body: Value,
}

/// All that a server said.
#[derive(Debug, Clone)]
pub(super) struct Transcript {
    pub(super) namespace: String,
    pub(super) said: Vec<Said>,
}

/// Lists that end a sequence, so that what is stored is compared too.
pub(super) fn last_looks(requests: &[Request]) -> Vec<Request> {
    let namespaced = format!("/namespaces/{NS}/");
    let mut paths = BTreeSet::new();
    for request in requests {
        if let Some((before, after)) = request.path.split_once(&namespaced) {
            let plural = after.split('/').next().unwrap_or_default();
            paths.insert(format!("{before}{namespaced}{plural}"));
        }
    }
    paths.into_iter().map(|path| Request::new("GET", path)).collect()
}

/// Sends all, and then looks at what there is.
pub(super) fn replay(client: &Client, requests: &[Request], namespace: &str) -> Result<Transcript> {
    let mut replay = Replay {
        client,
        namespace,
        known: BTreeMap::new(),
    };
    replay.begin()?;
    let mut said = Vec::new();
    for request in requests {
        said.push(replay.send(request)?);
    }
    replay.end(requests)?;
    Ok(Transcript {
        namespace: namespace.to_owned(),
        said,
    })
}

struct Replay<'a> {
    client: &'a Client,
    namespace: &'a str,
    /// Values of the blanks, by what stands in them.
    known: BTreeMap<String, String>,
}

impl Replay<'_> {
    /// A namespace with what a controller would put into it.
    fn begin(&mut self) -> Result<()> {
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NS } });
        let account =
            json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } });
        let manager = "kube-controller-manager";
        let accounts = format!("/api/v1/namespaces/{NS}/serviceaccounts");
        for request in [
            Request::new("POST", "/api/v1/namespaces").body(JSON, namespace),
            Request::new("POST", accounts.clone())
                .body(JSON, account)
                .with("fieldManager", manager),
        ] {
            let answer = self.call(&request)?;
            if answer.status != 201 && answer.status != 409 {
                bail!("{request}: {}", answer.body);
            }
        }
        let list = self.parsed(&Request::new("GET", accounts))?;
        let start = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        self.known.insert("start".to_owned(), start.to_owned());
        self.known.insert("list".to_owned(), start.to_owned());
        Ok(())
    }

    fn send(&mut self, request: &Request) -> Result<Said> {
        let answer = self.call(request)?;
        let said = Said {
            status: answer.status,
            warnings: answer.warnings,
            body: parse(
                &answer.body,
                request.query.iter().any(|(name, _)| *name == "watch"),
            ),
        };
        self.learn(request, &said);
        if request.path.starts_with(DEFINITIONS)
            && request.method != "GET"
            && said.status < 300
            && !request.is_dry()
        {
            self.settle(request)?;
        }
        Ok(said)
    }

    /// Remembers versions, uids and tokens.
    fn learn(&mut self, request: &Request, said: &Said) {
        let metadata = &said.body["metadata"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if said.body["items"].is_array() || said.body["rows"].is_array() && request.method == "GET" {
            if let Some(version) = text(&metadata["resourceVersion"]) {
                self.known.insert("list".to_owned(), version);
            }
            if let Some(token) = text(&metadata["continue"]) {
                self.known.insert("token".to_owned(), token);
            }
            return;
        }
        if said.status >= 300 || request.is_dry() || said.body["kind"] == "Status" {
            return;
        }
        let (Some(version), Some(uid), Some(name)) = (
            text(&metadata["resourceVersion"]),
            text(&metadata["uid"]),
            text(&metadata["name"]),
        ) else {
            return;
        };
        let mut path = request.path.trim_end_matches("/status").to_owned();
        if request.method == "POST" {
            path = format!("{path}/{}", name.replace(self.namespace, NS));
        }
        self.known.insert(format!("uid {path}"), uid);
        self.known
            .entry(format!("first {path}"))
            .or_insert_with(|| version.clone());
        self.known.insert(format!("rv {path}"), version);
    }

    /// Waits until a definition is served, or is gone.
    fn settle(&self, request: &Request) -> Result<()> {
        let name = format!("widgets.{NS}.example.com");
        let definition = Request::new("GET", format!("{DEFINITIONS}/{name}"));
        let began = Instant::now();
        if request.method != "POST" && request.method != "DELETE" {
            sleep(IN_FORCE);
        }
        loop {
            let object = self.parsed(&definition)?;
            let gone = object["kind"] == "Status";
            if request.method == "DELETE" {
                // What holds finalizers keeps the definition as well.
                if gone || began.elapsed() > Duration::from_secs(2) {
                    return Ok(());
                }
            } else if !gone && self.all_served(&object)? {
                return Ok(());
            }
            if began.elapsed() > SETTLED {
                bail!("{request}: it is not in force after {} s", SETTLED.as_secs());
            }
            sleep(Duration::from_millis(15));
        }
    }

    fn all_served(&self, definition: &Value) -> Result<bool> {
        let conditions = definition["status"]["conditions"].as_array();
        let established = conditions
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
        if !established {
            return Ok(false);
        }
        for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
            let version = version["name"].as_str().unwrap_or_default();
            let path = format!("/apis/{NS}.example.com/{version}/widgets?limit=1");
            if self.call(&Request::new("GET", path))?.status != 200 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes the definition: many of them make a server slow.
    fn end(&self, requests: &[Request]) -> Result<()> {
        if !requests
            .iter()
            .any(|request| request.path == DEFINITIONS && request.method == "POST")
        {
            return Ok(());
        }
        let path = format!("/apis/{NS}.example.com/v1/widgets");
        let list = self.parsed(&Request::new("GET", path.clone()))?;
        for object in list["items"].as_array().into_iter().flatten() {
            if object["metadata"]["finalizers"].is_array() {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let namespace = object["metadata"]["namespace"]
                    .as_str()
                    .map(|name| format!("namespaces/{name}/"))
                    .unwrap_or_default();
                let path = format!("/apis/{NS}.example.com/v1/{namespace}widgets/{name}");
                let patch = json!([{ "op": "remove", "path": "/metadata/finalizers" }]);
                self.call(&Request::new("PATCH", path).body(super::request::JSON_PATCH, patch))?;
            }
        }
        self.call(&Request::new(
            "DELETE",
            format!("{DEFINITIONS}/widgets.{NS}.example.com"),
        ))?;
        Ok(())
    }

    fn parsed(&self, request: &Request) -> Result<Value> {
        Ok(parse(&self.call(request)?.body, false))
    }

    fn call(&self, request: &Request) -> Result<Answer> {
        let mut path = self.fill(&request.path);
        for (at, (name, value)) in request.query.iter().enumerate() {
            path.push(if at == 0 && !path.contains('?') { '?' } else { '&' });
            path.push_str(&format!("{name}={}", encoded(&self.fill(value))));
        }
        self.client.send(&Call {
            method: request.method,
            path,
            accept: request.accept.to_owned(),
            content: request.content.to_owned(),
            body: match &request.body {
                Body::None => None,
                Body::Json(value) => Some(self.fill(&value.to_string())),
                Body::Text(text) => Some(text.clone()),
            },
        })
    }

    fn fill(&self, text: &str) -> String {
        let mut filled = text.replace(NS, self.namespace);
        while let Some((before, rest)) = filled.split_once("{{") {
            let Some((blank, after)) = rest.split_once("}}") else {
                break;
            };
            let blank = blank.replace(self.namespace, NS);
            let value = self.known.get(&blank).map_or("", String::as_str);
            filled = format!("{before}{value}{after}");
        }
        filled
    }
}

fn parse(text: &str, watch: bool) -> Value {
    if !watch {
        return serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    }
    let events = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let events: Result<Vec<Value>, _> = events.collect();
    match events {
        Ok(mut events) if events.len() == 1 && events[0]["type"].is_null() => events.remove(0),
        Ok(events) => events.into(),
        Err(_) => Value::from(text),
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
