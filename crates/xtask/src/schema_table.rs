//! Derives the compact table of built-in kinds from what an API server says of itself.
//!
//! Takes the OpenAPI v3 document as recorded (`openapi-v3-schemas.json.gz`: group/version -> name -> schema) and writes
//! the gzipped text that `plumb-schema` compiles in; the format is described where it is read, in that crate's
//! `types/table.rs`.
//!
//! **Invariant:** the same input gives the same bytes: types are numbered in the order of their names.
//! **Start at** [`run`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

type Definitions = BTreeMap<String, Value>;

/// Reads the recorded document in `from` and writes the table to `to`.
pub(crate) fn run(from: &Path, to: &Path) -> Result<()> {
    let source = from.join("openapi-v3-schemas.json.gz");
    let document: BTreeMap<String, Definitions> = serde_json::from_str(&unpacked(&source)?)?;
    let table = table(&definitions(document))?;
    let file = File::create(to).with_context(|| format!("creating {}", to.display()))?;
    let mut out = flate2::GzBuilder::new()
        .mtime(0)
        .write(file, flate2::Compression::best());
    out.write_all(table.as_bytes())?;
    out.finish()?;
    Ok(())
}

fn unpacked(path: &Path) -> Result<String> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text)
}

/// One definition per name; the few that differ between groups differ only in the kinds they serve.
fn definitions(document: BTreeMap<String, Definitions>) -> Definitions {
    document.into_values().flatten().collect()
}

fn table(definitions: &Definitions) -> Result<String> {
    let numbers: BTreeMap<&str, usize> = definitions
        .keys()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at + 1))
        .collect();
    let mut out = String::new();
    let mut kinds = String::new();
    for (name, schema) in definitions {
        let number = numbers[name.as_str()];
        definition(&mut out, name, schema, &numbers).with_context(|| format!("definition {name}"))?;
        let served = schema["x-kubernetes-group-version-kind"].as_array();
        // DeleteOptions, WatchEvent and Status claim a kind in every group; they are no objects of any.
        if let Some([only]) = served.map(Vec::as_slice) {
            let part = |key: &str| only[key].as_str().unwrap_or_default();
            writeln!(
                kinds,
                "K{}\t{}\t{}\t{number}",
                part("group"),
                part("version"),
                part("kind")
            )?;
        }
    }
    Ok(out + &kinds)
}

fn definition(out: &mut String, name: &str, schema: &Value, numbers: &BTreeMap<&str, usize>) -> Result<()> {
    let Some(properties) = schema["properties"].as_object() else {
        writeln!(
            out,
            "N{}",
            special(name, schema).unwrap_or_else(|| "A".to_owned())
        )?;
        return Ok(());
    };
    writeln!(
        out,
        "S{}",
        if schema["x-kubernetes-map-type"] == "atomic" {
            "a"
        } else {
            ""
        }
    )?;
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let sorted: BTreeMap<&String, &Value> = properties.iter().collect();
    for (field, schema) in sorted {
        let ty = expression(schema, numbers).with_context(|| format!("field {field}"))?;
        let (flags, default) = flags(schema, required.contains(&field.as_str()));
        let mut line = format!(".{field}\t{ty}\t{flags}");
        if let Some(default) = default {
            write!(line, "\t{default}")?;
        }
        writeln!(out, "{}", line.trim_end_matches('\t'))?;
    }
    Ok(())
}

fn flags(schema: &Value, required: bool) -> (String, Option<&Value>) {
    let mut flags = String::new();
    if required {
        flags.push('r');
    }
    let default = schema.get("default");
    let zero = default.is_some_and(is_zero);
    if zero {
        flags.push('z');
    }
    let strategy = schema["x-kubernetes-patch-strategy"].as_str().unwrap_or_default();
    for part in strategy.split(',') {
        match part {
            "merge" => flags.push('p'),
            "retainKeys" => flags.push('P'),
            "replace" => flags.push('R'),
            _ => {}
        }
    }
    if let Some(key) = schema["x-kubernetes-patch-merge-key"].as_str() {
        flags.push_str("k=");
        flags.push_str(key);
    }
    (flags, default.filter(|_| !zero))
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty(),
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
    }
}

/// Definitions that are no structs.
fn special(name: &str, schema: &Value) -> Option<String> {
    let short = name.rsplit('.').next().unwrap_or(name);
    let text = match short {
        "Quantity" => "q",
        "IntOrString" => "x",
        "Time" | "MicroTime" => "d",
        // Objects of any content; the server merges them by key.
        _ if schema["type"] == "object" => "a",
        _ => return None,
    };
    Some(text.to_owned())
}

fn expression(schema: &Value, numbers: &BTreeMap<&str, usize>) -> Result<String> {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(reference) = reference {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let number = numbers
            .get(name)
            .with_context(|| format!("unknown reference {reference}"))?;
        return Ok(format!("#{number};"));
    }
    let format = schema["format"].as_str().unwrap_or_default();
    Ok(match schema["type"].as_str().unwrap_or_default() {
        "string" if format == "byte" => "y".to_owned(),
        "string" if format == "date-time" => "d".to_owned(),
        "string" => match schema["enum"].as_array() {
            Some(values) => {
                let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                format!("e({})", values.join("|"))
            }
            None => "s".to_owned(),
        },
        "integer" if format == "int32" => "i".to_owned(),
        "integer" => "l".to_owned(),
        "number" => "n".to_owned(),
        "boolean" => "b".to_owned(),
        "array" => format!("L{}{}", list_kind(schema), expression(&schema["items"], numbers)?),
        "object" if schema["additionalProperties"].is_object() => {
            let kind = if schema["x-kubernetes-map-type"] == "atomic" {
                'a'
            } else {
                'g'
            };
            format!("M{kind}{}", expression(&schema["additionalProperties"], numbers)?)
        }
        "object" => "a".to_owned(),
        _ => "A".to_owned(),
    })
}

/// How items are told apart. Without a list type the server goes by the patch strategy.
fn list_kind(schema: &Value) -> String {
    let keys: Vec<&str> = schema["x-kubernetes-list-map-keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let merges = schema["x-kubernetes-patch-strategy"]
        .as_str()
        .is_some_and(|it| it.split(',').any(|it| it == "merge"));
    match (
        schema["x-kubernetes-list-type"].as_str(),
        schema["x-kubernetes-patch-merge-key"].as_str(),
    ) {
        (Some("set"), _) => "s".to_owned(),
        (Some("map"), _) => format!("k({})", keys.join(",")),
        (None, Some(key)) if merges => format!("k({key})"),
        (None, None) if merges => "s".to_owned(),
        _ => "a".to_owned(),
    }
}
