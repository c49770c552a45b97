//! Seeded drifts: three hundred changes by hand and by others, each of which is reported with its path, its values, who made it
//! and when, and healed.
//!
//! The changes are drawn from the manifests in `tests/drift/base`, the same ones for the same seed (`PLUMB_SEED`). Each has an
//! object of its own, so that all of them are made, reported and healed at once.

use std::collections::{BTreeMap, BTreeSet};

use plumb_cluster::{DeleteOptions, LiveChange, ServerSideApply};
use plumb_model::{ActionDone, FieldDrift, Object, Origin, TreePath};
use plumb_plan::{Change, Plan};
use serde_json::{Value, json};

use super::{case, ground::Ground};
use crate::world::Deployed;

/// How many drifts are seeded.
const COUNT: usize = 300;
const NAMESPACE: &str = "seeded";
/// What sorts of drift there are; each has its share.
const SORTS: [&str; 9] = [
    "scalar",
    "list item",
    "map key",
    "removed field",
    "added container",
    "label",
    "annotation",
    "deleted object",
    "changed owner",
];
/// People, whose additions are drift.
const PEOPLE: [&str; 4] = ["kubectl-edit", "kubectl-patch", "kubectl", "kubectl-replace"];
/// Others, whose changes of what Git states are.
const OTHERS: [&str; 3] = ["Mozilla", "rogue-operator", "node-fetch"];

/// One drift: what is to be done, and where.
struct Seed {
    sort: &'static str,
    object: Object,
    path: Vec<Value>,
    to: Option<Value>,
    by: &'static str,
}

/// What is to be reported.
struct Expected {
    drift: FieldDrift,
    since: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn seeded_drifts_are_reported_and_healed() {
    let seed = std::env::var("PLUMB_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut random = Random(seed.unwrap_or(1));
    let ground = Ground::start().await;
    ground.namespace(NAMESPACE).await;
    let (definitions, seeds) = draw(&mut random);
    for definition in definitions {
        let acts = [case::Act {
            by: "setup".into(),
            deed: case::Deed::Create(definition),
        }];
        ground.all(&acts, NAMESPACE).await.unwrap();
    }
    let objects: Vec<Object> = seeds.iter().map(|seed| seed.object.clone()).collect();
    let cluster = ground.connect().await;
    let mut unit = Deployed::new();
    unit.unit.destination.namespace = Some(NAMESPACE.into());
    let applied = unit.pass(&cluster, &objects).await;
    assert!(applied.complete, "{:?}", failures(&applied));
    tokio::time::sleep(ground.lag * 10).await;
    assert!(
        unit.plan(&cluster, &objects).await.is_empty(),
        "it begins without drift"
    );

    let mut events = cluster.events();
    let mut expected = BTreeMap::new();
    for seed in &seeds {
        let name = seed.object.id.to_string();
        expected.insert(name, change(&ground, seed).await);
    }
    tokio::time::sleep(ground.lag * 5).await;
    let mut told = BTreeSet::new();
    while let Ok(event) = events.try_recv() {
        if matches!(event.kind, LiveChange::Drifted | LiveChange::Gone) {
            told.insert(event.id.to_string());
        }
    }
    let mut wrong = Vec::new();
    let plan = unit.plan(&cluster, &objects).await;
    let restarted = ground.connect().await;
    let fresh = unit.plan(&restarted, &objects).await;
    for seed in &seeds {
        let name = seed.object.id.to_string();
        for (when, plan) in [("at once", &plan), ("after a restart", &fresh)] {
            if let Err(why) = check(seed, &expected[&name], plan) {
                wrong.push(format!("{} {name} {when}: {why}", seed.sort));
            }
        }
        if !told.contains(&name) {
            wrong.push(format!("{} {name}: no event told of it", seed.sort));
        }
    }
    let reported = seeds.len() - names(&wrong, &seeds).len();
    let applied = unit.pass(&cluster, &objects).await;
    wrong.extend(failures(&applied));
    let mut healed = 0;
    tokio::time::sleep(ground.lag * 5).await;
    for seed in &seeds {
        match is_healed(&ground, seed, &expected[&seed.object.id.to_string()]).await {
            Ok(()) => healed += 1,
            Err(why) => wrong.push(format!("{} {}: {why}", seed.sort, seed.object.id)),
        }
    }
    let left = unit.plan(&cluster, &objects).await;
    wrong.extend(
        left.steps()
            .iter()
            .map(|step| format!("{} is to be done again", step.id)),
    );
    println!(
        "seeded {reported}/{COUNT} reported, {healed}/{COUNT} healed (seed {})",
        seed.unwrap_or(1)
    );
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!((seeds.len(), reported, healed), (COUNT, COUNT, COUNT));
}

/// Draws the drifts; and the definitions that their objects need.
fn draw(random: &mut Random) -> (Vec<Value>, Vec<Seed>) {
    let (definitions, bases): (Vec<Value>, Vec<Value>) = case::documents("base")
        .into_iter()
        .partition(|base| base["object"]["kind"] == "CustomResourceDefinition");
    let mut seeds = Vec::new();
    for number in 0..COUNT {
        let sort = SORTS[number % SORTS.len()];
        let seed = loop {
            let base = &bases[random.below(bases.len())];
            if let Some(seed) = one(sort, base, number, random) {
                break seed;
            }
        };
        seeds.push(seed);
    }
    let definitions = definitions.into_iter().map(|it| it["object"].clone()).collect();
    (definitions, seeds)
}

/// A drift of this sort in a copy of `base`, where it has any.
fn one(sort: &'static str, base: &Value, number: usize, random: &mut Random) -> Option<Seed> {
    let list = |key: &str| base[key].as_array().cloned().unwrap_or_default();
    let text = |parts: &[&str]| parts.iter().map(|part| json!(part)).collect::<Vec<_>>();
    let (path, to, is_added) = match sort {
        "scalar" | "list item" | "map key" | "removed field" | "changed owner" => {
            let mut menu = match sort {
                "scalar" => list("scalars"),
                "list item" => list("items"),
                "map key" => list("keys"),
                "removed field" => list("gone"),
                _ => [list("scalars"), list("keys")].concat(),
            };
            menu.retain(|it| sort != "changed owner" || it["added"].is_null());
            let chosen = random.choose(&menu)?.clone();
            let to = chosen["to"]
                .as_array()
                .and_then(|all| random.choose(all).cloned());
            (chosen["at"].as_array()?.clone(), to, chosen["added"] == true)
        }
        "added container" => {
            let mut path = base["pods"].as_array()?.clone();
            path.extend([json!("containers"), json!({"name": "stowaway"})]);
            (
                path,
                Some(json!({"name": "stowaway", "image": format!("evil:{}", random.below(9))})),
                true,
            )
        }
        "label" | "annotation" => {
            let part = format!("{sort}s");
            let (own, foreign) = if sort == "label" {
                ("app", "example.org/stray")
            } else {
                ("example.org/owner", "example.org/stray")
            };
            let (key, to, is_added) = match random.below(3) {
                0 => (own, Some(json!(format!("other-{}", random.below(99)))), false),
                1 => (own, None, false),
                _ => (foreign, Some(json!("1")), true),
            };
            (text(&["metadata", &part, key]), to, is_added)
        }
        _ => (Vec::new(), None, false),
    };
    let mut body = base["object"].clone();
    let name = format!("{}-{number}", body["metadata"]["name"].as_str()?);
    body["metadata"]["name"] = json!(name);
    body["metadata"]["namespace"] = json!(NAMESPACE);
    body["metadata"]["labels"]["unit"] = json!("test");
    let origin = Origin {
        path: TreePath::parse("seeded.yaml").unwrap(),
        line: 1,
    };
    let by = if is_added || random.below(2) == 0 {
        PEOPLE[random.below(PEOPLE.len())]
    } else {
        OTHERS[random.below(OTHERS.len())]
    };
    Some(Seed {
        sort,
        object: Object::new(body, origin).unwrap(),
        path,
        to,
        by: if sort == "changed owner" { "other-tool" } else { by },
    })
}

/// Makes the drift; returns what is to be reported of it.
async fn change(ground: &Ground, seed: &Seed) -> Expected {
    let (gvk, id) = (&seed.object.gvk, &seed.object.id);
    let read = || async {
        let live = ground.other.get(gvk, id.namespace.as_deref(), &id.name).await;
        live.unwrap().unwrap()
    };
    let before = read().await;
    let mut expected = Expected {
        drift: FieldDrift {
            path: shown(&seed.path),
            desired: at(&before, &seed.path).cloned(),
            live: None,
            manager: None,
            since: None,
        },
        since: None,
    };
    match seed.sort {
        "deleted object" => {
            ground
                .other
                .delete(gvk, id, DeleteOptions::default())
                .await
                .unwrap();
            return expected;
        }
        "changed owner" => {
            let mut body = json!({"apiVersion": before["apiVersion"], "kind": before["kind"],
                "metadata": {"name": id.name, "namespace": NAMESPACE}});
            put_sparse(&mut body, &seed.path, seed.to.clone().unwrap());
            let how = ServerSideApply {
                manager: seed.by,
                force: true,
                dry_run: false,
                subresource: None,
            };
            ground.other.server_side_apply(&body, how).await.unwrap();
        }
        _ => {
            let mut after = before.clone();
            set(&mut after, &seed.path, seed.to.clone());
            let patch = difference(&before, &after);
            let written = ground.other.merge_patch(gvk, id, None, &patch, seed.by).await;
            written.unwrap_or_else(|error| panic!("{} {:?} of {id}: {error}", seed.sort, seed.path));
        }
    }
    let after = read().await;
    expected.drift.live = at(&after, &seed.path).cloned();
    assert_ne!(
        expected.drift.live, expected.drift.desired,
        "{} {:?} of {id}",
        seed.sort, seed.path
    );
    if expected.drift.live.is_some() {
        expected.drift.manager = Some(seed.by.to_owned());
        let entries = after["metadata"]["managedFields"].as_array().unwrap();
        let own = entries.iter().find(|entry| entry["manager"] == *seed.by);
        expected.since = own.and_then(|it| it["time"].as_str()).map(str::to_owned);
        assert!(expected.since.is_some(), "{id} is not managed by {}", seed.by);
    }
    expected
}

/// Whether the plan reports just this drift.
fn check(seed: &Seed, expected: &Expected, plan: &Plan) -> Result<(), String> {
    let verdict = plan.verdicts().iter().find(|it| it.id == seed.object.id);
    let step = plan.steps().iter().find(|it| it.id == seed.object.id);
    let (Some(verdict), Some(step)) = (verdict, step) else {
        return Err("nothing is to be done".to_owned());
    };
    let plumb_plan::Action::Apply { change, .. } = &step.action else {
        return Err(format!("{:?}", step.action));
    };
    if seed.sort == "deleted object" {
        return (*change == Change::Create)
            .then_some(())
            .ok_or(format!("{change:?}"));
    }
    let [drift] = &verdict.drift[..] else {
        let paths: Vec<&String> = verdict.drift.iter().map(|it| &it.path).collect();
        return Err(format!("{} is expected, {paths:?} are told", expected.drift.path));
    };
    let told = [".data", ".metadata.annotations"];
    let hidden =
        seed.object.gvk.kind == "Secret" && told.iter().any(|it| expected.drift.path.starts_with(it));
    let hide = |value: &Option<Value>| {
        value
            .as_ref()
            .map(|value| if hidden { json!("<hidden>") } else { value.clone() })
    };
    let wanted = FieldDrift {
        desired: hide(&expected.drift.desired),
        live: hide(&expected.drift.live),
        since: expected.since.clone(),
        ..expected.drift.clone()
    };
    if *drift != wanted {
        return Err(format!("{wanted:?} is expected, {drift:?} is told"));
    }
    matches!(change, Change::Correct(_))
        .then_some(())
        .ok_or(format!("{change:?}"))
}

async fn is_healed(ground: &Ground, seed: &Seed, expected: &Expected) -> Result<(), String> {
    let id = &seed.object.id;
    let live = ground
        .other
        .get(&seed.object.gvk, id.namespace.as_deref(), &id.name)
        .await;
    let live = live.map_err(|error| error.to_string())?;
    let Some(live) = live else {
        return Err("it is not there again".into());
    };
    let now = at(&live, &seed.path).filter(|_| !seed.path.is_empty());
    let then = expected.drift.desired.as_ref().filter(|_| !seed.path.is_empty());
    (now == then)
        .then_some(())
        .ok_or(format!("{now:?} instead of {then:?}"))
}

fn failures(applied: &plumb_cluster::Applied) -> Vec<String> {
    let failed = applied
        .results
        .iter()
        .filter(|it| it.action == ActionDone::Failed);
    failed.map(|it| format!("{}: {}", it.id, it.message)).collect()
}

/// The seeds that some line is about.
fn names(wrong: &[String], seeds: &[Seed]) -> BTreeSet<String> {
    let names = seeds.iter().map(|seed| seed.object.id.to_string());
    names
        .filter(|name| {
            wrong
                .iter()
                .any(|line| line.contains(&format!("{name} ")) || line.contains(&format!("{name}:")))
        })
        .collect()
}

/// The value at a path; steps are names, places, and keys of items.
fn at<'v>(value: &'v Value, path: &[Value]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Value::String(name) => value.get(name),
        Value::Number(at) => value.get(at.as_u64()? as usize),
        keys => value.as_array()?.iter().find(|item| is_item(item, keys)),
    })
}

fn is_item(item: &Value, keys: &Value) -> bool {
    match keys.get("=") {
        Some(value) => item == value,
        None => keys
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, value)| item[key] == *value),
    }
}

/// Sets the value at a path, or takes it away.
fn set(value: &mut Value, path: &[Value], to: Option<Value>) {
    let (step, rest) = path.split_first().unwrap();
    match (step, value) {
        (Value::String(name), Value::Object(fields)) => match (rest.is_empty(), to) {
            (true, Some(to)) => drop(fields.insert(name.clone(), to)),
            (true, None) => drop(fields.remove(name)),
            (false, to) => set(fields.entry(name.clone()).or_insert_with(|| json!({})), rest, to),
        },
        (step, Value::Array(items)) => {
            let found = match step {
                Value::Number(at) => at.as_u64().map(|at| at as usize),
                keys => items.iter().position(|item| is_item(item, keys)),
            };
            match (found, rest.is_empty(), to) {
                (Some(at), true, Some(to)) => items[at] = to,
                (Some(at), true, None) => drop(items.remove(at)),
                (Some(at), false, to) => set(&mut items[at], rest, to),
                (None, _, to) => items.push(to.unwrap()),
            }
        }
        (_, other) => panic!("{other} has no {step}"),
    }
}

/// Sets the value at a path in an object that states nothing else; items are stated by their keys.
fn put_sparse(value: &mut Value, path: &[Value], to: Value) {
    let Some((step, rest)) = path.split_first() else {
        *value = to;
        return;
    };
    match step {
        Value::String(name) => put_sparse(&mut value[name], rest, to),
        keys => {
            let mut item = keys.clone();
            put_sparse(&mut item, rest, to);
            *value = json!([item]);
        }
    }
}

/// The merge patch from one to the other.
fn difference(before: &Value, after: &Value) -> Value {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return after.clone();
    };
    let mut patch = serde_json::Map::new();
    for (name, value) in new {
        match old.get(name) {
            Some(own) if own == value => {}
            Some(own) => drop(patch.insert(name.clone(), difference(own, value))),
            None => drop(patch.insert(name.clone(), value.clone())),
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// A path as drift is to show it.
fn shown(path: &[Value]) -> String {
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let step = |step: &Value| match step {
        Value::String(name) if is_plain(name) => format!(".{name}"),
        Value::Object(keys) => {
            let keys: Vec<String> = keys
                .iter()
                .map(|(key, value)| {
                    if key == "=" {
                        format!("={value}")
                    } else {
                        format!("{key}={value}")
                    }
                })
                .collect();
            format!("[{}]", keys.join(","))
        }
        other => format!("[{other}]"),
    };
    path.iter().map(step).collect()
}

/// SplitMix64: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }

    fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            return None;
        }
        items.get(self.below(items.len()))
    }
}
