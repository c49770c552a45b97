//! Where the entries of generated objects come from.

use super::Setup;
use crate::{
    error::{BuildErrorKind, Failure, Result},
    kustomization::Generator,
};

/// A key and its content.
pub(super) type Pair = (String, Vec<u8>);

/// The entries of a generator, from env files, literals and files.
pub(super) fn load(setup: &Setup<'_>, generator: &Generator) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    for path in &generator.envs {
        let (_, content) = setup.folder.load(setup.session, path)?;
        pairs.extend(env_pairs(&content).map_err(|failure| failure.prefixed("env source files"))?);
    }
    for literal in &generator.literals {
        pairs.push(literal_pair(literal).map_err(|failure| failure.prefixed("literal sources"))?);
    }
    for source in &generator.files {
        let (key, path) = file_source(source).map_err(|failure| failure.prefixed("file sources"))?;
        let (_, content) = setup.folder.load(setup.session, path)?;
        pairs.push((key.to_owned(), content.to_vec()));
    }
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in pairs.windows(2) {
        if pair[0].0 == pair[1].0 {
            let message = format!(
                "configmap {} illegally repeats the key `{}`",
                generator.name, pair[0].0
            );
            return Err(error(message));
        }
    }
    Ok(pairs)
}

/// The keys in an env file.
pub(crate) fn env_keys(text: &str) -> Result<Vec<String>> {
    Ok(env_pairs(text.as_bytes())?
        .into_iter()
        .map(|(key, _)| key)
        .collect())
}

/// The key of a literal.
pub(crate) fn literal_key(literal: &str) -> Result<String> {
    literal_pair(literal).map(|(key, _)| key)
}

fn env_pairs(content: &[u8]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (number, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line)
            .map_err(|_| error(format!("line {} has invalid utf8 bytes", number + 1)))?;
        let text = if number == 0 {
            text.trim_start_matches('\u{feff}')
        } else {
            text
        };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Ok(pairs)
}

fn literal_pair(literal: &str) -> Result<Pair> {
    let bad = || error(format!("invalid literal source {literal}, expected key=value"));
    let (key, value) = literal
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(bad)?;
    let bytes = value.as_bytes();
    let is_quoted =
        bytes.len() >= 2 && bytes[0] == bytes[bytes.len() - 1] && matches!(bytes[0], b'"' | b'\'');
    let value = if is_quoted {
        &value[1..value.len() - 1]
    } else {
        value
    };
    Ok((key.to_owned(), value.as_bytes().to_vec()))
}

/// Key and path of `key=path`, or of a path alone.
pub(crate) fn file_source(source: &str) -> Result<(&str, &str)> {
    match source.split('=').collect::<Vec<_>>()[..] {
        [path] => Ok((
            path.trim_end_matches('/').rsplit('/').next().unwrap_or(path),
            path,
        )),
        ["", path] => Err(error(format!(
            "missing key name for file path \"{path}\" in source \"{source}\""
        ))),
        [key, ""] => Err(error(format!(
            "missing file path for key name \"{key}\" in source \"{source}\""
        ))),
        [key, path] => Ok((key, path)),
        _ => Err(error(format!(
            "source \"{source}\" key name or file path contains '='"
        ))),
    }
}

fn error(message: String) -> Failure {
    BuildErrorKind::Generator(message).into()
}
