//! Makes what two servers said comparable: uids, versions, times and names that a server thinks of are replaced.
//!
//! Versions of objects become their rank among all that the sequence has shown, so that equality and order are still
//! compared; uids become their number in order of appearance.
//! **Start at** [`normalise`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use regex::Regex;
use serde_json::{Map, Value, json};

use super::replay::Transcript;

/// The answers of one server as they are compared, one value per request.
pub(super) fn normalise(transcript: &Transcript) -> Vec<Value> {
    let mut facts = Facts::of(&transcript.namespace);
    for said in &transcript.said {
        let mut body = said.body.clone();
        leave_out_others(&mut body, &transcript.namespace);
        facts.gather(&body);
    }
    let rewrite = Rewrite::new(&transcript.namespace, facts);
    let answer = |said: &super::replay::Said| {
        let warnings: Vec<Value> = said
            .warnings
            .iter()
            .map(|text| rewrite.text(text).into())
            .collect();
        let mut body = said.body.clone();
        if let Value::Array(events) = &mut body {
            // How many of these come is a question of time.
            events.retain(|event| {
                event["type"] != "BOOKMARK" || event["object"]["metadata"]["annotations"].is_object()
            });
        }
        leave_out_others(&mut body, &transcript.namespace);
        rewrite.value(&mut body, "");
        in_order_of_birth(&mut body);
        json!({ "code": said.status, "warnings": warnings, "body": body })
    };
    transcript.said.iter().map(answer).collect()
}

/// Other sequences run at the same time, and what they make outside of a namespace is in lists of the whole cluster, too.
fn leave_out_others(list: &mut Value, namespace: &str) {
    let field = if list["rows"].is_array() { "rows" } else { "items" };
    let Some(items) = list.get_mut(field).and_then(Value::as_array_mut) else {
        return;
    };
    items.retain(|item| {
        let object = if item["cells"].is_array() {
            &item["object"]
        } else {
            item
        };
        let text = |field: &str| object["metadata"][field].as_str();
        let is_of_cluster = text("namespace").is_none();
        !is_of_cluster || text("name").is_none_or(|name| name.contains(namespace))
    });
}

/// Names that a server thought of put objects in an order that is a matter of chance: such neighbours of a list are put in
/// the order in which they were made.
fn in_order_of_birth(list: &mut Value) {
    let field = if list["rows"].is_array() { "rows" } else { "items" };
    let Some(items) = list.get_mut(field).and_then(Value::as_array_mut) else {
        return;
    };
    let metadata = |item: &Value| {
        let object = if item["cells"].is_array() {
            &item["object"]
        } else {
            item
        };
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        (text("namespace"), text("name"), text("uid"))
    };
    for run in items.chunk_by_mut(|a, b| {
        let (a, b) = (metadata(a), metadata(b));
        a.1.contains("<generated>") && (a.0, a.1) == (b.0, b.1)
    }) {
        run.sort_by_key(|item| {
            let (_, _, uid) = metadata(item);
            (uid.len(), uid)
        });
    }
}

/// Is it a watch that cannot begin, since the server has forgotten the version that it is to begin after?
pub(super) fn is_forgotten(answer: &Value) -> bool {
    answer["body"][0]["type"] == "ERROR" && answer["body"][0]["object"]["code"] == 410
}

/// Is it the answer of a server that does not know the type?
pub(super) fn is_gone(answer: &Value) -> bool {
    answer["body"] == "404 page not found\n"
}

struct Facts {
    namespace: String,
    versions: BTreeSet<u64>,
    uids: Vec<String>,
    /// Generated names, with their prefixes.
    names: BTreeMap<String, String>,
}

impl Facts {
    fn of(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            versions: BTreeSet::new(),
            uids: Vec::new(),
            names: BTreeMap::new(),
        }
    }

    fn gather(&mut self, value: &Value) {
        match value {
            // Its version is that of the server, not of an object.
            Value::Object(map) if map.get("type").is_some_and(|kind| kind == "BOOKMARK") => {}
            Value::Object(map) => {
                if let Some(Value::Object(metadata)) = map.get("metadata") {
                    self.metadata(metadata, is_list(map));
                }
                if let Some(uid) = map.get("uid").and_then(Value::as_str) {
                    self.uid(uid);
                }
                map.values().for_each(|value| self.gather(value));
            }
            Value::Array(list) => list.iter().for_each(|value| self.gather(value)),
            _ => {}
        }
    }

    fn metadata(&mut self, metadata: &Map<String, Value>, list: bool) {
        let text = |field: &str| metadata.get(field).and_then(Value::as_str);
        // Lists of what has no namespace show what other sequences made.
        let own = |field| text(field).is_some_and(|text| text.contains(&self.namespace));
        let is_own = own("name") || own("namespace");
        if let Some(version) = text("resourceVersion")
            .filter(|_| !list && is_own)
            .and_then(|text| text.parse().ok())
        {
            self.versions.insert(version);
        }
        if let Some(uid) = text("uid") {
            self.uid(uid);
        }
        if let (Some(name), Some(prefix)) = (text("name"), text("generateName"))
            && name.len() == prefix.len() + 5
            && name.starts_with(prefix)
        {
            self.names.insert(name.to_owned(), format!("{prefix}<generated>"));
        }
    }

    fn uid(&mut self, uid: &str) {
        if uid.len() == 36 && !self.uids.iter().any(|known| known == uid) {
            self.uids.push(uid.to_owned());
        }
    }
}

fn is_list(map: &Map<String, Value>) -> bool {
    map.contains_key("items") || map.contains_key("rows")
}

struct Rewrite<'a> {
    namespace: &'a str,
    versions: BTreeMap<String, usize>,
    uids: Vec<String>,
    names: BTreeMap<String, String>,
}

impl<'a> Rewrite<'a> {
    fn new(namespace: &'a str, facts: Facts) -> Self {
        let versions = facts.versions.iter().enumerate();
        Self {
            namespace,
            versions: versions
                .map(|(rank, version)| (version.to_string(), rank))
                .collect(),
            uids: facts.uids,
            names: facts.names,
        }
    }

    fn value(&self, value: &mut Value, field: &str) {
        match value {
            Value::Object(map) => {
                if is_list(map) {
                    hide_list(map);
                }
                if map.get("type").is_some_and(|kind| kind == "BOOKMARK")
                    && let Some(version) = map
                        .get_mut("object")
                        .and_then(|it| it.pointer_mut("/metadata/resourceVersion"))
                {
                    *version = json!("<bookmark>");
                }
                if map.contains_key("rows") {
                    hide_ages(map);
                }
                if let Some(Value::Array(entries)) = map.get_mut("managedFields") {
                    // They are sorted by time first, and two writes are within one second or not.
                    entries.sort_by_key(|entry| {
                        ["operation", "manager", "apiVersion", "subresource"]
                            .map(|field| entry[field].as_str().unwrap_or_default().to_owned())
                    });
                }
                let custom = map.get("kind").is_some_and(|kind| kind == "Widget");
                if let Some(Value::Array(causes)) = map.get_mut("causes")
                    && custom
                {
                    // A schema is gone through as Go goes through maps: in any order.
                    causes.sort_by_key(Value::to_string);
                }
                if let Some(Value::Array(causes)) = map.get_mut("causes") {
                    // Managers come in any order; the fields of each are in order.
                    causes.sort_by_key(|cause| {
                        let conflict = cause["reason"] == "FieldManagerConflict";
                        conflict.then(|| cause["message"].as_str().unwrap_or_default().to_owned())
                    });
                }
                let names: Vec<String> = map
                    .keys()
                    .filter(|name| name.contains(self.namespace))
                    .cloned()
                    .collect();
                for name in names {
                    if let Some(value) = map.remove(&name) {
                        map.insert(name.replace(self.namespace, "NS"), value);
                    }
                }
                for (name, value) in map.iter_mut() {
                    self.value(value, name);
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.value(value, field)),
            Value::String(text) => *text = self.field(field, text),
            Value::Number(number)
                if ["nodePort", "healthCheckNodePort"].contains(&field)
                    && number
                        .as_i64()
                        .is_some_and(|number| (30_000..33_768).contains(&number)) =>
            {
                *value = json!("<port>");
            }
            _ => {}
        }
    }

    fn field(&self, field: &str, text: &str) -> String {
        match field {
            "resourceVersion" => match self.versions.get(text) {
                Some(rank) => format!("<version {rank}>"),
                None if text != "0" && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    "<version>".to_owned()
                }
                None => text.to_owned(),
            },
            "continue" if !text.is_empty() => "<token>".to_owned(),
            _ => self.text(text),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.replace(self.namespace, "NS");
        for (rank, uid) in self.uids.iter().enumerate() {
            if text.contains(uid.as_str()) {
                text = text.replace(uid.as_str(), &format!("<uid {rank}>"));
            }
        }
        for (name, shown) in &self.names {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), shown);
            }
        }
        text = times().replace_all(&text, "<time>").into_owned();
        text = addresses().replace_all(&text, "<address>").into_owned();
        text = tokens()
            .replace_all(&text, "kube-api-access-<generated>")
            .into_owned();
        text = generated().replace_all(&text, "$1-<generated>").into_owned();
        text = patched()
            .replace_all(&text, "Invalid value: <the object>: ")
            .into_owned();
        text = template()
            .replace(&text, "spec.template: Invalid value: <the template>: field")
            .into_owned();
        if text.ends_with(": field is immutable") && text.starts_with("Invalid value: {") {
            text = "Invalid value: <an object>: field is immutable".to_owned();
        }
        text = shown_difference().replace(&text, "$1").into_owned();
        text = widgets()
            .replace(&text, "$1 is invalid: what the causes say")
            .into_owned();
        text = keys().replace_all(&text, "Key: <key>,").into_owned();
        text = printed()
            .replace_all(&text, "Invalid value: <the object>: ")
            .into_owned();
        text = undeclared()
            .replace_all(&text, "<some field>: field not declared in schema")
            .into_owned();
        text = ports().replace_all(&text, ":<port>/").into_owned();
        if text.contains("esource") && text.contains("ersion") {
            text = self.versions_in(&text);
        }
        text
    }

    /// Versions within sentences.
    fn versions_in(&self, text: &str) -> String {
        let shown = |found: &regex::Captures<'_>| match self.versions.get(&found[0]) {
            Some(rank) => format!("<version {rank}>"),
            None => "<number>".to_owned(),
        };
        numbers().replace_all(text, shown).into_owned()
    }
}

fn hide_list(map: &mut Map<String, Value>) {
    if let Some(Value::Object(metadata)) = map.get_mut("metadata")
        && metadata.contains_key("resourceVersion")
    {
        metadata.insert("resourceVersion".to_owned(), json!("<list>"));
    }
}

fn hide_ages(table: &mut Map<String, Value>) {
    for row in table
        .get_mut("rows")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        for cell in row["cells"].as_array_mut().into_iter().flatten() {
            if cell.as_str().is_some_and(|text| ages().is_match(text)) {
                *cell = json!("<age>");
            }
        }
    }
}

macro_rules! pattern {
    ($name:ident, $pattern:literal) => {
        fn $name() -> &'static Regex {
            static PATTERN: OnceLock<Regex> = OnceLock::new();
            PATTERN.get_or_init(|| Regex::new($pattern).expect("a pattern of ours"))
        }
    };
}

pattern!(times, r"20(2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z");
pattern!(addresses, r"\b10\.96\.\d+\.\d+\b");
pattern!(tokens, r"kube-api-access-[a-z0-9]{5}\b");
// The letters that generated names are made of, after the prefixes that sequences use.
pattern!(generated, r"\b(a|b|web)-[bcdfghjklmnpqrstvwxz2456789]{5}\b");
// What a patch has made of the object is shown whole, with its fields in the order of Go.
pattern!(patched, r#"Invalid value: "\{(\\.|[^"\\])*\}(\\n)?": "#);
// Two structs of Go are shown side by side; what follows is among the causes.
// The template of a Job is shown as the struct within the server.
pattern!(template, r"spec\.template: Invalid value: \{.*\}: field");
pattern!(
    shown_difference,
    r"(?s)(for bound claims|previously negative\)).*$"
);
// The same of the sentence that lists the causes.
pattern!(widgets, r#"(?s)^(Widget\.\S+ "[^"]*") is invalid: \[.*$"#);
// Where an object is kept in etcd.
pattern!(keys, r"Key: /[^,]*,");
pattern!(printed, r#"Invalid value: "map\[.*\]": "#);
// Of several fields that are not declared one is told, as chance has it.
pattern!(undeclared, r"\.[\w.]+: field not declared in schema");
pattern!(ports, r":3[0-2]\d{3}/");
pattern!(numbers, r"\b\d+\b");
pattern!(ages, r"^(\d+[smhd])+$");
