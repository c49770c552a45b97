//! Noise: after an apply, after what others do, and after a restart, nothing is reported and nothing is to be done.

use std::{collections::BTreeMap, time::Duration};

use plumb_cluster::{Cluster, Detail};
use plumb_model::{ActionDone, Live, Object, ObjectResult, Origin, TreePath};
use plumb_plan::ignore::rules_for;
use serde_json::Value;

use super::{
    case::{self, Case},
    ground::Ground,
};
use crate::world::Deployed;

/// How many cases there must be at least.
const LEAST: usize = 125;

/// How many of them must name a report of users.
const LEAST_REPORTED: usize = 80;

/// How many dry-runs all cases together may cost after a restart: where the structural comparison forgets a rule, the server
/// would still find that nothing differs, at this price. The embedded server leaves out what is empty, as the real one does.
const MOST: u64 = 17;
/// The same on a real server, which fills in more; others write meanwhile.
const MOST_REAL: u64 = 32;

/// How often a first sync is tried again that the server was not ready for.
const PASSES: usize = 10;

/// What was asked of the server after a restart, all cases together.
#[derive(Default)]
struct Cost {
    dry_runs: u64,
    objects: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_is_not_reported() {
    let ground = Ground::start().await;
    let only = std::env::var("PLUMB_CASE").ok();
    let cases: Vec<Case> = case::all("noise")
        .into_iter()
        .filter(|case| only.as_ref().is_none_or(|only| *only == case.name))
        .filter(|case| ground.is_real || !case.needs_real)
        .collect();
    let (mut told, mut cost) = (BTreeMap::new(), Cost::default());
    for case in &cases {
        if let Err(why) = play(&ground, case, &mut cost).await {
            told.insert(case.name.clone(), why);
        }
    }
    let reported = cases.iter().filter(|case| !case.reports.is_empty()).count();
    println!(
        "noise {}/{} ({reported} of them reported by users; after a restart, {} dry-runs for {} objects)",
        told.len(),
        cases.len(),
        cost.dry_runs,
        cost.objects
    );
    let lines: Vec<String> = told.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    assert!(
        told.is_empty(),
        "{} are reported:\n{}",
        told.len(),
        lines.join("\n")
    );
    assert!(
        only.is_some() || cases.len() >= LEAST,
        "only {} cases",
        cases.len()
    );
    assert!(
        only.is_some() || reported >= LEAST_REPORTED,
        "only {reported} cases name a report of users"
    );
    let most = if ground.is_real { MOST_REAL } else { MOST };
    assert!(
        cost.dry_runs <= most,
        "{} dry-runs after restarts, where {most} were enough: what does the structural comparison no longer see through? \
         (PLUMB_COST=1 tells by case)",
        cost.dry_runs
    );
}

async fn play(ground: &Ground, case: &Case, cost: &mut Cost) -> Result<(), String> {
    let namespace = format!("noise-{}", case.name);
    ground.namespace(&namespace).await;
    ground.all(&case.before, &namespace).await?;
    let cluster = ground.connect().await;
    let objects = objects(&cluster, case, &namespace).await;
    let mut unit = Deployed::new();
    unit.unit.destination.namespace = Some(namespace.clone());
    let mut applied = unit.pass(&cluster, &objects).await;
    // What a case defines first may not be served everywhere yet; the controller tries again, too.
    for _ in 0..PASSES {
        let passing = |result: &ObjectResult| result.message.contains("try again later");
        if applied.complete || !applied.results.iter().any(passing) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        applied = unit.pass(&cluster, &objects).await;
    }
    if !applied.complete {
        let failed = applied
            .results
            .into_iter()
            .filter(|it| it.action == ActionDone::Failed);
        let why: Vec<String> = failed.map(|it| it.message).collect();
        return Err(format!("it cannot be applied: {}", why.join("; ")));
    }
    tokio::time::sleep(ground.lag).await;
    quiet(&unit, &cluster, &objects, "right after the apply").await?;
    if !case.then.is_empty() {
        ground.all(&case.then, &namespace).await?;
        tokio::time::sleep(ground.lag).await;
        quiet(&unit, &cluster, &objects, "after what others did").await?;
    }
    let restarted = ground.connect().await;
    quiet(&unit, &restarted, &objects, "after a restart").await?;
    cost.dry_runs += restarted.counters().dry_runs;
    cost.objects += objects.len();
    if std::env::var_os("PLUMB_COST").is_some() && restarted.counters().dry_runs > 0 {
        println!("{}: {} dry-runs", case.name, restarted.counters().dry_runs);
    }
    Ok(())
}

/// The objects of a case as a unit would hold them.
async fn objects(cluster: &Cluster, case: &Case, namespace: &str) -> Vec<Object> {
    let mut objects = Vec::new();
    for body in &case.git {
        let origin = Origin {
            path: TreePath::parse(&case.name).unwrap(),
            line: 1,
        };
        let object = Object::new(body.clone(), origin).unwrap();
        let object = cluster.placed(object, Some(namespace)).await.unwrap();
        let mut body = object.body.as_ref().clone();
        if !body["metadata"]["labels"].is_object() {
            body["metadata"]["labels"] = serde_json::json!({});
        }
        body["metadata"]["labels"]["unit"] = "test".into();
        let object = object.with_body(body).unwrap();
        let ignored = rules_for(&case.ignore, &object);
        objects.push(object.ignoring(ignored));
    }
    objects
}

/// Whether there is nothing to tell and nothing to do.
async fn quiet(unit: &Deployed, cluster: &Cluster, objects: &[Object], when: &str) -> Result<(), String> {
    let plan = unit.plan(cluster, objects).await;
    let drift: Vec<String> = plan
        .verdicts()
        .iter()
        .flat_map(|verdict| verdict.drift.iter().map(move |it| (verdict, it)))
        .map(|(verdict, it)| {
            let text = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
            let (live, desired) = (text(&it.live), text(&it.desired));
            format!(
                "{} {}: {live} instead of {desired} (by {:?})",
                verdict.id, it.path, it.manager
            )
        })
        .collect();
    if !drift.is_empty() {
        return Err(format!("{when}: {}", drift.join("; ")));
    }
    if let Some(step) = plan.steps().first() {
        return Err(format!(
            "{when}: {} is to be done again: {:?}",
            step.id, step.action
        ));
    }
    let seen = unit.observe(cluster, objects, Detail::Full).await;
    let loud = seen
        .objects
        .iter()
        .find(|(_, seen)| !matches!(seen.live, Live::Settled));
    loud.map_or(Ok(()), |(id, seen)| {
        Err(format!("{when}: {id} is {:?}", seen.live))
    })
}
