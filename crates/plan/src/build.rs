//! Making a plan.

use std::collections::{BTreeMap, BTreeSet};

use plumb_model::{
    ClusterRef, Digest, Directives, GroupKind, Live, Object, ObjectId, ObjectResult, Observation, Observed,
    Order, Rendered, Revision, Selected, SyncPhase, SyncStatus, Unit,
};
use plumb_schema::Schemas;
use serde_json::Value;

use crate::{
    Action, Change, Extent, How, Plan, Scope, Step, Verdict, course, drift, order, prune,
    task::{self, Rules, State, Task},
};

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// The commit; `None` where the unit goes away.
    pub revision: Option<&'a Revision>,
    /// What the commit says the unit is; of a unit that goes away, its hooks at most.
    pub rendered: &'a Rendered,
    /// What the unit has in the cluster, with the version of each kind.
    pub inventory: &'a BTreeMap<ObjectId, String>,
    /// What the cluster says of all of these.
    pub observed: &'a Observed,
    /// What this pass may do.
    pub scope: Scope,
    /// What a live object says about how to treat it.
    pub directives: fn(&Value) -> Directives,
    /// The operation that the plan is a part of; with none, there are no hooks and nothing is waited for.
    pub course: Option<Course<'a>>,
}

/// What is known of the operation that a plan is a part of.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Tells it from others: when it began (RFC 3339).
    pub id: &'a str,
    /// The same in seconds since 1970.
    pub began: i64,
    /// What was done in it so far.
    pub results: &'a [ObjectResult],
    /// It has begun already, or somebody asked for it: it goes to its end even where no object changes.
    pub underway: bool,
    /// What asks for it may be deleted.
    pub confirmed: bool,
    /// It is about these objects only; empty = all.
    pub only: &'a [Selected],
    /// Something was applied a moment ago: that an object is degraded may be from before.
    pub fresh: bool,
    /// It is to be ended, for this reason.
    pub ending: Option<&'a str>,
    /// Its hooks do not run, as in a rollback: they are about going on, and not about going back.
    pub hookless: bool,
    /// Hooks of an operation before that were still running when it ended.
    pub stale: &'a [(ObjectId, String)],
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing was rendered, and that would delete everything.
    #[error(
        "the commit renders to nothing, which would delete all {count} objects of this unit; nothing was changed: \
         if that is wanted, set allowEmpty (syncPolicy.automated.allowEmpty), else check path {path:?}"
    )]
    EmptyRefused {
        /// How many objects would go.
        count: usize,
        /// The unit's folder.
        path: String,
    },
    /// An object belongs to another unit, and that is a fault.
    #[error(
        "{object} belongs to {owner} already, and FailOnSharedResource is set; nothing was changed: take it out of one \
         of the two"
    )]
    Shared {
        /// Which one.
        object: Box<ObjectId>,
        /// Whose it is.
        owner: String,
    },
}

/// Decides what must change.
///
/// # Errors
/// When the commit renders to nothing and the unit does not allow that, or an object belongs to another unit.
pub fn plan(input: Input<'_>) -> Result<Plan, PlanError> {
    let Input {
        unit,
        rendered,
        inventory,
        observed,
        scope,
        ..
    } = input;
    let going_away = input.revision.is_none();
    let (hooks, mut objects): (Vec<&Object>, Vec<&Object>) = rendered
        .objects
        .iter()
        .partition(|object| object.directives.hook.is_some());
    let wanted: BTreeSet<&ObjectId> = rendered.objects.iter().map(|object| &object.id).collect();
    let left: Vec<(&ObjectId, &String)> = inventory.iter().filter(|(id, _)| !wanted.contains(id)).collect();
    if objects.is_empty() && !going_away && scope.prune && !unit.sync.allow_empty && !left.is_empty() {
        return Err(PlanError::EmptyRefused {
            count: left.len(),
            path: unit.render.path.clone(),
        });
    }
    order::sort(&mut objects);
    let mut draft = Draft::default();
    if unit.sync.create_namespace
        && observed.namespace_exists == Some(false)
        && scope.extent != Extent::Look
        && !going_away
    {
        draft.create_namespace(unit, &wanted);
    }
    let defined = kinds_defined_by(rendered);
    for object in &objects {
        draft.consider(object, &input, &defined)?;
    }
    let highest = objects.iter().map(|object| object.directives.wave).max();
    let (tasks, verdicts) = prune::consider(&input, &left, highest.unwrap_or_default());
    draft.tasks.extend(tasks);
    draft.verdicts.extend(verdicts);
    Ok(draft.finish(input, &hooks))
}

#[derive(Default)]
struct Draft {
    first: Vec<Step>,
    tasks: Vec<Task>,
    verdicts: Vec<Verdict>,
}

impl Draft {
    fn create_namespace(&mut self, unit: &Unit, wanted: &BTreeSet<&ObjectId>) {
        let Some(name) = &unit.destination.namespace else {
            return;
        };
        let kind = GroupKind {
            group: String::new(),
            kind: "Namespace".to_owned(),
        };
        let id = ObjectId {
            kind,
            namespace: None,
            name: name.clone(),
        };
        if wanted.contains(&id) {
            return;
        }
        self.first.push(Step {
            stage: 0,
            phase: SyncPhase::PreSync,
            id,
            version: "v1".to_owned(),
            action: Action::CreateNamespace,
        });
    }

    fn consider(
        &mut self,
        object: &Object,
        input: &Input<'_>,
        defined: &BTreeSet<GroupKind>,
    ) -> Result<(), PlanError> {
        let seen = input.observed.objects.get(&object.id);
        let mut verdict = Verdict {
            id: object.id.clone(),
            version: object.gvk.version.clone(),
            sync: SyncStatus::Synced,
            drift: Vec::new(),
            requires_pruning: false,
            problem: None,
        };
        let change = if object.directives.ignore {
            None
        } else {
            judge(object, input.observed, input.unit, defined, &mut verdict)
        };
        self.verdicts.push(verdict);
        if input.unit.sync.conduct.fail_on_shared
            && change.is_some()
            && let Some(owner) = owner(input.unit, object, seen)
        {
            return Err(PlanError::Shared {
                object: Box::new(object.id.clone()),
                owner,
            });
        }
        self.tasks.push(task_of(object, change, seen, input));
        Ok(())
    }

    fn actions(&self) -> impl Iterator<Item = &Action> {
        let first = self.first.iter().map(|step| &step.action);
        first.chain(self.tasks.iter().filter_map(|task| task.action.as_ref()))
    }

    fn finish(mut self, input: Input<'_>, hooks: &[&Object]) -> Plan {
        let unit = input.unit;
        let stale = input.course.map_or(&[][..], |course| course.stale);
        self.first
            .extend(course::let_go(stale, input.observed, &unit.sync.conduct));
        let whole = match input.scope.extent {
            Extent::Look => false,
            // What only puts back what was there is no operation with hooks.
            Extent::Heal => self.actions().any(|action| !action.is_correction()),
            Extent::Apply => self.actions().next().is_some(),
        };
        let course = input.course.filter(|course| course.underway || whole);
        let only = course.map_or(&[][..], |course| course.only);
        if !only.is_empty() {
            self.tasks
                .retain(|task| only.iter().any(|one| one.means(&task.id)));
        }
        let findings;
        let arranged = match &course {
            Some(course) => {
                let hooks = if only.is_empty() && !course.hookless {
                    hooks
                } else {
                    &[]
                };
                let told = course::run(&input, course, hooks, (self.first, self.tasks));
                findings = told.1;
                told.0
            }
            None => {
                findings = Vec::new();
                let rules = Rules {
                    order: unit.sync.conduct.order,
                    gated: false,
                };
                task::arrange(self.tasks, rules, self.first)
            }
        };
        let (mut steps, mut due, standing) = (arranged.steps, arranged.due, arranged.standing);
        if input.scope.extent == Extent::Look {
            (steps, due) = (Vec::new(), 0);
        }
        let cluster: ClusterRef = unit.destination.cluster.clone();
        let mut text = format!("{} {cluster} {:?}\n", unit.id, input.revision);
        for step in &steps {
            text.push_str(&step.canonical());
            text.push('\n');
        }
        Plan {
            unit: unit.id.clone(),
            cluster,
            revision: input.revision.cloned(),
            field_manager: unit.field_manager.clone(),
            digest: Digest::of(text.as_bytes()),
            steps,
            due,
            standing,
            findings,
            verdicts: self.verdicts,
        }
    }
}

/// The task of one object that Git wants.
fn task_of(object: &Object, change: Option<Change>, seen: Option<&Observation>, input: &Input<'_>) -> Task {
    let conduct = &input.unit.sync.conduct;
    let kind = &object.id.kind;
    let wave = match conduct.order {
        Order::Waves => object.directives.wave,
        Order::Stages => order::stage(kind),
    };
    let state = match &change {
        Some(_) => State::Due,
        None => course::state(object, seen, input.course.as_ref()),
    };
    let action = change.map(|change| Action::Apply {
        object: Box::new(Object {
            yielded: input.observed.yielded.get(&object.id).cloned(),
            ..object.clone()
        }),
        change,
        how: How {
            force: input.unit.sync.force || object.directives.force,
            replace: object.directives.replace.unwrap_or(conduct.replace),
            lenient: object.directives.lenient || conduct.lenient,
        },
    });
    Task {
        phase: SyncPhase::Sync,
        wave,
        turn: order::turn(object),
        rank: order::rank(&kind.kind),
        id: object.id.clone(),
        version: object.gvk.version.clone(),
        hook: false,
        action,
        state,
    }
}

/// The other unit that says it owns the object, where that can be seen.
fn owner(unit: &Unit, object: &Object, seen: Option<&Observation>) -> Option<String> {
    match seen.map(|seen| &seen.live) {
        Some(Live::Present { body, .. }) => unit.marks.other_owner(&object.id, body),
        _ => None,
    }
}

/// Why `object` must be applied, if it must; notes in `verdict` what is wrong with it.
fn judge(
    object: &Object,
    observed: &Observed,
    unit: &Unit,
    defined: &BTreeSet<GroupKind>,
    verdict: &mut Verdict,
) -> Option<Change> {
    let seen = observed.objects.get(&object.id);
    let out_of_sync = |verdict: &mut Verdict| verdict.sync = SyncStatus::OutOfSync;
    match seen.map(|seen| &seen.live) {
        None | Some(Live::Absent) => {
            out_of_sync(verdict);
            Some(Change::Create)
        }
        Some(Live::UnknownKind) => {
            out_of_sync(verdict);
            let tolerated = unit.sync.conduct.skip_missing_kinds || object.directives.skip_missing_kind;
            if !tolerated && !defined.contains(&object.id.kind) {
                verdict.problem = Some(format!(
                    "{}: the cluster knows no kind {} ({}): install the CustomResourceDefinition that brings it, or \
                     correct apiVersion and kind",
                    object.origin,
                    object.gvk.kind,
                    object.gvk.api_version()
                ));
            }
            Some(Change::Create)
        }
        Some(Live::Settled) => None,
        Some(_) if object.directives.create_only => None,
        Some(Live::Outdated) => {
            out_of_sync(verdict);
            Some(Change::Update)
        }
        Some(Live::Present { predicted: None, .. }) => None,
        Some(Live::Present {
            body,
            predicted: Some(predicted),
        }) => {
            let custom = observed.types.get(&object.gvk).map(|ty| ty.root());
            let ty = Schemas::builtin().kind(&object.gvk).or(custom);
            let drift = drift::fields(body, predicted, ty);
            if drift.is_empty() {
                return Some(Change::TakeOver);
            }
            out_of_sync(verdict);
            verdict.drift.clone_from(&drift);
            let ours = drift::is_applied_by(body, &unit.field_manager);
            Some(if ours {
                Change::Correct(drift)
            } else {
                Change::Update
            })
        }
        Some(Live::Failed(why)) => {
            verdict.sync = SyncStatus::Unknown;
            verdict.problem = Some(format!("{}: {why}", object.origin));
            None
        }
    }
}

fn kinds_defined_by(rendered: &Rendered) -> BTreeSet<GroupKind> {
    rendered
        .objects
        .iter()
        .filter(|object| object.id.kind.kind == "CustomResourceDefinition")
        .filter_map(|crd| {
            let group = crd.body["spec"]["group"].as_str()?.to_owned();
            let kind = crd.body["spec"]["names"]["kind"].as_str()?.to_owned();
            Some(GroupKind { group, kind })
        })
        .collect()
}
