//! Which unit a request is about.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::{Method, request::Parts},
};
use plumb_model::{Unit, UnitId, UnitKind};
use plumb_pipeline::UnitView;
use serde::Deserialize;

use crate::{fault::Fault, gate::Visitor, site::Site};

/// The unit that a request is about, as it is on the board.
pub(crate) struct Target {
    /// Which one.
    pub(crate) id: UnitId,
    /// What is known of it.
    pub(crate) view: Arc<UnitView>,
    /// The history entry, where the address names one.
    pub(crate) entry: Option<u64>,
}

#[derive(Deserialize)]
struct Segments {
    kind: UnitKind,
    namespace: String,
    name: String,
    #[serde(default)]
    entry: Option<u64>,
}

impl Target {
    /// What was asked for; a fault where that is not understood.
    pub(crate) fn unit(&self) -> Result<&Unit, Fault> {
        let not_understood = || {
            let conditions = &self.view.report.conditions;
            let why = conditions
                .first()
                .map_or("it has not been looked at yet", |it| it.message.as_str());
            Fault::conflict(format!("{}: {why}", self.id))
        };
        self.view.unit.as_ref().ok_or_else(not_understood)
    }
}

impl FromRequestParts<Arc<Site>> for Target {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Fault> {
        let segments = Path::<Segments>::from_request_parts(parts, site).await;
        let Path(Segments {
            kind,
            namespace,
            name,
            entry,
        }) = segments.map_err(|_| Fault::not_found(parts.uri.path()))?;
        let id = UnitId {
            kind,
            namespace,
            name,
        };
        let verb = if parts.method == Method::POST {
            "patch"
        } else {
            "get"
        };
        // Asked before the board is, so that nothing tells whether a unit is there to those who may not see it.
        let visitor = parts.extensions.get::<Arc<Visitor>>();
        let visitor = visitor.ok_or_else(|| Fault::unknown("Sign in."))?;
        if !visitor.may(site, verb, &id).await? {
            return Err(Fault::forbidden(verb, &id.to_string()));
        }
        let view = site
            .line
            .board
            .unit(&id)
            .ok_or_else(|| Fault::not_found(id.to_string()))?;
        Ok(Self { id, view, entry })
    }
}

/// The address of a unit's page.
pub(crate) fn path(id: &UnitId) -> String {
    format!(
        "/apps/{}/{}/{}",
        id.kind.word(),
        segment(&id.namespace),
        segment(&id.name)
    )
}

/// `text` as one segment or value of an address.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
