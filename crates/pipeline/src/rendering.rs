//! Second station: from a commit to placed objects, and not at all where what was read has not changed.

use std::{collections::BTreeMap, sync::Arc};

use plumb_git::Repository;
use plumb_model::{Digest, GroupKind, Rendered, Unit};
use plumb_policy::Admitted;
use plumb_render::Placement;

use crate::{Line, Memory, PassError, adapter, line::CachedRender, resolve::blocking};

/// What came of rendering.
pub(crate) struct Rendering {
    /// The objects, placed.
    pub(crate) placed: Arc<Rendered>,
    /// Whether anything was rendered for it.
    pub(crate) fresh: bool,
}

/// Renders what was admitted, or finds that it must come to the same as before.
pub(crate) async fn render(
    line: &Line,
    unit: &Unit,
    repository: &Arc<Repository>,
    admitted: &Admitted,
    memory: &mut Memory,
) -> Result<Rendering, PassError> {
    let commit = admitted.revision().commit.clone();
    let asked = asked(unit);
    if let Some(cached) = memory.rendered.as_mut().filter(|cached| cached.asked == asked) {
        if cached.commit != commit && holds_in(repository, cached, &commit).await? {
            cached.commit = commit.clone();
        }
        if cached.commit == commit {
            return Ok(Rendering {
                placed: cached.placed.clone(),
                fresh: false,
            });
        }
    }
    let rendered = render_commit(unit, repository, &commit).await?;
    let placed = Arc::new(place(line, unit, rendered).await?);
    memory.rendered = Some(CachedRender {
        commit,
        asked,
        placed: placed.clone(),
    });
    Ok(Rendering { placed, fresh: true })
}

/// Renders a commit, not placed yet.
pub(crate) async fn render_commit(
    unit: &Unit,
    repository: &Arc<Repository>,
    commit: &plumb_model::CommitId,
) -> Result<Rendered, PassError> {
    let (repository, commit, spec) = (repository.clone(), commit.clone(), unit.render.clone());
    blocking(move || {
        let tree = repository.tree(&commit)?;
        plumb_render::render(&tree, &spec).map_err(|error| PassError::Render {
            path: spec.path.clone(),
            commit: commit.short().to_owned(),
            error: Box::new(error),
        })
    })
    .await
}

/// Says where in the cluster each object goes.
pub(crate) async fn place(line: &Line, unit: &Unit, rendered: Rendered) -> Result<Rendered, PassError> {
    let wanted = rendered
        .objects
        .iter()
        .map(|object| object.id.kind.clone())
        .collect();
    let kinds = line.cluster.kinds(&wanted).await?;
    let namespaced: BTreeMap<GroupKind, bool> = kinds
        .into_iter()
        .map(|(kind, info)| (kind, info.namespaced))
        .collect();
    let default_namespace = unit
        .render
        .default_namespace
        .as_deref()
        .or(unit.destination.namespace.as_deref());
    let placement = Placement {
        default_namespace,
        marks: &unit.marks,
        namespaced: &namespaced,
        directives: adapter::directives(unit.id.kind),
    };
    Ok(plumb_render::place(rendered, &placement)?)
}

async fn holds_in(
    repository: &Arc<Repository>,
    cached: &CachedRender,
    commit: &plumb_model::CommitId,
) -> Result<bool, PassError> {
    let (repository, commit, placed) = (repository.clone(), commit.clone(), cached.placed.clone());
    blocking(move || {
        let tree = repository.tree(&commit)?;
        // A tree that cannot be read is rendered again, and then says why it cannot be.
        Ok::<_, plumb_git::GitError>(placed.reads.holds_in(&tree).unwrap_or(false))
    })
    .await
}

/// Everything in a unit that has a say in what its commit comes to.
fn asked(unit: &Unit) -> Digest {
    let text = format!("{:?} {:?} {:?}", unit.render, unit.destination, unit.marks);
    Digest::of(text.as_bytes())
}
