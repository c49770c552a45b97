//! Second station: from a commit to placed objects, and not at all where what was read has not changed.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use plumb_git::{Remotes, Repository};
use plumb_kustomize::Options;
use plumb_model::{Digest, GroupKind, Rendered, Unit};
use plumb_policy::Admitted;
use plumb_render::Placement;

use crate::{
    Line, Memory, Outside, PassError, adapter, clusters,
    line::CachedRender,
    resolve::{blocking, credentials_for, is_local},
};

/// Longest time for one render, with all that it fetches and runs.
const LONGEST: Duration = Duration::from_secs(600);

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
        let was_asked = cached.commit != commit || unit.request.is_some();
        let holds = if cached.placed.web_files && was_asked {
            // Nobody can tell whether a file on the web is what it was.
            false
        } else {
            (cached.commit == commit || holds_in(repository, cached, &commit).await?)
                && remotes_hold(line, unit, &cached.placed).await?
        };
        if holds {
            cached.commit = commit.clone();
            return Ok(Rendering {
                placed: cached.placed.clone(),
                fresh: false,
            });
        }
    }
    let rendered = render_commit(line, unit, repository, &commit).await?;
    let placed = Arc::new(place(line, unit, rendered).await?);
    memory.rendered = Some(CachedRender {
        commit,
        asked,
        placed: placed.clone(),
    });
    Ok(Rendering { placed, fresh: true })
}

/// Renders a commit, not placed yet.
///
/// # Errors
/// When it does not render.
pub async fn render_commit(
    line: &Line,
    unit: &Unit,
    repository: &Arc<Repository>,
    commit: &plumb_model::CommitId,
) -> Result<Rendered, PassError> {
    let (repository, commit, spec) = (repository.clone(), commit.clone(), unit.render.clone());
    let outside = outside(line, unit);
    let options = Options {
        enable_helm: line.reach.helm.is_some(),
        ..Options::default()
    };
    // Renders need processors, and more at once than there are of them only need more memory.
    let turn = line.renders.clone().acquire_owned().await;
    let turn = turn.expect("the semaphore is never closed");
    blocking(move || {
        let _turn = turn;
        let tree = repository.tree(&commit)?;
        plumb_render::render_with(&tree, &spec, &outside, &options).map_err(|error| PassError::Render {
            path: spec.path.clone(),
            commit: commit.short().to_owned(),
            error: Box::new(error),
        })
    })
    .await
}

/// What a render of `unit` may ask of the outside.
fn outside(line: &Line, unit: &Unit) -> Outside {
    let mut outside = Outside::closed().until(Instant::now() + LONGEST);
    if line.reach.remote {
        let remotes = remotes(line, unit);
        outside = outside.with_remotes(move || Ok(remotes.clone()));
    }
    match &line.reach.helm {
        Some(helm) => outside.with_helm(helm.clone()),
        None => outside,
    }
}

/// The other repositories that `unit` may read.
fn remotes(line: &Line, unit: &Unit) -> Remotes {
    let runtime = tokio::runtime::Handle::current();
    let (of_line, of_unit) = (line.clone(), unit.clone());
    let remotes = Remotes::new(line.repositories.clone())
        // Who may name a unit's repository on this machine may name another there; nobody else may.
        .with_local(is_local(&unit.source.url))
        .with_credentials(Arc::new(move |url| {
            let found = runtime.block_on(credentials_for(&of_line, &of_unit, url));
            found.map_err(|error| error.to_string())
        }));
    match unit.request {
        // A person waits for what is there now.
        Some(_) => remotes.with_max_age(Duration::ZERO),
        None => remotes,
    }
}

/// Whether the other repositories that were read are still where they were. One that cannot be asked is.
async fn remotes_hold(line: &Line, unit: &Unit, placed: &Arc<Rendered>) -> Result<bool, PassError> {
    if placed.remotes.is_empty() {
        return Ok(true);
    }
    let (remotes, placed) = (remotes(line, unit), placed.clone());
    blocking(move || {
        let moved = placed.remotes.iter().any(|read| {
            let now = remotes.commit(&read.url, &read.reference);
            now.is_ok_and(|now| now.as_str() != read.commit)
        });
        Ok::<_, PassError>(!moved)
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
    let kinds = clusters::cluster_of(line, unit).await?.kinds(&wanted).await?;
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
