//! The configuration file: the one that `$PLUMB_CONFIG` names, else `plumb.yaml` in the working folder, else the one beside
//! the file that `$KUBECONFIG` names (the demo puts one there).
//!
//! It holds what would be tiresome to say with every command, and nothing that flags cannot say.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use plumb_git::Rewrite;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde::Deserialize;

/// The file looked for in the working folder.
const FILE: &str = "plumb.yaml";

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// URLs of repositories to take from elsewhere.
    #[serde(default)]
    rewrites: Vec<Rule>,
    /// The folder of the ledger; relative to the file's own.
    #[serde(default)]
    ledger: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    from: String,
    to: String,
}

impl Config {
    /// Reads the file, where there is one.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let named = std::env::var_os("PLUMB_CONFIG").map(PathBuf::from);
        let path = named
            .clone()
            .or_else(nearest)
            .unwrap_or_else(|| PathBuf::from(FILE));
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(error)
                .with_context(|| format!("the configuration file {} cannot be read", path.display())),
        }
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let place = || format!("configuration file {}", path.display());
        let documents = plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default())
            .with_context(place)?;
        match documents.as_slice() {
            [] => Ok(Self::default()),
            [only] => {
                let mut config: Self = serde_json::from_value(only.to_json()).with_context(place)?;
                let beside = |ledger| path.parent().unwrap_or(Path::new("")).join(ledger);
                config.ledger = config.ledger.map(beside);
                Ok(config)
            }
            more => bail!("{}: it has {} documents, one is expected", place(), more.len()),
        }
    }

    /// The folder of the ledger.
    pub(crate) fn ledger(&self) -> Option<&Path> {
        self.ledger.as_deref()
    }

    /// The rewrite rules in it.
    pub(crate) fn rewrites(self) -> impl Iterator<Item = Rewrite> {
        self.rewrites.into_iter().map(|rule| Rewrite {
            from: rule.from,
            to: rule.to,
        })
    }
}

/// The file that nobody named: in the working folder, else beside the kubeconfig.
fn nearest() -> Option<PathBuf> {
    let beside = std::env::var_os("KUBECONFIG").map(|kubeconfig| Path::new(&kubeconfig).with_file_name(FILE));
    [Some(PathBuf::from(FILE)), beside]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests;
