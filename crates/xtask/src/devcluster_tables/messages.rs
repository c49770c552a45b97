//! Derives the field numbers of Kubernetes' protobuf messages: some kubectl commands send nothing else.
//!
//! The numbers come from the `generated.proto` files of the Go modules `k8s.io/api` and `k8s.io/apimachinery` (of the
//! same release as the recorded OpenAPI), which `go mod download` puts in the module cache.
//!
//! **Invariant:** only messages that a served kind reaches are kept; one line each.
//! **Start at** [`run`].

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const HEAD: &str = "# message, then number:name:type of each field\n\
    # types: s text, b bytes, i integer, B boolean, d double, else a message; * list, % map by text; ! is inline\n";
/// Groups whose kinds no client of the dev cluster creates in this form.
const LEFT_OUT: [&str; 3] = [
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "admissionregistration.k8s.io",
];

#[derive(Debug)]
struct Field {
    number: u32,
    name: String,
    mark: &'static str,
    kind: String,
}

type Messages = BTreeMap<String, Vec<Field>>;

/// Reads `openapi-v2.json.gz` in `from` and the modules in `modules` (`$GOMODCACHE/k8s.io`); writes `messages.txt`.
pub(crate) fn run(from: &Path, modules: &Path, to: &Path) -> Result<()> {
    let openapi = super::read(&from.join("openapi-v2.json.gz"))?;
    let discovery = super::read(&from.join("discovery.json.gz"))?;
    let mut messages = Messages::new();
    for path in protos(modules)? {
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        parse(&text, &mut messages);
    }
    let mut out = HEAD.to_owned();
    for name in reached(&messages, roots(&discovery)) {
        line(&mut out, &name, &messages[&name], &openapi["definitions"]);
    }
    super::write(&to.join("messages.txt"), &out)
}

/// Every `generated.proto` below a folder.
fn protos(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(protos(&path)?);
        } else if path.file_name().is_some_and(|name| name == "generated.proto") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn parse(text: &str, messages: &mut Messages) {
    let (mut package, mut message) = (String::new(), None::<String>);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("package ") {
            package = short(name.trim_end_matches(';'));
        } else if let Some(name) = line.strip_prefix("message ") {
            let name = format!("{package}.{}", name.trim_end_matches('{').trim());
            messages.insert(name.clone(), Vec::new());
            message = Some(name);
        } else if line == "}" {
            message = None;
        } else if let Some(message) = &message
            && let Some(field) = field(line, &package)
        {
            messages.entry(message.clone()).or_default().push(field);
        }
    }
}

fn field(line: &str, package: &str) -> Option<Field> {
    let line = line.split(';').next()?;
    let (left, number) = line.rsplit_once(" = ")?;
    let (kind, name) = left.rsplit_once(' ')?;
    let (mark, kind) = if let Some(kind) = kind.strip_prefix("repeated ") {
        ("*", kind)
    } else if let Some(kind) = kind.strip_prefix("map<string, ") {
        ("%", kind.trim_end_matches('>'))
    } else {
        ("", kind.strip_prefix("optional ")?)
    };
    let kind = match kind {
        "string" => "s".to_owned(),
        "bytes" => "b".to_owned(),
        "bool" => "B".to_owned(),
        "double" => "d".to_owned(),
        "int32" | "int64" | "uint32" | "uint64" => "i".to_owned(),
        local if !local.contains('.') => format!("{package}.{local}"),
        far => short(far.trim_start_matches('.')),
    };
    Some(Field {
        number: number.trim().parse().ok()?,
        name: name.to_owned(),
        mark,
        kind,
    })
}

/// `k8s.io.api.core.v1.Pod` is `core.v1.Pod` here.
fn short(name: &str) -> String {
    ["k8s.io.api.", "k8s.io.apimachinery.pkg."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .to_owned()
}

fn roots(discovery: &Value) -> Vec<String> {
    let mut roots = vec![
        "apis.meta.v1.DeleteOptions".to_owned(),
        "autoscaling.v1.Scale".to_owned(),
    ];
    roots.extend(
        [
            "policy.v1.Eviction",
            "authentication.v1.TokenRequest",
            "core.v1.Binding",
        ]
        .map(str::to_owned),
    );
    let groups = super::list(&discovery["api"]["items"]).chain(super::list(&discovery["apis"]["items"]));
    for group in groups.filter(|group| !LEFT_OUT.contains(&super::text(&group["metadata"]["name"]))) {
        let name = super::text(&group["metadata"]["name"]);
        let folder = if name.is_empty() {
            "core"
        } else {
            name.split('.').next().unwrap_or(name)
        };
        for version in super::list(&group["versions"]) {
            for resource in super::list(&version["resources"]) {
                let kind = super::text(&resource["responseKind"]["kind"]);
                roots.push(format!("{folder}.{}.{kind}", super::text(&version["version"])));
            }
        }
    }
    roots
}

fn reached(messages: &Messages, mut todo: Vec<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while let Some(name) = todo.pop() {
        if let Some(fields) = messages.get(&name)
            && seen.insert(name)
        {
            todo.extend(fields.iter().map(|field| field.kind.clone()));
        }
    }
    seen
}

fn line(out: &mut String, name: &str, fields: &[Field], definitions: &Value) {
    let full = if name.starts_with("apis.") || name.starts_with("runtime.") || name.starts_with("api.") {
        format!("io.k8s.apimachinery.pkg.{name}")
    } else {
        format!("io.k8s.api.{name}")
    };
    let properties = definitions[&full]["properties"].as_object();
    out.push_str(name);
    for Field {
        number,
        name,
        mark,
        kind,
    } in fields
    {
        // A message that is no property in JSON: its own fields stand in its place.
        let inline = kind.len() > 1 && mark.is_empty() && properties.is_some_and(|p| !p.contains_key(name));
        let _ = write!(
            out,
            " {number}:{name}:{mark}{kind}{}",
            if inline { "!" } else { "" }
        );
    }
    out.push('\n');
}
