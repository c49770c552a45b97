//! Watch events as lines of JSON.
//!
//! **Start at** [`Encoder`].

use crate::{
    request::Form,
    resource::Resource,
    show,
    status_error::ApiError,
    store::{Change, Event},
    table,
};
use serde_json::{Value, json};
use std::{io::Write as _, sync::Arc};

/// Writes events in one form.
#[derive(Debug)]
pub(super) struct Encoder {
    resource: Arc<Resource>,
    version: String,
    form: Form,
    /// Columns are sent with the first table only.
    columns_sent: bool,
}

impl Encoder {
    pub(super) fn new(resource: Arc<Resource>, form: Form) -> Self {
        let version = resource.api_version();
        Self {
            resource,
            version,
            form,
            columns_sent: false,
        }
    }

    /// A stored change; its JSON is shared with other watches when it is shown as it is stored.
    pub(super) fn event(&mut self, out: &mut Vec<u8>, event: &Event) {
        if self.form == Form::Object && event.object["apiVersion"] == *self.version {
            line(out, event.change.as_str(), &event.json());
        } else {
            self.object(out, event.change, &self.resource.view(&event.object));
        }
    }

    /// One object.
    pub(super) fn object(&mut self, out: &mut Vec<u8>, change: Change, object: &Arc<Value>) {
        let shown = match self.form {
            Form::Object => object.to_string(),
            Form::Metadata => show::partial(object, true).to_string(),
            Form::Table | Form::FullTable => self.table(object),
        };
        line(out, change.as_str(), shown.as_bytes());
    }

    /// A mark of the version reached; `end` says that all initial objects are sent.
    pub(super) fn bookmark(&mut self, version: u64, end: bool) -> Vec<u8> {
        // Of built-in types it is an object of which nothing is set but this.
        let kind = (
            self.resource.group.as_str(),
            self.resource.version.as_str(),
            self.resource.kind.as_str(),
        );
        let mut object = crate::go::zero(kind).unwrap_or_else(|| json!({}));
        object["kind"] = self.resource.kind.as_str().into();
        object["apiVersion"] = self.version.as_str().into();
        object["metadata"] = json!({ "resourceVersion": version.to_string() });
        if ["Deployment", "StatefulSet", "ReplicaSet"].contains(&self.resource.kind.as_str()) {
            // Within the server this one is a number, not a pointer to one.
            object["spec"]["replicas"] = 0.into();
        }
        if end {
            object["metadata"]["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
            if self.resource.is("apps", "daemonsets") {
                object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = "0".into();
            }
        }
        let shown = match self.form {
            Form::Object => object.to_string(),
            Form::Metadata => show::partial(&object, true).to_string(),
            Form::Table | Form::FullTable => self.table(&Arc::new(object)),
        };
        let mut out = Vec::new();
        line(&mut out, "BOOKMARK", shown.as_bytes());
        out
    }

    /// The end of a watch that cannot go on.
    pub(super) fn error(&self, error: &ApiError) -> Vec<u8> {
        let mut out = Vec::new();
        line(&mut out, "ERROR", error.to_status().to_string().as_bytes());
        out
    }

    fn table(&mut self, object: &Arc<Value>) -> String {
        let metadata = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
        let columns = !std::mem::replace(&mut self.columns_sent, true);
        table::of(
            &self.resource,
            std::slice::from_ref(object),
            &metadata,
            (columns, self.form),
        )
        .to_string()
    }
}

fn line(out: &mut Vec<u8>, kind: &str, object: &[u8]) {
    // Writing to memory cannot fail.
    let _ = write!(out, "{{\"type\":\"{kind}\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}
