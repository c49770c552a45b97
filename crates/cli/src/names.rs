//! Names of units as people write them: `my-app`, `argocd/my-app`, `application/argocd/my-app`.
//!
//! **Invariant:** a name that fits several units is refused with all of them; one that fits none, with its neighbours.

use anyhow::{anyhow, bail};
use plumb_cluster::{Cluster, ClusterError};
use plumb_history::Ledger;
use plumb_model::{UnitId, UnitKind};
use plumb_pipeline::actions::{self, ActionError, Loaded};

/// Both kinds, in the order in which they are shown.
pub(crate) const KINDS: [UnitKind; 2] = [UnitKind::Application, UnitKind::Kustomization];

/// Most neighbours that a hint names.
const NEIGHBOURS: usize = 3;

/// A name as written, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: Option<UnitKind>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

impl Wanted {
    /// Takes apart `name`, `namespace/name`, `kind/name` or `kind/namespace/name`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            bail!("{text:?} is no name: write it as my-app, argocd/my-app or application/argocd/my-app");
        }
        let wanted = |kind, namespace: Option<&str>, name: &str| Self {
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        match parts[..] {
            [name] => Ok(wanted(None, None, name)),
            [first, name] => match kind(first) {
                Some(kind) => Ok(wanted(Some(kind), None, name)),
                None => Ok(wanted(None, Some(first), name)),
            },
            [first, namespace, name] => match kind(first) {
                Some(kind) => Ok(wanted(Some(kind), Some(namespace), name)),
                None => bail!("{first:?} in {text:?} is no kind: it is application or kustomization"),
            },
            _ => bail!("{text:?} has too many parts: write it as application/argocd/my-app"),
        }
    }

    fn fits(&self, id: &UnitId) -> bool {
        self.kind.is_none_or(|kind| kind == id.kind)
            && self
                .namespace
                .as_ref()
                .is_none_or(|namespace| *namespace == id.namespace)
            && self.name == id.name
    }
}

/// The kind that a word means.
pub(crate) fn kind(word: &str) -> Option<UnitKind> {
    match word.to_lowercase().as_str() {
        "application" | "applications" | "app" | "apps" => Some(UnitKind::Application),
        "kustomization" | "kustomizations" | "ks" => Some(UnitKind::Kustomization),
        _ => None,
    }
}

/// The unit that `text` means; where it names no namespace, in `namespace` if given, else in any.
pub(crate) async fn find(cluster: &Cluster, text: &str, namespace: Option<&str>) -> anyhow::Result<Loaded> {
    find_of(cluster, text, namespace, None).await
}

/// As [`find`], of one kind.
pub(crate) async fn find_of(
    cluster: &Cluster,
    text: &str,
    namespace: Option<&str>,
    kind: Option<UnitKind>,
) -> anyhow::Result<Loaded> {
    let mut wanted = Wanted::parse(text)?;
    wanted.kind = wanted.kind.or(kind);
    wanted.namespace = wanted.namespace.or_else(|| namespace.map(str::to_owned));
    if let (Some(kind), Some(namespace)) = (wanted.kind, wanted.namespace.clone()) {
        let id = UnitId {
            kind,
            namespace,
            name: wanted.name.clone(),
        };
        match actions::load(cluster, &id).await {
            // Found out below, with a hint.
            Err(ActionError::NotFound(_)) => {}
            found => return Ok(found?),
        }
    }
    let known = known(cluster, wanted.namespace.as_deref()).await?;
    let fitting: Vec<&UnitId> = known.iter().filter(|id| wanted.fits(id)).collect();
    match fitting[..] {
        [id] => Ok(actions::load(cluster, id).await?),
        [] => Err(unknown(text, &wanted, &known, "plumb app list")),
        _ => Err(ambiguous(text, &fitting)),
    }
}

/// The one of `known` that `text` means; `list` is the command that shows them.
pub(crate) fn choose(text: &str, known: &[UnitId], list: &str) -> anyhow::Result<UnitId> {
    let wanted = Wanted::parse(text)?;
    let fitting: Vec<&UnitId> = known.iter().filter(|id| wanted.fits(id)).collect();
    match fitting[..] {
        [id] => Ok(id.clone()),
        [] => Err(unknown(text, &wanted, known, list)),
        _ => Err(ambiguous(text, &fitting)),
    }
}

/// Every unit of a namespace, or of the cluster.
async fn known(cluster: &Cluster, namespace: Option<&str>) -> anyhow::Result<Vec<UnitId>> {
    let mut known = Vec::new();
    let mut served = false;
    for kind in KINDS {
        match cluster.list(&actions::resource_kind(kind), namespace, "").await {
            Ok(objects) => {
                served = true;
                known.extend(objects.iter().map(|object| id_of(kind, object)));
            }
            Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !served {
        bail!(
            "the cluster knows neither Applications nor Kustomizations: `plumb crds --install` makes them known, or \
             choose another cluster by --context"
        );
    }
    Ok(known)
}

/// The id of the unit that `object` asks for.
pub(crate) fn id_of(kind: UnitKind, object: &serde_json::Value) -> UnitId {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    UnitId {
        kind,
        namespace: text("namespace"),
        name: text("name"),
    }
}

/// The unit that `text` means among those that the ledger tells of; `None` = all.
pub(crate) fn recorded(ledger: &Ledger, text: Option<&str>) -> anyhow::Result<Option<UnitId>> {
    text.map(|text| choose(text, &ledger.units(), "plumb audit log"))
        .transpose()
}

fn ambiguous(text: &str, fitting: &[&UnitId]) -> anyhow::Error {
    let all: Vec<String> = fitting.iter().map(|id| id.to_string()).collect();
    anyhow!("{text:?} may be {}: say which one", all.join(" or "))
}

fn unknown(text: &str, wanted: &Wanted, known: &[UnitId], list: &str) -> anyhow::Error {
    let mut near: Vec<(usize, &UnitId)> = known
        .iter()
        .filter_map(|id| Some((nearness(&wanted.name, &id.name)?, id)))
        .collect();
    near.sort();
    let what = match wanted.kind {
        Some(kind) => format!("{} {text:?}", kind.word()),
        None => format!("application or kustomization {text:?}"),
    };
    let hints: Vec<String> = near
        .iter()
        .take(NEIGHBOURS)
        .map(|(_, id)| id.to_string())
        .collect();
    if hints.is_empty() {
        anyhow!("there is no {what}: `{list}` shows what is")
    } else {
        anyhow!("there is no {what}: did you mean {}?", hints.join(" or "))
    }
}

/// How near two names are, 0 being the same; `None` = not near.
fn nearness(wanted: &str, name: &str) -> Option<usize> {
    let distance = distance(wanted, name);
    let most = (wanted.len() / 3).clamp(1, 3);
    let part = wanted.len() >= 3 && (name.contains(wanted) || wanted.contains(name));
    (distance <= most || part).then_some(distance)
}

/// How many letters must be changed, added or taken away to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
