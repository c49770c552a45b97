//! Derives the dev cluster's discovery and table columns from what a real kube-apiserver says of itself.
//!
//! **Invariant:** the output depends on the recorded files only, and holds no descriptions: one line per resource.
//! **Absent:** schemas (the schema crate has its own tables).
//! **Start at** [`run`]; field numbers of protobuf are in [`messages`].

pub(crate) mod go_types;
pub(crate) mod messages;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::{fmt::Write as _, fs, io::Read as _, path::Path};

const HEAD: &str = "# group version resource kind singular scope verbs short categories subresources\n\
    # verbs: c create, d delete, x deletecollection, g get, l list, p patch, u update, w watch; '-' is empty\n";

/// Reads `discovery.json.gz` and `table-columns.json.gz` in `from`; writes `resources.txt` and `columns.txt` in `to`.
pub(crate) fn run(from: &Path, to: &Path) -> Result<()> {
    let discovery = read(&from.join("discovery.json.gz"))?;
    let columns = read(&from.join("table-columns.json.gz"))?;
    write(&to.join("resources.txt"), &resources(&discovery))?;
    write(&to.join("columns.txt"), &column_lines(&columns))
}

fn read(path: &Path) -> Result<Value> {
    let file = fs::File::open(path).with_context(|| format!("open {}", path.display()))?;
    let mut text = String::new();
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .with_context(|| format!("unpack {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn resources(discovery: &Value) -> String {
    let mut out = HEAD.to_owned();
    for group in list(&discovery["api"]["items"]).chain(list(&discovery["apis"]["items"])) {
        for version in list(&group["versions"]) {
            for resource in list(&version["resources"]) {
                let place = (text(&group["metadata"]["name"]), text(&version["version"]));
                resource_line(&mut out, place, resource);
            }
        }
    }
    out
}

fn resource_line(out: &mut String, (group, version): (&str, &str), resource: &Value) {
    let subresources: Vec<_> = list(&resource["subresources"]).map(subresource).collect();
    let fields = [
        dash(group),
        version,
        text(&resource["resource"]),
        text(&resource["responseKind"]["kind"]),
        text(&resource["singularResource"]),
        if resource["scope"] == "Namespaced" {
            "N"
        } else {
            "C"
        },
        &verbs(&resource["verbs"]),
        dash(&joined(&resource["shortNames"])),
        dash(&joined(&resource["categories"])),
        dash(&subresources.join(",")),
    ]
    .join(" ");
    let _ = writeln!(out, "{fields}");
}

fn subresource(item: &Value) -> String {
    let kind = &item["responseKind"];
    let (group, version) = (dash(text(&kind["group"])), dash(text(&kind["version"])));
    format!(
        "{}={group}/{version}/{}:{}",
        text(&item["subresource"]),
        text(&kind["kind"]),
        verbs(&item["verbs"])
    )
}

fn column_lines(columns: &Value) -> String {
    let mut out = "# list path, then name|type|format|priority of each column\n".to_owned();
    for (path, columns) in columns.as_object().into_iter().flatten() {
        let cells: Vec<_> = list(columns)
            .map(|c| {
                format!(
                    "{}|{}|{}|{}",
                    text(&c["name"]),
                    text(&c["type"]),
                    text(&c["format"]),
                    c["priority"]
                )
            })
            .collect();
        let _ = writeln!(out, "{path}\t{}", cells.join("\t"));
    }
    out
}

fn verbs(verbs: &Value) -> String {
    list(verbs)
        .map(|verb| {
            if verb == "deletecollection" {
                "x"
            } else {
                &text(verb)[..1]
            }
        })
        .collect()
}

fn joined(names: &Value) -> String {
    list(names).map(text).collect::<Vec<_>>().join(",")
}

/// Group, version and kind of every served resource and subresource.
fn kinds(discovery: &Value) -> std::collections::BTreeSet<(String, String, String)> {
    let mut kinds = std::collections::BTreeSet::new();
    for group in list(&discovery["api"]["items"]).chain(list(&discovery["apis"]["items"])) {
        for version in list(&group["versions"]) {
            for resource in list(&version["resources"]) {
                let name = text(&group["metadata"]["name"]).to_owned();
                let kind = text(&resource["responseKind"]["kind"]).to_owned();
                kinds.insert((name, text(&version["version"]).to_owned(), kind));
            }
        }
    }
    kinds
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
