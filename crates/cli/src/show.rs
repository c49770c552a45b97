//! A unit on the screen: one row of a list, or a page of its own.

use owo_colors::OwoColorize;
use plumb_model::{ActionDone, HealthStatus, Phase, SyncStatus, UnitKind, UnitReport};
use plumb_pipeline::actions::Loaded;
use serde_json::Value;

use crate::{Output, waiting};

/// The columns of a list of units.
pub(crate) const COLUMNS: [&str; 9] = [
    "kind",
    "name",
    "cluster",
    "namespace",
    "project",
    "status",
    "health",
    "syncpolicy",
    "conditions",
];
/// More of them.
pub(crate) const MORE_COLUMNS: [&str; 3] = ["repo", "path", "target"];

/// The row of a unit, all columns.
pub(crate) fn row(loaded: &Loaded) -> Vec<String> {
    let (object, report) = (&loaded.object, &loaded.report);
    let place = |field: &str| text(&object["spec"]["destination"][field]);
    let (cluster, namespace, project) = match loaded.id.kind {
        UnitKind::Application => {
            let cluster = place("server");
            (
                if cluster.is_empty() {
                    place("name")
                } else {
                    cluster
                },
                place("namespace"),
                text(&object["spec"]["project"]),
            )
        }
        UnitKind::Kustomization => (
            "in-cluster".to_owned(),
            text(&object["spec"]["targetNamespace"]),
            String::new(),
        ),
    };
    let (repo, path, target) = source(loaded);
    vec![
        loaded.id.kind.word().to_owned(),
        format!("{}/{}", loaded.id.namespace, loaded.id.name),
        cluster,
        namespace,
        project,
        sync_word(report.sync).to_owned(),
        health(loaded).to_string(),
        policy(loaded),
        conditions(loaded),
        repo,
        path,
        target,
    ]
}

/// The page of a unit.
pub(crate) fn page(output: &Output, loaded: &Loaded) {
    let (object, report) = (&loaded.object, &loaded.report);
    let field =
        |name: &str, value: String| output.line(format!("{:<20}{value}", format!("{name}:")).trim_end());
    let cells = row(loaded);
    let cell = |index: usize| cells.get(index).cloned().unwrap_or_default();
    field("Name", cell(1));
    if loaded.id.kind == UnitKind::Application {
        field("Project", cell(4));
    }
    field("Server", cell(2));
    field("Namespace", cell(3));
    field("Repo", cell(9));
    field("Target", cell(11));
    field("Path", cell(10));
    field("Sync Policy", policy_in_words(loaded));
    if loaded.unit.as_ref().is_ok_and(|unit| unit.suspended) {
        field(
            "Suspended",
            "yes: nothing is done until it is resumed (`plumb resume`)".to_owned(),
        );
    }
    field("Sync Status", sync_line(report));
    field("Health Status", health(loaded).to_string());
    if !report.health.message.is_empty() {
        field("Health Message", report.health.message.clone());
    }
    hold(output, loaded);
    operation(output, report);
    if let Err(why) = &loaded.unit {
        output.line("");
        output.line(format!("{} {why}", "Not understood:".red().bold()));
    }
    if !report.conditions.is_empty() {
        output.line("");
        let rows = report.conditions.iter();
        let rows = rows.map(|it| vec![format!("{:?}", it.kind), it.message.clone(), it.since.clone()]);
        output.table(&["condition", "message", "last transition"], rows.collect());
    }
    resources(output, object, report);
}

/// The objects of a unit and how they are.
pub(crate) fn resources(output: &Output, object: &Value, report: &UnitReport) {
    if report.resources.is_empty() {
        return;
    }
    output.line("");
    let results = report.operation.iter().flat_map(|operation| &operation.results);
    let results: Vec<_> = results.collect();
    let rows = report.resources.iter().map(|resource| {
        let id = &resource.id;
        let said = results
            .iter()
            .find(|result| result.id == *id)
            .map(|result| result.message.clone());
        let health = resource.health.as_ref();
        let pruning = resource
            .requires_pruning
            .then(|| "left Git, is to be pruned".to_owned());
        let why = health
            .map(|health| health.message.clone())
            .filter(|message| !message.is_empty());
        vec![
            id.kind.group.clone(),
            id.kind.kind.clone(),
            id.namespace.clone().unwrap_or_default(),
            id.name.clone(),
            // Of a Kustomization the cluster keeps no more than the names.
            if object["status"]["inventory"].is_object() {
                String::new()
            } else {
                sync_word(resource.sync).to_owned()
            },
            health.map(|health| health.status.to_string()).unwrap_or_default(),
            pruning.or(why).or(said).unwrap_or_default(),
        ]
    });
    output.table(
        &[
            "group",
            "kind",
            "namespace",
            "name",
            "status",
            "health",
            "message",
        ],
        rows.collect(),
    );
}

/// What came of the last operation, object by object.
pub(crate) fn results(output: &Output, report: &UnitReport) {
    let Some(operation) = &report.operation else {
        return;
    };
    for result in operation
        .results
        .iter()
        .filter(|result| result.action != ActionDone::Unchanged)
    {
        let what = format!("{:?}", result.action).to_lowercase();
        let what = if result.action == ActionDone::Failed {
            what.red().to_string()
        } else {
            what
        };
        let message = if result.message.is_empty() {
            String::new()
        } else {
            format!("  {}", result.message)
        };
        output.line(format!("  {:<12} {}{message}", what, result.id));
    }
}

/// The URL, the folder and the reference that a unit follows, as its custom resource says.
fn source(loaded: &Loaded) -> (String, String, String) {
    let spec = &loaded.object["spec"];
    match (loaded.id.kind, &loaded.unit) {
        (UnitKind::Application, _) => {
            let source = if spec["sources"].is_array() {
                &spec["sources"][0]
            } else {
                &spec["source"]
            };
            (
                text(&source["repoURL"]),
                text(&source["path"]),
                text(&source["targetRevision"]),
            )
        }
        (UnitKind::Kustomization, Ok(unit)) => (
            unit.source.url.clone(),
            text(&spec["path"]),
            reference(&unit.source.reference),
        ),
        (UnitKind::Kustomization, Err(_)) => (
            text(&spec["sourceRef"]["name"]),
            text(&spec["path"]),
            String::new(),
        ),
    }
}

fn reference(reference: &plumb_model::Reference) -> String {
    use plumb_model::Reference as R;
    match reference {
        R::Head => "HEAD".to_owned(),
        R::Commit(commit) => commit.as_str().to_owned(),
        R::Branch(name)
        | R::Tag(name)
        | R::SemVer(name)
        | R::Name(name)
        | R::Any(name)
        | R::BranchOrHead(name) => name.clone(),
    }
}

fn health(loaded: &Loaded) -> HealthStatus {
    let healthy = waiting::is_healthy(loaded.id.kind, &loaded.object);
    if healthy {
        HealthStatus::Healthy
    } else {
        loaded.report.health.status
    }
}

fn policy(loaded: &Loaded) -> String {
    match &loaded.unit {
        Ok(unit) if unit.suspended => "Suspended".to_owned(),
        Ok(unit) if unit.sync.automated && unit.sync.prune => "Auto-Prune".to_owned(),
        Ok(unit) if unit.sync.automated => "Auto".to_owned(),
        Ok(_) => "Manual".to_owned(),
        Err(_) => "-".to_owned(),
    }
}

fn policy_in_words(loaded: &Loaded) -> String {
    let Ok(unit) = &loaded.unit else {
        return "-".to_owned();
    };
    if !unit.sync.automated {
        return "Manual".to_owned();
    }
    let more = [(unit.sync.prune, "Prune"), (unit.sync.self_heal, "Self Heal")];
    let more: Vec<&str> = more
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, word)| word)
        .collect();
    if more.is_empty() {
        "Automated".to_owned()
    } else {
        format!("Automated ({})", more.join(", "))
    }
}

fn conditions(loaded: &Loaded) -> String {
    let mut words: Vec<String> = match loaded.id.kind {
        UnitKind::Application => {
            let all = loaded.object["status"]["conditions"]
                .as_array()
                .into_iter()
                .flatten();
            all.map(|condition| text(&condition["type"])).collect()
        }
        UnitKind::Kustomization => {
            let ready = waiting::ready(&loaded.object);
            if ready["status"] == "False" {
                vec![text(&ready["reason"])]
            } else {
                Vec::new()
            }
        }
    };
    if loaded.unit.is_err() && words.is_empty() {
        words.push("InvalidSpec".to_owned());
    }
    words.dedup();
    if words.is_empty() {
        "<none>".to_owned()
    } else {
        words.join(",")
    }
}

fn sync_word(sync: SyncStatus) -> &'static str {
    match sync {
        SyncStatus::Synced => "Synced",
        SyncStatus::OutOfSync => "OutOfSync",
        SyncStatus::Unknown => "Unknown",
    }
}

fn sync_line(report: &UnitReport) -> String {
    match &report.revision {
        Some(revision) => {
            let name = revision
                .name
                .as_deref()
                .map(|name| format!("{name} "))
                .unwrap_or_default();
            let link = if report.sync == SyncStatus::Synced {
                "to"
            } else {
                "from"
            };
            format!(
                "{} {link} {name}({})",
                sync_word(report.sync),
                revision.commit.short()
            )
        }
        None => sync_word(report.sync).to_owned(),
    }
}

fn hold(output: &Output, loaded: &Loaded) {
    let Some(hold) = loaded.unit.as_ref().ok().and_then(|unit| unit.hold.as_ref()) else {
        return;
    };
    let reason = hold
        .reason
        .as_deref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let line = format!(
        "rolled back to {} (history {}) from {} by {} at {}{reason}",
        hold.revision.short(),
        hold.history_id,
        hold.from.short(),
        if hold.by.is_empty() { "somebody" } else { &hold.by },
        hold.at,
    );
    output.line(format!("{:<20}{}", "Hold:", line.yellow()));
    output.line(format!(
        "{:<20}until a commit newer than {} arrives, or `plumb app release`",
        "",
        hold.from.short()
    ));
}

fn operation(output: &Output, report: &UnitReport) {
    let Some(operation) = &report.operation else {
        return;
    };
    if operation.phase == Phase::Succeeded {
        return;
    }
    output.line(format!(
        "{:<20}{:?} since {}: {}",
        "Operation:", operation.phase, operation.started_at, operation.message
    ));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
