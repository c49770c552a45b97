//! Makes true what an approved plan says, and decides nothing.
//!
//! Stages go one after the other, the steps of a stage at once. Before the first write, the server plays through every
//! step that can be played through; if it refuses one, nothing is written at all.
//!
//! **Invariant:** only an approved plan gets here; nothing is deleted that does not carry the unit's marks.
//! **Start at** [`Cluster::apply`]; one object: [`object`], deletions: [`remove`], kinds: [`kinds`].

mod hook;
mod kinds;
mod object;
pub(crate) mod preflight;
mod remove;
mod take_over;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use plumb_model::{ActionDone, Marks, ObjectResult, Phase};
use plumb_plan::{Action, Plan, Step};
use plumb_policy::Approved;

use crate::{Cluster, ClusterError};

/// How far an apply may go.
#[derive(Clone, Copy, Debug)]
pub struct ApplyLimits {
    /// Longest time that all of it may take.
    pub timeout: Duration,
}

/// What came of an apply.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// What became of each object that was touched or refused, in the order of the plan.
    pub results: Vec<ObjectResult>,
    /// Every step of the plan was done.
    pub complete: bool,
    /// The server refused something before anything was written; so nothing was.
    pub refused: bool,
}

/// One apply under way.
struct Run<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    marks: &'a Marks,
    deadline: Instant,
    timeout: Duration,
}

/// What was done in one step.
struct Done {
    action: ActionDone,
    message: String,
}

impl Cluster {
    /// Does what is due of the plan. A stage with a failure is the last one.
    pub async fn apply(&self, approved: &Approved<Plan>, marks: &Marks, limits: ApplyLimits) -> Applied {
        let timeout = limits.timeout;
        let run = Run {
            cluster: self,
            plan: approved.plan(),
            marks,
            deadline: Instant::now() + timeout,
            timeout,
        };
        run.all().await
    }
}

impl Run<'_> {
    async fn all(&self) -> Applied {
        let refused = self
            .in_time("asking the server about the plan", self.preflight())
            .await;
        match refused {
            Ok(refused) if refused.is_empty() => {}
            Ok(results) => {
                return Applied {
                    results,
                    complete: false,
                    refused: true,
                };
            }
            Err(error) => {
                let results = self
                    .plan
                    .due()
                    .iter()
                    .take(1)
                    .map(|step| failed(step, &error))
                    .collect();
                return Applied {
                    results,
                    complete: false,
                    refused: true,
                };
            }
        }
        let mut stages: BTreeMap<u32, Vec<&Step>> = BTreeMap::new();
        for step in self.plan.due() {
            stages.entry(step.stage).or_default().push(step);
        }
        let mut results = Vec::new();
        for steps in stages.values() {
            let before = results.len();
            let pending: Vec<_> = steps.iter().map(|step| self.step(step)).collect();
            let mut done = stream::iter(pending).buffered(self.cluster.inner.concurrency);
            while let Some(result) = done.next().await {
                results.push(result);
            }
            let failed = results[before..]
                .iter()
                .any(|result| result.action == ActionDone::Failed);
            if failed || !self.finish_kinds(steps, &mut results).await {
                return Applied {
                    results,
                    complete: false,
                    refused: false,
                };
            }
        }
        Applied {
            results,
            complete: true,
            refused: false,
        }
    }

    async fn step(&self, step: &Step) -> ObjectResult {
        let doing = format!("applying {}", step.id);
        let done = match &step.action {
            Action::CreateNamespace => self.in_time(&doing, self.create_namespace(step)).await,
            Action::Apply { object, how, .. } => {
                self.in_time(&doing, self.apply_object(step, object, *how)).await
            }
            Action::Delete { live, propagation } => {
                let removal = self.remove(step, live.as_deref(), *propagation);
                self.in_time(&doing, removal).await
            }
            Action::RunHook {
                object,
                exists,
                replaces,
            } => {
                let run = self.run_hook(step, object, (*exists, replaces.as_deref()));
                self.in_time(&doing, run).await
            }
            Action::EndHook { finalizer, delete } => {
                let end = self.end_hook(step, finalizer.as_deref(), *delete);
                self.in_time(&doing, end).await
            }
        };
        match done {
            Ok(Done { action, message }) => ObjectResult {
                id: step.id.clone(),
                version: step.version.clone(),
                action,
                message,
                phase: step.phase,
                hook: step.is_of_hook().then_some(Phase::Running),
            },
            Err(error) => failed(step, &error),
        }
    }

    /// `what` within the time limit.
    async fn in_time<T>(
        &self,
        doing: &str,
        what: impl Future<Output = Result<T, ClusterError>>,
    ) -> Result<T, ClusterError> {
        let late = || ClusterError::Timeout {
            doing: doing.to_owned(),
            after: self.timeout,
        };
        tokio::time::timeout_at(self.deadline.into(), what)
            .await
            .unwrap_or_else(|_| Err(late()))
    }
}

impl Done {
    fn new(action: ActionDone, message: impl Into<String>) -> Self {
        Self {
            action,
            message: message.into(),
        }
    }
}

/// The result of a step that failed, with the place where the object was written.
fn failed(step: &Step, error: &ClusterError) -> ObjectResult {
    let message = match &step.action {
        Action::Apply { object, .. } | Action::RunHook { object, .. } => {
            format!("{}: {error}", object.origin)
        }
        _ => error.to_string(),
    };
    let hint = if is_about_fields_set_for_good(error) {
        "; once it is there these fields cannot be changed: take the change back in Git, or have the object deleted \
         and created again (force)"
    } else {
        ""
    };
    ObjectResult {
        id: step.id.clone(),
        version: step.version.clone(),
        action: ActionDone::Failed,
        message: message + hint,
        phase: step.phase,
        hook: step.is_of_hook().then_some(Phase::Failed),
    }
}

/// Whether the server refuses to change what it never changes.
fn is_about_fields_set_for_good(error: &ClusterError) -> bool {
    let ClusterError::Invalid { message, .. } = error else {
        return false;
    };
    ["immutable", "may not be changed", "for fields other than"]
        .iter()
        .any(|words| message.contains(words))
}
