//! What would happen: the line up to the plan, and no further.

use std::collections::BTreeMap;

use plumb_cluster::{Detail, Look};
use plumb_model::{CommitId, ObjectId, Observed, Phase, Rendered, Revision, Unit, UnitReport};
use plumb_plan::{Extent, Input, Lasting, ObjectDiff, Plan, Scope};
use plumb_yaml::{Mark, Node};

use crate::{
    Line, PassError, cluster_of, rendering, resolve,
    station::{look, parts},
};

/// What would happen.
#[derive(Debug)]
pub struct Preview {
    /// The commit that it would lead to.
    pub revision: Revision,
    /// What would be done.
    pub plan: Plan,
    /// What the cluster said.
    pub observed: Observed,
    /// What would change, object by object.
    pub diffs: Vec<ObjectDiff>,
    /// Lines for people.
    pub warnings: Vec<String>,
}

impl Preview {
    /// What another change does not undo: what is about to go for good, and what hooks of the last operation did.
    #[must_use]
    pub fn lasting(&self, report: &UnitReport) -> Vec<Lasting> {
        let mut lasting = plumb_plan::lasting(&self.diffs);
        let results = report.operation.iter().flat_map(|operation| &operation.results);
        let ran = results.filter(|result| result.hook == Some(Phase::Succeeded));
        lasting.extend(ran.map(|result| Lasting {
            id: result.id.clone(),
            why: format!("the {:?} hook has run; what it did stays done", result.phase),
        }));
        lasting
    }
}

/// What would happen if `unit` went to `commit`, or where `None` to the commit it follows.
///
/// # Errors
/// As a pass of the line would fail.
pub async fn preview(
    line: &Line,
    unit: &Unit,
    report: &UnitReport,
    commit: Option<&CommitId>,
) -> Result<Preview, PassError> {
    let repository = resolve::repository(line, unit).await?;
    let revision = match commit {
        Some(commit) => Revision {
            commit: commit.clone(),
            name: None,
        },
        None => resolve::resolve(&repository, unit).await?,
    };
    let rendered = rendering::render_commit(line, unit, &repository, &revision.commit).await?;
    let inventory = report
        .inventory()
        .map(|(id, version)| (id.clone(), version.to_owned()))
        .collect();
    preview_rendered(line, unit, rendered, &inventory, revision).await
}

/// What would happen if `unit` were what was `rendered`.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn preview_rendered(
    line: &Line,
    unit: &Unit,
    rendered: Rendered,
    inventory: &BTreeMap<ObjectId, String>,
    revision: Revision,
) -> Result<Preview, PassError> {
    let placed = rendering::place(line, unit, rendered).await?;
    let objects = parts(&placed);
    let look = Look {
        desired: &objects,
        detail: Detail::Full,
        ..look(unit, &placed, inventory)
    };
    let observed = cluster_of(line, unit).await?.observe(look).await?;
    let scope = Scope {
        extent: Extent::Apply,
        prune: true,
    };
    let rendered = &placed;
    let plan = plumb_plan::plan(Input {
        unit,
        revision: Some(&revision),
        rendered,
        inventory,
        observed: &observed,
        scope,
        directives: crate::adapter::directives(unit.id.kind),
        course: None,
    })?;
    let diffs = plumb_plan::diff(&plan, &observed);
    Ok(Preview {
        revision,
        plan,
        observed,
        diffs,
        warnings: placed.warnings,
    })
}

/// An object's change as a unified diff of YAML, headed by what it is; empty where nothing changes.
#[must_use]
pub fn unified(diff: &ObjectDiff) -> String {
    let (before, after) = texts(diff);
    unified_texts(
        &diff.id.to_string(),
        (before.as_deref(), after.as_deref()),
        ("live", "git"),
    )
}

/// Both sides of an object's change as YAML; `None` = it is not there.
#[must_use]
pub fn texts(diff: &ObjectDiff) -> (Option<String>, Option<String>) {
    let text = |body: &serde_json::Value| plumb_yaml::emit(&Node::from_json(body, Mark::default()));
    (diff.before.as_ref().map(text), diff.after.as_ref().map(text))
}

/// Two texts of the same `name` as a unified diff, and what either side is called; `None` = it is not there.
#[must_use]
pub fn unified_texts(
    name: &str,
    (before, after): (Option<&str>, Option<&str>),
    (old, new): (&str, &str),
) -> String {
    let head = |text: Option<&str>, side: &str| match text {
        Some(_) => format!("{side}/{name}"),
        None => "/dev/null".to_owned(),
    };
    similar::TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default())
        .unified_diff()
        .context_radius(3)
        .header(&head(before, old), &head(after, new))
        .to_string()
}
