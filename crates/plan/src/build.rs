//! Making a plan.

use std::collections::{BTreeMap, BTreeSet};

use plumb_model::{
    ClusterRef, Digest, GroupKind, Live, Object, ObjectId, Observed, Rendered, Revision, SyncStatus, Unit,
};
use plumb_schema::Schemas;

use crate::{Action, Change, Extent, Plan, Scope, Step, Verdict, drift, order};

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// The commit; `None` where the unit goes away.
    pub revision: Option<&'a Revision>,
    /// What the commit says the unit is; empty where it goes away.
    pub rendered: &'a Rendered,
    /// What the unit has in the cluster, with the version of each kind.
    pub inventory: &'a BTreeMap<ObjectId, String>,
    /// What the cluster says of all of these.
    pub observed: &'a Observed,
    /// What this pass may do.
    pub scope: Scope,
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
}

/// Decides what must change.
///
/// # Errors
/// When the commit renders to nothing and the unit does not allow that.
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
    let wanted: BTreeSet<&ObjectId> = rendered.objects.iter().map(|object| &object.id).collect();
    let left: Vec<(&ObjectId, &String)> = inventory.iter().filter(|(id, _)| !wanted.contains(id)).collect();
    if rendered.objects.is_empty() && !going_away && scope.prune && !unit.sync.allow_empty && !left.is_empty()
    {
        return Err(PlanError::EmptyRefused {
            count: left.len(),
            path: unit.render.path.clone(),
        });
    }

    let mut objects: Vec<&Object> = rendered.objects.iter().collect();
    order::sort(&mut objects);
    let mut draft = Draft::default();
    if unit.sync.create_namespace && observed.namespace_exists == Some(false) && scope.extent == Extent::Apply
    {
        draft.create_namespace(unit, &wanted);
    }
    let defined = kinds_defined_by(rendered);
    for object in objects {
        draft.consider(object, observed, unit, &defined);
    }
    draft.consider_left(&left, observed, scope);
    if scope.extent == Extent::Look {
        draft.steps.clear();
    }
    Ok(draft.finish(input))
}

#[derive(Default)]
struct Draft {
    steps: Vec<Step>,
    verdicts: Vec<Verdict>,
    stage: u32,
    place: Option<(i32, u32)>,
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
        self.steps.push(Step {
            stage: 0,
            id,
            version: "v1".to_owned(),
            action: Action::CreateNamespace,
        });
        self.stage = 1;
    }

    fn consider(&mut self, object: &Object, observed: &Observed, unit: &Unit, defined: &BTreeSet<GroupKind>) {
        if object.directives.hook {
            return;
        }
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
            judge(object, observed, unit, defined, &mut verdict)
        };
        if let Some(change) = change {
            let force = unit.sync.force || object.directives.force;
            let action = Action::Apply {
                object: Box::new(Object {
                    yielded: observed.yielded.get(&object.id).cloned(),
                    ..object.clone()
                }),
                change,
                force,
            };
            let stage = self.stage_of(object);
            let (id, version) = (object.id.clone(), object.gvk.version.clone());
            self.steps.push(Step {
                stage,
                id,
                version,
                action,
            });
        }
        self.verdicts.push(verdict);
    }

    fn consider_left(&mut self, left: &[(&ObjectId, &String)], observed: &Observed, scope: Scope) {
        let mut doomed: Vec<_> = left
            .iter()
            .filter_map(|(id, version)| Some((*id, *version, observed.objects.get(*id)?)))
            .filter(|(_, _, seen)| !matches!(seen.live, Live::Absent | Live::UnknownKind))
            .collect();
        // What was applied last goes first.
        doomed.sort_by_key(|(id, _, _)| (std::cmp::Reverse(order::rank(&id.kind.kind)), *id));
        let mut stage = self.stage;
        let mut barrier = None;
        for (id, version, seen) in doomed {
            let here = order::barrier(&id.kind.kind);
            if barrier != Some(here) {
                (stage, barrier) = (stage + 1, Some(here));
            }
            self.verdicts.push(Verdict {
                id: id.clone(),
                version: version.clone(),
                sync: SyncStatus::OutOfSync,
                drift: Vec::new(),
                requires_pruning: true,
                problem: None,
            });
            if scope.prune {
                let live = if let Live::Present { body, .. } = &seen.live {
                    Some(body.clone())
                } else {
                    None
                };
                let action = Action::Delete { live };
                self.steps.push(Step {
                    stage,
                    id: id.clone(),
                    version: version.clone(),
                    action,
                });
            }
        }
    }

    fn stage_of(&mut self, object: &Object) -> u32 {
        let place = (object.directives.wave, order::barrier(&object.id.kind.kind));
        if self.place.is_some_and(|before| before != place) {
            self.stage += 1;
        }
        self.place = Some(place);
        self.stage
    }

    fn finish(self, input: Input<'_>) -> Plan {
        let unit = input.unit;
        let cluster: ClusterRef = unit.destination.cluster.clone();
        let mut text = format!("{} {cluster} {:?}\n", unit.id, input.revision);
        for step in &self.steps {
            text.push_str(&step.canonical());
            text.push('\n');
        }
        Plan {
            unit: unit.id.clone(),
            cluster,
            revision: input.revision.cloned(),
            field_manager: unit.field_manager.clone(),
            digest: Digest::of(text.as_bytes()),
            steps: self.steps,
            verdicts: self.verdicts,
        }
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
            if !defined.contains(&object.id.kind) {
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
