//! Operations pass by pass: waves, hooks, what left Git, and how they end.

use super::*;

/// A cluster that does what it is told, as far as these tests need it.
struct Stage {
    unit: Unit,
    wanted: Vec<Object>,
    live: BTreeMap<ObjectId, Observation>,
    inventory: BTreeMap<ObjectId, String>,
    results: Vec<ObjectResult>,
    only: Vec<Selected>,
    underway: bool,
    confirmed: bool,
    fresh: bool,
    ending: Option<&'static str>,
    going_away: bool,
    extent: Extent,
}

impl Stage {
    fn new(wanted: Vec<Object>) -> Self {
        let mut unit = unit();
        unit.sync.create_namespace = false;
        Self {
            unit,
            wanted,
            live: BTreeMap::new(),
            inventory: BTreeMap::new(),
            results: Vec::new(),
            only: Vec::new(),
            underway: false,
            confirmed: false,
            fresh: false,
            ending: None,
            going_away: false,
            extent: Extent::Apply,
        }
    }

    fn plan(&self) -> Plan {
        let rendered = Rendered {
            objects: self.wanted.clone(),
            ..Rendered::default()
        };
        let observed = Observed {
            objects: self.live.clone(),
            namespace_exists: None,
            ..Observed::default()
        };
        let revision = revision('a');
        plan(Input {
            unit: &self.unit,
            revision: (!self.going_away).then_some(&revision),
            rendered: &rendered,
            inventory: &self.inventory,
            observed: &observed,
            scope: Scope {
                extent: self.extent,
                ..APPLY
            },
            directives: said,
            course: Some(Course {
                id: "2026-01-01T00:00:00Z",
                began: 1_767_225_600,
                results: &self.results,
                underway: self.underway,
                confirmed: self.confirmed,
                only: &self.only,
                fresh: self.fresh,
                ending: self.ending,
                hookless: false,
                stale: &[],
            }),
        })
        .unwrap()
    }

    /// One pass: what is due is done; what was done and what stands.
    fn pass(&mut self) -> String {
        let plan = self.plan();
        let mut lines: Vec<String> = plan.due().iter().map(|step| self.take(step)).collect();
        for finding in plan.findings() {
            self.record(
                &finding.id,
                finding.phase,
                finding.hook.then_some(finding.state),
                finding.state == Phase::Failed,
                &finding.message,
            );
        }
        lines.push(match plan.standing() {
            Standing::Done => "done".to_owned(),
            Standing::Waiting(wait) => wait.to_string(),
            Standing::Failed(why) => format!("failed: {why}"),
        });
        self.underway = true;
        lines.join("\n")
    }

    fn take(&mut self, step: &Step) -> String {
        let (id, phase) = (&step.id, step.phase);
        let present = |body: &Arc<Value>| Live::Present {
            body: body.clone(),
            predicted: None,
        };
        let what = match &step.action {
            Action::CreateNamespace => "create namespace",
            Action::Apply { .. } => {
                self.record(id, phase, None, false, "");
                self.see(id, Live::Settled, Some(HealthStatus::Progressing));
                "apply"
            }
            Action::Delete { .. } => {
                self.live.remove(id);
                "delete"
            }
            Action::RunHook { object, replaces, .. } => {
                self.record(id, phase, Some(Phase::Running), false, "");
                self.see(id, present(&object.body), Some(HealthStatus::Progressing));
                if replaces.is_some() { "replace" } else { "run" }
            }
            Action::EndHook { delete: true, .. } => {
                self.live.remove(id);
                "delete hook"
            }
            Action::EndHook { .. } => {
                if let Some(Observation {
                    live: Live::Present { body, .. },
                    ..
                }) = self.live.get_mut(id)
                {
                    let mut released = (**body).clone();
                    released["metadata"]["finalizers"] = json!([]);
                    *body = released.into();
                }
                "let go of"
            }
        };
        format!("{} {phase} {what} {}", step.stage, id)
    }

    fn record(&mut self, id: &ObjectId, phase: SyncPhase, hook: Option<Phase>, failed: bool, message: &str) {
        self.results
            .retain(|result| result.id != *id || result.phase != phase);
        self.results.push(ObjectResult {
            id: id.clone(),
            version: "v1".into(),
            action: if failed {
                ActionDone::Failed
            } else {
                ActionDone::Configured
            },
            message: message.into(),
            phase,
            hook,
        });
    }

    fn see(&mut self, id: &ObjectId, live: Live, health: Option<HealthStatus>) {
        let health = health.map(|status| Health::new(status, "it says so"));
        self.live.insert(id.clone(), Observation { live, health });
    }

    fn health(&mut self, name: &str, status: HealthStatus) {
        for (_, seen) in self.live.iter_mut().filter(|(id, _)| id.name.starts_with(name)) {
            seen.health = Some(Health::new(status, "it says so"));
        }
    }

    fn had(&mut self, object: &Object) {
        let live = Live::Present {
            body: object.body.clone(),
            predicted: None,
        };
        self.inventory.insert(object.id.clone(), "v1".into());
        self.see(&object.id, live, None);
    }
}

/// Directives as these tests write them: annotations in plain words.
fn said(body: &Value) -> Directives {
    let text = |key: &str| body["metadata"]["annotations"][key].as_str();
    let removal = match text("prune") {
        Some("no") => Some(Removal::Forbidden),
        Some("confirm") => Some(Removal::Confirmed),
        _ => None,
    };
    Directives {
        wave: text("wave")
            .and_then(|wave| wave.parse().ok())
            .unwrap_or_default(),
        prune: removal,
        prune_last: text("last").is_some(),
        ..Directives::default()
    }
}

fn with(object: Object, annotations: Value) -> Object {
    let mut body = (*object.body).clone();
    body["metadata"]["annotations"] = annotations;
    let mut object = object.with_body(body).unwrap();
    object.directives = said(&object.body);
    object
}

fn in_wave(kind: &str, name: &str, wave: i32) -> Object {
    with(object(kind, name), json!({"wave": wave.to_string()}))
}

fn hook(name: &str, phase: SyncPhase) -> Object {
    let mut hook = object("Job", name);
    hook.directives.hook = Some(Hook {
        phases: vec![phase],
        delete_before: true,
        ..Hook::default()
    });
    hook
}

#[test]
fn a_wave_begins_when_the_one_before_is_healthy() {
    let mut stage = Stage::new(vec![
        in_wave("Deployment", "web", 1),
        in_wave("Deployment", "db", 0),
        in_wave("ConfigMap", "settings", 0),
        in_wave("Deployment", "edge", 2),
    ]);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply ConfigMap production/settings
    0 Sync apply Deployment.apps production/db
    waiting for healthy state of /ConfigMap/settings and 1 more resources
    ");
    insta::assert_snapshot!(stage.pass(), @"waiting for healthy state of /ConfigMap/settings and 1 more resources");
    stage.health("settings", HealthStatus::Healthy);
    stage.health("db", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/web
    waiting for healthy state of apps/Deployment/web
    ");
    stage.health("web", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/edge
    done
    ");
    insta::assert_snapshot!(stage.pass(), @"done");
}

#[test]
fn one_wave_without_hooks_is_done_when_it_is_applied() {
    let mut stage = Stage::new(vec![object("Deployment", "web"), object("ConfigMap", "settings")]);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply ConfigMap production/settings
    0 Sync apply Deployment.apps production/web
    done
    ");
}

#[test]
fn what_fails_in_a_wave_fails_the_operation_but_not_what_was_bad_before() {
    let (db, web) = (in_wave("Deployment", "db", 0), in_wave("Deployment", "web", 1));
    let mut stage = Stage::new(vec![db.clone(), web.clone()]);
    stage.see(&db.id, Live::Settled, Some(HealthStatus::Degraded));
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/web
    done
    ");

    let mut stage = Stage::new(vec![db, web]);
    stage.pass();
    stage.health("db", HealthStatus::Degraded);
    stage.fresh = true;
    insta::assert_snapshot!(stage.pass(), @"waiting for healthy state of apps/Deployment/db");
    stage.fresh = false;
    insta::assert_snapshot!(stage.pass(), @"failed: Deployment.apps production/db: it says so");
    stage.health("db", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"failed: Deployment.apps production/db: it says so");
}

#[test]
fn hooks_run_in_their_phases_once() {
    let mut stage = Stage::new(vec![
        object("Deployment", "web"),
        hook("migrate", SyncPhase::PreSync),
        hook("smoke", SyncPhase::PostSync),
        hook("tell", SyncPhase::SyncFail),
    ]);
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync run Job production/migrate
    waiting for completion of hook /Job/migrate
    ");
    insta::assert_snapshot!(stage.pass(), @"waiting for completion of hook /Job/migrate");
    stage.health("migrate", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/web
    waiting for healthy state of apps/Deployment/web
    ");
    stage.health("web", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 PostSync run Job production/smoke
    waiting for completion of hook /Job/smoke
    ");
    stage.health("smoke", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"done");
    stage.underway = false;
    stage.results.clear();
    assert!(stage.plan().is_empty(), "nothing changed, so no hook runs");
}

#[test]
fn a_hook_made_just_before_a_crash_is_found_again_and_one_of_before_is_replaced() {
    let migrate = hook("migrate", SyncPhase::PreSync);
    let mut stage = Stage::new(vec![object("Deployment", "web"), migrate.clone()]);
    stage.pass();
    stage.results.clear();
    insta::assert_snapshot!(stage.pass(), @"waiting for completion of hook /Job/migrate");

    let mut stage = Stage::new(vec![object("Deployment", "web"), migrate.clone()]);
    let old = with(
        migrate.clone(),
        json!({OPERATION: "2025-01-01T00:00:00Z PreSync"}),
    );
    stage.see(
        &migrate.id,
        Live::Present {
            body: old.body,
            predicted: None,
        },
        Some(HealthStatus::Healthy),
    );
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync replace Job production/migrate
    waiting for completion of hook /Job/migrate
    ");
}

#[test]
fn a_hook_that_fails_has_the_failure_hooks_run_and_policies_are_kept() {
    let mut migrate = hook("migrate", SyncPhase::PreSync);
    migrate.directives.hook.as_mut().unwrap().delete_on_failure = true;
    let mut stage = Stage::new(vec![
        object("Deployment", "web"),
        migrate,
        hook("tell", SyncPhase::SyncFail),
    ]);
    stage.pass();
    stage.health("migrate", HealthStatus::Degraded);
    insta::assert_snapshot!(stage.pass(), @"
    0 SyncFail run Job production/tell
    waiting for completion of hook /Job/tell
    ");
    insta::assert_snapshot!(stage.pass(), @"waiting for completion of hook /Job/tell");
    stage.health("tell", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync delete hook Job production/migrate
    failed: Job production/migrate: it says so
    ");
}

#[test]
fn a_hook_that_somebody_deletes_fails() {
    let migrate = hook("migrate", SyncPhase::PreSync);
    let mut stage = Stage::new(vec![object("Deployment", "web"), migrate.clone()]);
    stage.pass();
    stage.live.remove(&migrate.id);
    insta::assert_snapshot!(stage.pass(), @"failed: PreSync hook Job production/migrate: Job production/migrate was deleted before it was complete");
}

#[test]
fn hooks_are_kept_until_their_end_is_recorded_and_named_by_the_operation() {
    let mut migrate = hook("migrate-", SyncPhase::PreSync);
    let mut body = (*migrate.body).clone();
    body["metadata"] = json!({"generateName": "migrate-", "namespace": "production"});
    migrate = migrate.with_body(body).unwrap();
    migrate.directives.hook.as_mut().unwrap().delete_on_success = true;
    let mut stage = Stage::new(vec![object("ConfigMap", "settings"), migrate]);
    stage.unit.sync.conduct.hook_finalizer = Some("keep.example.org".into());
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync run Job production/migrate-aaaaaaa-presync-1767225600
    waiting for completion of hook /Job/migrate-aaaaaaa-presync-1767225600
    ");
    stage.health("migrate", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply ConfigMap production/settings
    1 PreSync delete hook Job production/migrate-aaaaaaa-presync-1767225600
    done
    ");
    insta::assert_snapshot!(stage.pass(), @"done");
}

#[test]
fn an_operation_that_is_ended_takes_its_running_hooks_along() {
    let mut stage = Stage::new(vec![
        object("Deployment", "web"),
        hook("migrate", SyncPhase::PreSync),
    ]);
    stage.pass();
    stage.ending = Some("superseded by bbbbbbb");
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync delete hook Job production/migrate
    failed: superseded by bbbbbbb
    ");
}

#[test]
fn what_left_git_goes_in_mirrored_waves_or_last() {
    let old: Vec<Object> = (0..3)
        .map(|wave| in_wave("ConfigMap", &format!("old-{wave}"), wave))
        .collect();
    let mut stage = Stage::new(vec![in_wave("ConfigMap", "new", 1)]);
    old.iter().for_each(|object| stage.had(object));
    stage.had(&with(object("ConfigMap", "late"), json!({"last": "yes"})));
    stage.had(&with(object("ConfigMap", "kept"), json!({"prune": "no"})));
    let steps = |plan: &Plan| {
        let lines = plan
            .steps()
            .iter()
            .map(|step| format!("{} {}", step.stage, step.id));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(steps(&stage.plan()), @"
    0 ConfigMap production/old-2
    1 ConfigMap production/old-1
    2 ConfigMap production/new
    3 ConfigMap production/old-0
    4 ConfigMap production/late
    ");
    stage.unit.sync.conduct.order = Order::Stages;
    insta::assert_snapshot!(steps(&stage.plan()), @"
    0 ConfigMap production/new
    1 ConfigMap production/late
    1 ConfigMap production/old-0
    1 ConfigMap production/old-1
    1 ConfigMap production/old-2
    ");
}

#[test]
fn what_asks_for_it_is_deleted_once_somebody_confirms() {
    let mut stage = Stage::new(vec![object("ConfigMap", "new")]);
    stage.had(&with(
        object("PersistentVolumeClaim", "data"),
        json!({"prune": "confirm"}),
    ));
    insta::assert_snapshot!(stage.pass(), @"waiting for pruning confirmation of /PersistentVolumeClaim/data");
    stage.confirmed = true;
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync delete PersistentVolumeClaim production/data
    1 Sync apply ConfigMap production/new
    done
    ");
}

#[test]
fn stages_wait_for_definitions_and_classes_only() {
    let mut stage = Stage::new(vec![
        object("Deployment", "web"),
        object("StorageClass", "fast"),
        object("Namespace", "production"),
        object("ConfigMap", "settings"),
    ]);
    stage.unit.sync.conduct.order = Order::Stages;
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Namespace production
    waiting for healthy state of /Namespace/production
    ");
    stage.health("production", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply StorageClass production/fast
    waiting for healthy state of /StorageClass/fast
    ");
    stage.health("fast", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply ConfigMap production/settings
    0 Sync apply Deployment.apps production/web
    done
    ");
}

#[test]
fn a_sync_of_some_objects_leaves_the_others_and_the_hooks() {
    let (web, db) = (object("Deployment", "web"), object("Deployment", "db"));
    let mut stage = Stage::new(vec![web.clone(), db, hook("migrate", SyncPhase::PreSync)]);
    stage.only = vec![Selected {
        kind: web.id.kind.clone(),
        namespace: None,
        name: "web".into(),
    }];
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/web
    done
    ");
}

#[test]
fn a_unit_that_goes_away_goes_from_the_highest_wave_down_between_its_hooks() {
    let mut stage = Stage::new(vec![
        hook("before", SyncPhase::PreDelete),
        hook("after", SyncPhase::PostDelete),
    ]);
    for wave in 0..3 {
        stage.had(&in_wave("ConfigMap", &format!("old-{wave}"), wave));
    }
    (stage.going_away, stage.underway) = (true, true);
    insta::assert_snapshot!(stage.pass(), @"
    0 PreDelete run Job production/before
    waiting for completion of hook /Job/before
    ");
    stage.health("before", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync delete ConfigMap production/old-2
    waiting for deletion of /ConfigMap/old-2
    ");
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync delete ConfigMap production/old-1
    waiting for deletion of /ConfigMap/old-1
    ");
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync delete ConfigMap production/old-0
    waiting for deletion of /ConfigMap/old-0
    ");
    insta::assert_snapshot!(stage.pass(), @"
    0 PostDelete run Job production/after
    waiting for completion of hook /Job/after
    ");
    stage.health("after", HealthStatus::Healthy);
    insta::assert_snapshot!(stage.pass(), @"done");
}

#[test]
fn corrections_run_no_hooks_and_wait_for_nothing_but_something_new_does() {
    let (db, web) = (in_wave("Deployment", "db", 0), in_wave("Deployment", "web", 1));
    let mut stage = Stage::new(vec![db.clone(), web.clone(), hook("migrate", SyncPhase::PreSync)]);
    stage.extent = Extent::Heal;
    insta::assert_snapshot!(stage.pass(), @"
    0 Sync apply Deployment.apps production/db
    1 Sync apply Deployment.apps production/web
    done
    ");
    let mut stage = Stage::new(vec![db.clone(), web.clone(), hook("migrate", SyncPhase::PreSync)]);
    stage.extent = Extent::Heal;
    stage.see(&db.id, Live::Outdated, Some(HealthStatus::Healthy));
    insta::assert_snapshot!(stage.pass(), @"
    0 PreSync run Job production/migrate
    waiting for completion of hook /Job/migrate
    ");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A unit with objects and hooks in any waves and phases, some of its objects left over from before.
fn any_stage(dice: &mut Dice) -> Stage {
    let kinds = [
        "ConfigMap",
        "Deployment",
        "Namespace",
        "CustomResourceDefinition",
        "Service",
    ];
    let mut wanted = Vec::new();
    for index in 0..dice.roll(6) {
        let kind = kinds[usize::try_from(dice.roll(5)).unwrap()];
        let wave = i32::try_from(dice.roll(4)).unwrap() - 1;
        wanted.push(in_wave(kind, &format!("object-{index}"), wave));
    }
    let phases = [
        SyncPhase::PreSync,
        SyncPhase::Sync,
        SyncPhase::PostSync,
        SyncPhase::SyncFail,
    ];
    for index in 0..dice.roll(4) {
        let mut hook = hook(
            &format!("hook-{index}"),
            phases[usize::try_from(dice.roll(4)).unwrap()],
        );
        hook.directives.wave = i32::try_from(dice.roll(3)).unwrap() - 1;
        if let Some(rules) = hook.directives.hook.as_mut() {
            (rules.delete_on_success, rules.delete_on_failure) = (dice.roll(2) == 0, dice.roll(2) == 0);
        }
        wanted.push(hook);
    }
    let mut stage = Stage::new(wanted);
    stage.unit.sync.allow_empty = true;
    stage.unit.sync.conduct.hook_finalizer = Some("keep.example.org".into());
    stage.unit.sync.conduct.order = if dice.roll(3) == 0 {
        Order::Stages
    } else {
        Order::Waves
    };
    stage.unit.sync.conduct.prune_last = dice.roll(2) == 0;
    for index in 0..dice.roll(3) {
        let wave = i32::try_from(dice.roll(3)).unwrap();
        stage.had(&in_wave("ConfigMap", &format!("old-{index}"), wave));
    }
    stage
}

#[test]
fn whatever_is_asked_an_operation_comes_to_an_end_runs_each_hook_once_and_leaves_nothing_to_do() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut stage = any_stage(&mut dice);
        if stage.plan().is_idle() {
            continue;
        }
        let mut told = Vec::new();
        let mut passes = 0;
        loop {
            let said = stage.pass();
            let over = said.ends_with("done");
            told.push(said);
            if over {
                break;
            }
            passes += 1;
            assert!(passes < 60, "seed {seed} does not end:\n{}", told.join("\n--\n"));
            // One thing at a time gets well; what was recorded may be lost in a crash.
            let sick = |seen: &&mut Observation| {
                seen.health
                    .as_ref()
                    .is_some_and(|health| health.status == HealthStatus::Progressing)
            };
            if let Some(seen) = stage.live.values_mut().find(sick) {
                seen.health = Some(Health::healthy());
            }
            if dice.roll(5) == 0 {
                stage
                    .results
                    .retain(|result| result.hook.is_none() || result.hook == Some(Phase::Succeeded));
            }
        }
        let told = told.join("\n--\n");
        for hook in stage
            .wanted
            .iter()
            .filter(|object| object.directives.hook.is_some())
        {
            let phases = &hook.directives.hook.as_ref().unwrap().phases;
            let expected = usize::from(phases[0] != SyncPhase::SyncFail);
            let runs = told.matches(&format!(" run {}\n", hook.id)).count();
            assert_eq!(runs, expected, "seed {seed}: {}\n{told}", hook.id);
        }
        for (id, seen) in &stage.live {
            let Live::Present { body, .. } = &seen.live else {
                continue;
            };
            let held = body["metadata"]["finalizers"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            assert!(!held, "seed {seed}: {id} is still held\n{told}");
        }
        let after = stage.plan();
        assert!(
            after.is_idle() && after.steps().is_empty(),
            "seed {seed}: {:?}\n{told}",
            after.steps()
        );
        assert!(!told.contains("failed"), "seed {seed}\n{told}");
    }
}
