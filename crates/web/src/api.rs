//! What the page shows, for programs.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use plumb_model::{ObjectId, UnitId};
use plumb_pipeline::UnitView;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{commits, fault::Fault, list, paging::Paging, row::Row, site::Site, target::Target};

/// `GET /api/v1/apps`: every app, what needs somebody first; or those that are asked for, as on the list.
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    Query(asked): Query<list::Asked>,
    Query(part): Query<Part>,
) -> Json<Value> {
    let rows = list::found(&site, &asked);
    let paging = Paging::of(&asked.page, rows.len(), part.rows.unwrap_or(rows.len().max(1)));
    let apps: Vec<Value> = rows[paging.range()].iter().map(brief).collect();
    Json(json!({"apps": apps, "total": rows.len(), "pages": paging.pages()}))
}

/// How much of a list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    /// So many on a page; all where it is not said.
    rows: Option<usize>,
}

/// `GET /api/v1/apps/KIND/NAMESPACE/NAME`: everything that is known of one.
pub(crate) async fn one(State(site): State<Arc<Site>>, target: Result<Target, Fault>) -> Response {
    match target {
        Ok(target) => Json(whole(&site, &target.id, &target.view)).into_response(),
        Err(fault) => fault.json(),
    }
}

fn brief(row: &Row) -> Value {
    let report = &row.view.report;
    json!({
        "kind": row.id.kind,
        "namespace": row.id.namespace,
        "name": row.id.name,
        "sync": report.sync,
        "health": report.health,
        "held": report.held,
        "revision": commits::shown(&row.view),
        "subject": row.told.as_ref().map(|told| &told.subject),
        "author": row.told.as_ref().map(|told| &told.author),
        "lastChange": {"at": some(row.changed_at()), "what": row.change()},
        "conditions": report.conditions.len(),
    })
}

fn whole(site: &Site, id: &UnitId, view: &Arc<UnitView>) -> Value {
    let row = Row::of(site, id.clone(), view.clone());
    let report = &view.report;
    let mut all = brief(&row);
    all["desired"] = json!(report.revision);
    all["applied"] = json!(report.applied);
    all["hold"] = json!(view.unit.as_ref().and_then(|unit| unit.hold.as_ref()));
    all["images"] = json!(report.images);
    all["reconciledAt"] = json!(some(&report.reconciled_at));
    all["source"] = json!(
        view.unit
            .as_ref()
            .map(|unit| json!({"url": unit.source.url, "path": unit.render.path}))
    );
    all["conditions"] = report
        .conditions
        .iter()
        .map(|it| json!({"kind": format!("{:?}", it.kind), "message": it.message, "since": it.since}))
        .collect();
    all["resources"] = report
        .resources
        .iter()
        .map(|it| {
            let mut resource = object(&it.id, &it.version);
            resource["sync"] = json!(it.sync);
            resource["health"] = json!(it.health);
            resource["requiresPruning"] = json!(it.requires_pruning);
            resource["drift"] = drift(it);
            resource
        })
        .collect();
    all["operation"] = json!(report.operation.as_ref().map(|it| {
        json!({
            "phase": it.phase, "message": it.message, "revision": it.revision, "startedAt": it.started_at,
            "finishedAt": it.finished_at, "cause": it.cause, "retries": it.retries,
        })
    }));
    all["history"] = report
        .history
        .iter()
        .map(|it| {
            json!({
                "id": it.id, "revision": it.revision, "startedAt": it.started_at, "deployedAt": it.deployed_at,
                "initiatedBy": it.initiated_by,
            })
        })
        .collect();
    all
}

/// The fields that drifted; of a Secret only which.
fn drift(resource: &plumb_model::ResourceReport) -> Value {
    let mut fields = json!(resource.drift);
    if resource.id.kind.kind == "Secret" && resource.id.kind.group.is_empty() {
        for field in fields.as_array_mut().into_iter().flatten() {
            for side in ["desired", "live"] {
                if !field[side].is_null() {
                    field[side] = json!("<hidden>");
                }
            }
        }
    }
    fields
}

fn object(id: &ObjectId, version: &str) -> Value {
    json!({"group": id.kind.group, "version": version, "kind": id.kind.kind, "namespace": id.namespace, "name": id.name})
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
