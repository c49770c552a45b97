//! Applies one object on the server, and remembers what the server made of it.
//!
//! **Invariant:** the object is held from before the first write until its answer is remembered, so that the watch's
//! event of our own write is never taken for drift.

use std::sync::Arc;

use http::StatusCode;
use plumb_model::{ActionDone, GroupVersionKind, Object, ObjectId};
use plumb_plan::{How, Step, ignore::Ignoring};
use plumb_schema::Schemas;
use serde_json::json;

use super::{Done, Run};
use crate::{
    ClusterError,
    observe::compare::settled,
    ownership,
    place::Place,
    read, wait,
    wire::{Answer, Backoff},
    write::{self, DeleteOptions, ServerSideApply, Target},
};

/// Most tries of one object whose kind has only just come, or that others write to at the same time.
const TRIES: u32 = 6;

impl Run<'_> {
    pub(super) async fn create_namespace(&self, step: &Step) -> Result<Done, ClusterError> {
        let name = &step.id.name;
        let place = self.place_of(step).await?;
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let created = write::create(
            &self.cluster.writer,
            place.target(),
            &body,
            self.plan.field_manager(),
        )
        .await;
        let (action, message) = match created {
            Ok(_) => (ActionDone::Created, format!("namespace/{name} created")),
            Err(ClusterError::AlreadyExists { .. }) => (
                ActionDone::Unchanged,
                format!("namespace/{name} is there already"),
            ),
            Err(error) => return Err(error),
        };
        place.watched.table().created(&place.key);
        Ok(Done::new(action, message))
    }

    pub(super) async fn apply_object(
        &self,
        step: &Step,
        object: &Object,
        how: How,
    ) -> Result<Done, ClusterError> {
        let place = self.place_of(step).await?;
        let manager = self.plan.field_manager();
        let _hold = place.hold(manager);
        let (version, foreign) = self.before(&place);
        if foreign {
            self.take_over(object, &place).await?;
        }
        if how.replace {
            self.replace(object, &place).await?;
        }
        let mut answer = match self.send(object, &place, how.lenient).await {
            Err(error) if how.force && may_be_recreated(object) && may_need_recreation(&error) => {
                self.recreate(object, &place, error).await?
            }
            outcome => outcome?,
        };
        if ownership::is_foreign(&answer.body, manager) && self.take_over(object, &place).await? {
            // What had no owner on record before the first apply has one now.
            answer = Answer {
                status: answer.status,
                ..self.send(object, &place, how.lenient).await?
            };
        }
        let body = Arc::new(answer.body);
        let fields = ownership::applied(&body, manager).unwrap_or_default();
        place.learn(&body, Some(settled(object, manager, &body, fields)));
        let action = match version {
            _ if answer.status == StatusCode::CREATED => ActionDone::Created,
            Some(version) if version == ownership::version(&body) => ActionDone::Unchanged,
            _ => ActionDone::Configured,
        };
        Ok(Done::new(action, said(object, action, &answer.warnings)))
    }

    /// Where the object of a step is.
    pub(super) async fn place_of(&self, step: &Step) -> Result<Place, ClusterError> {
        let inner = &self.cluster.inner;
        let catalog = inner.kinds.known(&inner.wire, [&step.id.kind]).await?;
        let unknown = || {
            let ObjectId { kind, .. } = &step.id;
            GroupVersionKind::new(kind.group.clone(), step.version.clone(), kind.kind.clone()).to_string()
        };
        let place = self
            .cluster
            .place(&catalog, &step.id, &step.version, None)
            .ok_or_else(|| ClusterError::UnknownKind { kind: unknown() })?;
        if place.watched.info.namespaced && step.id.namespace.is_none() {
            return Err(ClusterError::Invalid {
                doing: format!("applying {}", step.id),
                message: "it names no namespace, and neither does the unit's destination".to_owned(),
            });
        }
        Ok(place)
    }

    /// The version known before the apply, and whether there are fields to take over.
    fn before(&self, place: &Place) -> (Option<u64>, bool) {
        let table = place.watched.table();
        match table.entry(&place.key).filter(|entry| entry.present) {
            Some(entry) if entry.known => (Some(entry.version), entry.foreign),
            // It is there, and nothing more is known.
            Some(_) => (None, true),
            None => (None, false),
        }
    }

    /// Applies on the server; patient with kinds that have only just come and with writers at the same time.
    pub(super) async fn send(
        &self,
        object: &Object,
        place: &Place,
        lenient: bool,
    ) -> Result<Answer, ClusterError> {
        let manager = self.plan.field_manager();
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: false,
            subresource: None,
        };
        let custom = Schemas::builtin().kind(&object.gvk).is_none();
        let mut backoff = Backoff::quick();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let at = place.target();
            let (applied, dropped) = self
                .cluster
                .declared((at.info, at.version), object.applied())
                .await?;
            let wire = &self.cluster.writer;
            let mut outcome = write::apply_checked(wire, at, &applied, how, lenient).await;
            if let Ok(answer) = &mut outcome {
                let unknown = |field: &String| {
                    format!(
                        "its definition knows no field {field:?}, which was left out: correct or remove it"
                    )
                };
                answer.warnings.extend(dropped.iter().map(unknown));
            }
            let again = match &outcome {
                Err(ClusterError::Conflict { .. }) => true,
                Err(ClusterError::NotFound { .. }) => custom,
                _ => false,
            };
            if !again || attempt == TRIES {
                return outcome;
            }
            backoff.wait(None).await;
        }
    }

    /// Writes the object as a whole, if it is there: what others added goes.
    async fn replace(&self, object: &Object, place: &Place) -> Result<(), ClusterError> {
        let (wire, at) = (&self.cluster.writer, place.target());
        let mut backoff = Backoff::quick();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Some(live) = read::get(wire, at.info, at.version, (at.namespace, at.name)).await? else {
                return Ok(());
            };
            let kind = self.cluster.type_of(at.info, at.version).await?;
            let mut body = object.body.as_ref().clone();
            Ignoring::new(object, &live, kind.root()).keep(&mut body, &live);
            body["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
            match write::replace(wire, at, &body, self.plan.field_manager()).await {
                Err(ClusterError::Conflict { .. }) if attempt < TRIES => backoff.wait(None).await,
                outcome => return outcome.map(drop),
            }
        }
    }

    /// Deletes the object and creates it again, because the server refuses to change it.
    async fn recreate(
        &self,
        object: &Object,
        place: &Place,
        error: ClusterError,
    ) -> Result<Answer, ClusterError> {
        let wire = &self.cluster.writer;
        let at @ Target {
            info,
            version,
            namespace,
            name,
        } = place.target();
        let Some(live) = read::get(wire, info, version, (namespace, name)).await? else {
            return Err(error);
        };
        let uid = live["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let options = DeleteOptions {
            propagation: Some("Background"),
            uid: Some(&uid),
            resource_version: None,
        };
        write::delete(wire, at, options).await?;
        wait::until(wire, (&place.watched.info, version), (namespace, name), |body| {
            body.is_none_or(|body| body["metadata"]["uid"] != *uid)
        })
        .await?;
        self.send(object, place, false).await
    }
}

/// Whether an object may be deleted to be created again: not one that takes others along.
fn may_be_recreated(object: &Object) -> bool {
    !matches!(
        object.id.kind.kind.as_str(),
        "Namespace" | "CustomResourceDefinition" | "PersistentVolumeClaim"
    )
}

/// Whether a refusal may be about fields that cannot change once they are set.
fn may_need_recreation(error: &ClusterError) -> bool {
    matches!(
        error,
        ClusterError::Invalid { .. } | ClusterError::Conflict { .. }
    )
}

fn said(object: &Object, action: ActionDone, warnings: &[String]) -> String {
    let group = if object.gvk.group.is_empty() {
        String::new()
    } else {
        format!(".{}", object.gvk.group)
    };
    let kind = object.gvk.kind.to_lowercase();
    let word = match action {
        ActionDone::Created => "created",
        ActionDone::Unchanged => "unchanged",
        _ => "configured",
    };
    let mut text = format!("{kind}{group}/{} {word}", object.id.name);
    for warning in warnings {
        text.push_str("; warning: ");
        text.push_str(warning);
    }
    text
}
