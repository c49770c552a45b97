//! What programs can ask, and its description as an OpenAPI document.
//!
//! **Invariant:** the addresses that are answered and those that are described are one list, so that neither lacks what
//! the other has. **Start at** [`OPERATIONS`].

mod operations;
mod schemas;

use std::sync::Arc;

use axum::{Json, Router};
use serde_json::{Map, Value, json};

pub(crate) use self::operations::{OPERATIONS, Operation};
use crate::site::Site;

/// The addresses for programs.
pub(crate) fn routes() -> Router<Arc<Site>> {
    OPERATIONS.iter().fold(Router::new(), |router, operation| {
        router.route(operation.path, (operation.handler)())
    })
}

/// `GET /api/v1/openapi.json`: the description of all of them.
pub(crate) async fn serve() -> Json<Value> {
    Json(document())
}

/// The description.
pub(crate) fn document() -> Value {
    let paths: Map<String, Value> = OPERATIONS
        .iter()
        .map(|operation| (operation.path.to_owned(), json!({"get": described(operation)})))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plumb",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the page shows, for programs. Everything here is read only; changes are asked for through the custom resources.",
        },
        "paths": paths,
        "components": {"schemas": schemas::all()},
    })
}

fn described(operation: &Operation) -> Value {
    let in_path = operation.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        let schema = if name == "kind" {
            json!({"type": "string", "enum": ["application", "kustomization"]})
        } else {
            json!({"type": "string"})
        };
        Some(json!({"name": name, "in": "path", "required": true, "schema": schema}))
    });
    let in_query = operation.asks.iter().map(
        |(name, text)| json!({"name": name, "in": "query", "description": text, "schema": {"type": "string"}}),
    );
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let refused = json!({"$ref": "#/components/schemas/Problem"});
    let schema = (operation.answer)();
    json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": {
            "200": {"description": "What was asked for.", "content": content(&schema)},
            "default": {"description": "Why it is not there.", "content": content(&refused)},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_description_is_current() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api/openapi.json");
        let now = serde_json::to_string_pretty(&document()).expect("JSON") + "\n";
        if std::env::var_os("PLUMB_BLESS").is_some() {
            std::fs::write(&file, &now).expect("it can be written");
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == now,
            "api/openapi.json is old: PLUMB_BLESS=1 cargo test -p plumb-web writes it"
        );
    }

    #[test]
    fn names_are_given_once_and_what_is_referred_to_is_there() {
        let document = document();
        let mut names: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPERATIONS.len());
        let text = document.to_string();
        for (at, start) in text.match_indices("#/components/schemas/") {
            let rest = &text[at + start.len()..];
            let name = rest.split('"').next().unwrap_or_default();
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
