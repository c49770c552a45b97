//! Reads, and requests that make no sense.
//!
//! **Start at** the methods of [`Theme`].

use serde_json::json;

use super::{
    super::request::{Body, JSON, Request},
    Kind, Theme,
};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";
const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

impl Request {
    pub(super) fn table(mut self) -> Self {
        self.accept = TABLE;
        self
    }

    pub(super) fn metadata(mut self) -> Self {
        self.accept = METADATA;
        self
    }
}

impl Theme {
    pub(super) fn get(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let request = Request::new("GET", kind.object(&name));
        match self.random.below(6) {
            0 | 1 => request.table(),
            2 => request.metadata(),
            3 => request.with("resourceVersion", "0"),
            _ => request,
        }
    }

    pub(super) fn list(&mut self, kind: &Kind) -> Request {
        let mut request = Request::new("GET", kind.collection());
        match self.random.below(5) {
            0 | 1 => request.accept = TABLE,
            2 => request.accept = METADATA_LIST,
            _ => {}
        }
        request = self.selected(request);
        if !kind.namespaced && !request.query.iter().any(|(name, _)| *name == "labelSelector") {
            // Of all that there is, only what is ours.
            request = Request::new("GET", kind.object(&self.name(kind)));
            return request;
        }
        match self.random.below(12) {
            0 | 1 => request.with("limit", "1"),
            2 => request.with("limit", "1").with("continue", "{{token}}"),
            3 => request.with("resourceVersion", "0"),
            4 => request
                .with("resourceVersion", "{{start}}")
                .with("resourceVersionMatch", "NotOlderThan"),
            5 => request
                .with("resourceVersion", "{{list}}")
                .with("resourceVersionMatch", "Exact"),
            6 => request.with("resourceVersionMatch", self.random.one(&["Exact", "Other"])),
            7 => request.with("continue", "nonsense"),
            8 => request.with("resourceVersion", "nonsense"),
            _ => request,
        }
    }

    /// Perhaps with selectors.
    fn selected(&mut self, request: Request) -> Request {
        match self.random.below(9) {
            0 => request.with(
                "labelSelector",
                self.random.one(&[
                    "app=web",
                    "app in (web,db),tier",
                    "!app",
                    "app!=web",
                    "app notin (web)",
                ]),
            ),
            1 => request.with(
                "labelSelector",
                self.random.one(&[
                    "app=",
                    "a b",
                    "app in web",
                    "=x",
                    "app=web,",
                    "app>1",
                    "-x=1",
                    "app==-x",
                ]),
            ),
            2 => request.with(
                "fieldSelector",
                self.random
                    .one(&["metadata.name=a", "metadata.name!=a", "metadata.namespace=other"]),
            ),
            3 => request.with(
                "fieldSelector",
                self.random.one(&[
                    "spec.none=1",
                    "metadata.name",
                    "status.phase=Running",
                    "type=Opaque",
                    "x=y=z",
                ]),
            ),
            _ => request,
        }
    }

    pub(super) fn watch(&mut self, kind: &Kind) -> Request {
        if !kind.namespaced {
            return self.list(kind);
        }
        let mut request = Request::new("GET", kind.collection())
            .with("watch", "true")
            .with("timeoutSeconds", "1");
        if self.random.chance(25) {
            request.accept = self.random.one(&[TABLE, METADATA]);
        }
        // What a server remembers of a new kind begins some time after its definition.
        let choices = if kind.custom { 4 } else { 8 };
        request = match self.random.below(choices) {
            0 => request.with("resourceVersion", "0"),
            1 => request,
            2 => request
                .with("sendInitialEvents", "true")
                .with("resourceVersionMatch", "NotOlderThan")
                .with("allowWatchBookmarks", "true"),
            3 => request.with("sendInitialEvents", "true"),
            4 => request.with("resourceVersion", self.random.one(&["1", "nonsense"])),
            _ => request.with("resourceVersion", "{{start}}"),
        };
        self.selected(request)
    }

    pub(super) fn delete_collection(&mut self, kind: &Kind) -> Request {
        if !kind.namespaced {
            return self.delete(kind);
        }
        let path = kind.collection();
        let request = Request::new("DELETE", path.clone());
        let request = self.selected(request);
        self.delete_options(&kind.object("a"), request)
    }

    pub(super) fn nonsense(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let path = kind.object(&name);
        let object = self.object(kind, &name);
        match self.random.below(12) {
            0 => Request::new("POST", path).body(JSON, object),
            1 => Request::new("PUT", kind.collection()).body(JSON, object),
            2 => Request::new("PATCH", path).body("text/plain", json!({})),
            3 => Request::new("PATCH", path).body(JSON, json!({})),
            4 => Request::new("POST", kind.collection()).body("text/plain", object),
            5 => Request::new("GET", format!("{path}/nothing")),
            6 => Request::new("GET", format!("{}x", kind.collection())),
            7 => {
                let mut request = Request::new("GET", path);
                request.accept = "text/html";
                request
            }
            8 | 9 => {
                let mut request = Request::new(self.random.one(&["POST", "POST", "PUT"]), kind.collection());
                if request.method == "PUT" {
                    request.path = path;
                }
                request.content = JSON;
                request.body = Body::Text(
                    self.random
                        .one(&[
                            "",
                            "{",
                            "null",
                            "[]",
                            "\"x\"",
                            "{\"kind\": 1}",
                            "{\"metadata\": []}",
                        ])
                        .to_owned(),
                );
                request
            }
            10 => Request::new("PATCH", path).body(
                self.random
                    .one(&[super::super::request::MERGE, super::super::request::JSON_PATCH]),
                json!("text"),
            ),
            _ => Request::new("GET", "/apis/nothing.example.com/v1/things"),
        }
    }
}
