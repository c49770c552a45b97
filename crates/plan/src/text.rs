//! A plan as people read it: for each object, a unified diff.

use plumb_model::{Live, Observed, SyncStatus};
use serde_json::Value;

use crate::{Action, Change, Plan};

/// One object that a plan would change, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDiff {
    /// Which one.
    pub id: plumb_model::ObjectId,
    /// What is there, cleaned of what the server keeps for itself; `None` = nothing.
    pub before: Option<Value>,
    /// What would be there; `None` = nothing.
    pub after: Option<Value>,
}

/// What `plan` would change. Values of Secrets are replaced by a mark that tells only whether they differ.
#[must_use]
pub fn diff(plan: &Plan, observed: &Observed) -> Vec<ObjectDiff> {
    let mut diffs = Vec::new();
    for step in plan.steps() {
        let seen = observed.objects.get(&step.id).map(|seen| &seen.live);
        let (mut before, mut after) = match (&step.action, seen) {
            (Action::CreateNamespace, _) => (None, Some(namespace(&step.id.name))),
            (
                Action::Apply {
                    change: Change::TakeOver,
                    ..
                },
                _,
            ) => continue,
            (
                Action::Apply { .. },
                Some(Live::Present {
                    body,
                    predicted: Some(after),
                }),
            ) => (Some(cleaned(body)), Some(cleaned(after))),
            (Action::Apply { object, .. }, Some(Live::Present { body, .. })) => {
                (Some(cleaned(body)), Some(cleaned(&object.body)))
            }
            (Action::Apply { object, .. }, _) => (None, Some(cleaned(&object.body))),
            (Action::Delete { live, .. }, _) => (live.as_deref().map(cleaned), None),
            (Action::RunHook { object, .. }, _) => (None, Some(cleaned(&object.body))),
            (Action::EndHook { .. }, _) => continue,
        };
        redact(&mut before, &mut after);
        diffs.push(ObjectDiff {
            id: step.id.clone(),
            before,
            after,
        });
    }
    diffs
}

impl Plan {
    /// One line: how many objects it creates, changes and deletes.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |want: fn(&Action) -> bool| self.steps.iter().filter(|step| want(&step.action)).count();
        let created = count(|action| {
            matches!(
                action,
                Action::CreateNamespace
                    | Action::Apply {
                        change: Change::Create,
                        ..
                    }
            )
        });
        let deleted = count(|action| matches!(action, Action::Delete { .. }));
        let hooks = self.steps.iter().filter(|step| step.is_of_hook()).count();
        let changed = self.steps.len() - created - deleted - hooks;
        let unchanged = self
            .verdicts
            .iter()
            .filter(|verdict| verdict.sync == SyncStatus::Synced)
            .count();
        format!("{created} to create, {changed} to change, {deleted} to delete, {unchanged} unchanged")
    }
}

fn namespace(name: &str) -> Value {
    serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn cleaned(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in [
                "managedFields",
                "resourceVersion",
                "generation",
                "creationTimestamp",
                "uid",
            ] {
                metadata.remove(field);
            }
        }
    }
    body
}

fn redact(before: &mut Option<Value>, after: &mut Option<Value>) {
    let is_secret = |body: &Option<Value>| {
        body.as_ref()
            .is_some_and(|body| body["kind"] == "Secret" && body["apiVersion"] == "v1")
    };
    if !is_secret(before) && !is_secret(after) {
        return;
    }
    for body in [&mut *before, &mut *after].into_iter().flatten() {
        // kubectl apply keeps the whole Secret in an annotation.
        let annotations = body
            .pointer_mut("/metadata/annotations")
            .and_then(Value::as_object_mut);
        if let Some(applied) =
            annotations.and_then(|all| all.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
        {
            *applied = Value::from("<hidden>");
        }
    }
    for field in ["data", "stringData"] {
        let old = before
            .as_ref()
            .map(|body| body[field].clone())
            .unwrap_or_default();
        for (body, is_after) in [(&mut *before, false), (&mut *after, true)] {
            let Some(values) = body
                .as_mut()
                .and_then(|body| body.get_mut(field))
                .and_then(Value::as_object_mut)
            else {
                continue;
            };
            for (key, value) in values {
                let differs = is_after && old.get(key).is_some_and(|old| old != value);
                *value = Value::from(if differs { "<hidden, changed>" } else { "<hidden>" });
            }
        }
    }
}
