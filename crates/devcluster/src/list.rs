//! Many objects at once, whole or in pages.
//!
//! A continue token names the version of the first page, and later pages are taken from that version, so that a
//! paged list is consistent.
//!
//! **Start at** [`Api::list`].

use crate::{
    api::Api,
    request::Query,
    resource::Resource,
    selector::Selector,
    status_error::{ApiError, FieldError},
    store::{Forgotten, Key, Snapshot},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::sync::Arc;

/// What a list is limited to.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListOptions {
    /// Only these objects.
    pub(crate) selector: Selector,
    /// At most so many; 0 is all.
    pub(crate) limit: usize,
    /// Where the page before ended.
    pub(crate) token: Option<String>,
    /// The version asked for.
    pub(crate) version: Option<u64>,
    /// Exactly that version, and no newer one.
    pub(crate) exact: bool,
}

/// Part of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Version of the list.
    pub(crate) version: u64,
    /// Its objects.
    pub(crate) items: Vec<Arc<Value>>,
    /// Where the next page starts.
    pub(crate) token: Option<String>,
    /// How many are left, when that is known.
    pub(crate) remaining: Option<usize>,
}

impl ListOptions {
    /// Reads the query parameters of a list.
    pub(crate) fn read(query: &Query, resource: &Resource) -> Result<Self, ApiError> {
        let (labels, fields) = (query.get("labelSelector"), query.get("fieldSelector"));
        let selector = Selector::parse(labels.unwrap_or_default(), fields.unwrap_or_default())?;
        let matching = query.get("resourceVersionMatch");
        check_matching(query, matching)?;
        selector.check(resource)?;
        let version = version(query)
            .map_err(|why| ApiError::bad_request(format!("invalid resource version: {why}")))?;
        let limit = query.number("limit")?.unwrap_or(0);
        // Without a word on matching, a limit makes the version exact, as the real server has it.
        let exact =
            matching == Some("Exact") || matching.is_none() && limit > 0 && version.is_some_and(|v| v > 0);
        Ok(Self {
            selector,
            limit: usize::try_from(limit).unwrap_or(0),
            token: query.get("continue").map(str::to_owned),
            version,
            exact,
        })
    }
}

fn check_matching(query: &Query, matching: Option<&str>) -> Result<(), ApiError> {
    const FIELD: &str = "resourceVersionMatch";
    let mut errors = Vec::new();
    let mut forbid = |why| errors.push(FieldError::forbidden(FIELD, why));
    if let Some(matching) = matching {
        let version = query.get("resourceVersion");
        if version.is_none() {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if query.get("continue").is_some() {
            forbid("resourceVersionMatch is forbidden when continue is provided");
        }
        if !["Exact", "NotOlderThan"].contains(&matching) {
            let known = ["Exact", "NotOlderThan", ""];
            errors.push(FieldError::not_supported(FIELD, &matching.into(), &known));
        }
        if matching == "Exact" && version == Some("0") {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.push(FieldError::forbidden(FIELD, why));
        }
    }
    if query.get("sendInitialEvents").is_some() {
        let why = "sendInitialEvents is forbidden for list";
        errors.push(FieldError::forbidden("sendInitialEvents", why));
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::options("ListOptions", &errors))
}

/// The query parameter `resourceVersion`; says what is wrong with it.
pub(crate) fn version(query: &Query) -> Result<Option<u64>, String> {
    let read = |text: &str| {
        text.parse().map_err(|_| {
            format!(
                "resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
            )
        })
    };
    query.get("resourceVersion").map(read).transpose()
}

impl Api {
    /// Objects of a type, in one namespace or in all.
    pub(crate) fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<Page, ApiError> {
        let (snapshot, after) = self.snapshot(resource, namespace, options)?;
        let mut items = Vec::new();
        let mut objects = snapshot
            .objects
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|last| key > last));
        let mut token = None;
        let mut last: Option<Key> = None;
        for (key, object) in objects.by_ref() {
            let object = resource.view(&object);
            if !options.selector.matches(&object) {
                continue;
            }
            last = Some(key);
            items.push(object);
            if options.limit > 0 && items.len() == options.limit {
                break;
            }
        }
        // The rest is not looked at: there may be a next page with nothing in it.
        let rest = objects.count();
        // One name is looked up as such.
        let one = options.selector.names_one() && options.token.is_none();
        if rest > 0 && !one {
            token = last.as_ref().map(|last| encode(snapshot.version, last));
        }
        // With a selector the rest is not counted, as on the real server.
        let remaining = (rest > 0 && options.selector.is_empty()).then_some(rest);
        Ok(Page {
            version: snapshot.version,
            items,
            token,
            remaining,
        })
    }

    fn snapshot(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        options: &ListOptions,
    ) -> Result<(Snapshot, Option<Key>), ApiError> {
        if let Some(token) = &options.token {
            let (version, after) = decode(token).ok_or_else(|| {
                ApiError::bad_request(
                    "invalid continue token: continue key is not valid: invalid character '\\u009e' looking for \
                     beginning of value",
                )
            })?;
            let snapshot = self.store.list_at(&resource.table, namespace, version).map_err(|_| {
                ApiError::expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start \
                     a new list without the continue parameter.",
                )
            })?;
            return Ok((snapshot, Some(after)));
        }
        let current = self.store.version();
        match options.version {
            Some(version) if version > current => Err(ApiError::too_large_version(version, current)),
            Some(version) if options.exact => {
                let snapshot = self.store.list_at(&resource.table, namespace, version);
                snapshot
                    .map(|snapshot| (snapshot, None))
                    .map_err(|oldest| too_old(version, oldest))
            }
            _ => Ok((self.store.list(&resource.table, namespace), None)),
        }
    }
}

/// The refusal of a version that is no longer kept.
#[must_use]
pub(crate) fn too_old(version: u64, Forgotten(oldest): Forgotten) -> ApiError {
    ApiError::expired(format!("too old resource version: {version} ({oldest})"))
}

fn encode(version: u64, (namespace, name): &Key) -> String {
    let start = format!("{namespace}/{name}");
    URL_SAFE_NO_PAD.encode(json!({ "v": "meta.k8s.io/v1", "rv": version, "start": start }).to_string())
}

fn decode(token: &str) -> Option<(u64, Key)> {
    let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (namespace, name) = token["start"].as_str()?.split_once('/')?;
    Some((token["rv"].as_u64()?, (namespace.into(), name.into())))
}
