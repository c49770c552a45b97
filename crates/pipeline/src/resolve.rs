//! First station: from a reference to a commit.

use std::{collections::BTreeMap, sync::Arc};

use base64::prelude::{BASE64_STANDARD, Engine};
use plumb_git::{Credentials, Repository};
use plumb_model::{GroupVersionKind, Reference, RequestAction, Revision, SecretRef, SourceSpec, Unit};

use crate::{Line, PassError};

/// The repository of `unit`, opened with its credentials.
///
/// # Errors
/// When it cannot be opened, or its credentials cannot be had.
pub async fn repository(line: &Line, unit: &Unit) -> Result<Arc<Repository>, PassError> {
    open_source(line, &unit.source).await
}

/// The repository of a source, opened with its credentials.
///
/// # Errors
/// When it cannot be opened, or its credentials cannot be had.
pub async fn open_source(line: &Line, source: &SourceSpec) -> Result<Arc<Repository>, PassError> {
    let credentials = credentials(line, source).await?;
    let repositories = line.repositories.clone();
    let url = source.url.clone();
    blocking(move || repositories.repository(&url, credentials.as_ref())).await
}

/// The commit that `unit` is to be at, its hold left aside.
pub(crate) async fn resolve(repository: &Arc<Repository>, unit: &Unit) -> Result<Revision, PassError> {
    let reference = reference(unit);
    let (repository, asked_for) = (repository.clone(), unit.request.is_some());
    blocking(move || {
        if asked_for {
            repository.refresh()?;
        }
        repository.resolve(&reference)
    })
    .await
}

/// Runs work that blocks where it may.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, PassError>
where
    T: Send + 'static,
    E: Send + 'static,
    PassError: From<E>,
{
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| PassError::Interrupted(error.to_string()))??)
}

fn reference(unit: &Unit) -> Reference {
    match &unit.request {
        Some(request) => match &request.action {
            RequestAction::Sync {
                revision: Some(revision),
                ..
            } => Reference::Any(revision.clone()),
            _ => unit.source.reference.clone(),
        },
        None => unit.source.reference.clone(),
    }
}

/// The credentials for a repository that `unit` reads beside its own: its own where that is the same, else what is kept
/// for the URL. Units that name their Secrets themselves reach no others.
pub(crate) async fn credentials_for(
    line: &Line,
    unit: &Unit,
    url: &str,
) -> Result<Option<Credentials>, PassError> {
    if url == unit.source.url {
        return credentials(line, &unit.source).await;
    }
    if unit.source.object.is_some() {
        return Ok(None);
    }
    let other = SourceSpec {
        url: url.to_owned(),
        credentials: None,
        ..unit.source.clone()
    };
    credentials(line, &other).await
}

/// Whether a URL leads to this machine.
pub(crate) fn is_local(url: &str) -> bool {
    url.starts_with('/') || url.starts_with("file:")
}

/// What opens a source, if anything does.
pub(crate) async fn credentials(line: &Line, source: &SourceSpec) -> Result<Option<Credentials>, PassError> {
    let Some(secret) = named_or_known(line, source).await? else {
        return Ok(None);
    };
    let failed = |why: String| PassError::Credentials {
        namespace: secret.namespace.clone(),
        name: secret.name.clone(),
        url: source.url.clone(),
        why,
    };
    let kind = GroupVersionKind::new("", "v1", "Secret");
    let found = line
        .own()
        .get(&kind, Some(&secret.namespace), &secret.name)
        .await?;
    let found =
        found.ok_or_else(|| failed("there is no such Secret: create it, or correct secretRef".to_owned()))?;
    let mut data = BTreeMap::new();
    for (key, value) in found["data"].as_object().into_iter().flatten() {
        let bytes = value.as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
        let bytes = bytes.ok_or_else(|| failed(format!("the value of {key} is not base64")))?;
        data.insert(key.clone(), bytes);
    }
    Credentials::from_secret_data(&data)
        .map(Some)
        .map_err(|error| failed(error.to_string()))
}

/// The Secret that opens a source: the one that it names, else one that is kept for its URL.
async fn named_or_known(line: &Line, source: &SourceSpec) -> Result<Option<SecretRef>, PassError> {
    if source.credentials.is_some() || source.object.is_some() || is_local(&source.url) {
        return Ok(source.credentials.clone());
    }
    let kind = GroupVersionKind::new("", "v1", "Secret");
    let place = (plumb_argo::CONTROL_NAMESPACE, plumb_argo::SECRET_TYPE_LABEL);
    let secrets = line.kept.list(line.own(), kind, place).await?;
    Ok(plumb_argo::credentials(&secrets, &source.url))
}
