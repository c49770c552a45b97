//! The ledger once all faults are over: whole, with every deployment that a status tells of, and each of them once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::api::Api;

/// Looks at the ledger in `folder`.
///
/// # Errors
/// What is wrong with it.
pub(super) async fn judge(plumb: &Path, folder: &Path, admin: &Api) -> Result<()> {
    let said = ask(plumb, folder, &["verify", "--no-sources"])?;
    ensure!(said.status.success(), "{}", text(&said.stdout));
    let exported = ask(plumb, folder, &["export", "--format", "jsonl"])?;
    let records: Vec<Value> = text(&exported.stdout)
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let good: Vec<&Value> = records.iter().filter(|it| it["outcome"] == "succeeded").collect();
    let mut known: BTreeMap<String, &Value> = BTreeMap::new();
    for record in &good {
        let same = ["unit", "cause", "started"].map(|field| record[field].to_string());
        if let Some(first) = known.insert(format!("{same:?} {}", record["source"]["commit"]), record) {
            bail!("an operation is recorded twice: {first} and {record}");
        }
    }
    let recorded: BTreeSet<(&str, &str)> = good
        .iter()
        .filter_map(|record| {
            Some((
                record["unit"]["name"].as_str()?,
                record["source"]["commit"].as_str()?,
            ))
        })
        .collect();
    let path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
    let listed = admin.get(path).await?.unwrap_or_default();
    for app in listed["items"].as_array().into_iter().flatten() {
        let name = app["metadata"]["name"].as_str().unwrap_or_default();
        for entry in app["status"]["history"].as_array().into_iter().flatten() {
            let commit = entry["revision"].as_str().unwrap_or_default();
            ensure!(
                recorded.contains(&(name, commit)),
                "{name} was at {commit}, says its status, and no record of {} does",
                records.len()
            );
        }
    }
    Ok(())
}

fn ask(plumb: &Path, folder: &Path, what: &[&str]) -> Result<std::process::Output> {
    let mut command = Command::new(plumb);
    command.arg("audit").args(what).arg("--ledger").arg(folder);
    command.output().context("plumb audit does not run")
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
