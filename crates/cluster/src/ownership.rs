//! Whose fields are whose: what `managedFields` say, read as far as this crate needs it.
//!
//! Some managers came before us: people with `kubectl` or `helm` always do, since what they write is meant to be in Git;
//! another delivery tool does until our first apply. Their fields become ours when we apply, and go where Git does not state
//! them. Controllers at work on an object keep what is theirs.

use plumb_model::Digest;
use plumb_schema::{
    FieldSet, Segment,
    apply::{Claim, Operation, claims},
};
use serde_json::Value;

/// The annotation in which `kubectl apply` keeps what it applied last.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Delivery tools: whom an object may come from.
const TOOLS: [&str; 5] = [
    "argocd-application-controller",
    "argocd-controller",
    "helm-controller",
    "kustomize-controller",
    "plumb",
];

/// The resource version of a body; 0 where it has none.
pub(crate) fn version(body: &Value) -> u64 {
    body["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// A digest of the values that `fields` cover in `body`, of what `manager` owns by having applied it, and of what those who
/// came before it have.
pub(crate) fn projection(fields: &FieldSet, manager: &str, body: &Value) -> Digest {
    let mut text = fields.digest(body).to_vec();
    if let Some(entry) = applied_entry(body, manager) {
        text.extend(entry["fieldsV1"].to_string().into_bytes());
    }
    if is_foreign(body, manager) {
        for claim in predecessors(body, manager).0 {
            text.extend(claim.fields.digest(body));
            text.extend(claim.fields.encode().to_string().into_bytes());
        }
    }
    Digest::of(&text)
}

/// The fields that `manager` owns by having applied them.
pub(crate) fn applied(body: &Value, manager: &str) -> Option<FieldSet> {
    FieldSet::decode(&applied_entry(body, manager)?["fieldsV1"]).ok()
}

/// Whether others wrote to `body` in ways that an apply of `manager` has to take over.
pub(crate) fn is_foreign(body: &Value, manager: &str) -> bool {
    if !body["metadata"]["annotations"][LAST_APPLIED].is_null() {
        return true;
    }
    let has_applied = applied_entry(body, manager).is_some();
    let mut own_update = false;
    for entry in entries(body) {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        if !text("subresource").is_empty() {
            continue;
        }
        let (other, is_apply) = (text("manager"), text("operation") == "Apply");
        if other == manager {
            own_update |= !is_apply;
        } else if came_before(other, has_applied) {
            return true;
        }
    }
    own_update
        && predecessors(body, manager)
            .0
            .iter()
            .any(|claim| claim.manager == manager)
}

/// The entries of those who came before `manager`, and all others.
pub(crate) fn predecessors(body: &Value, manager: &str) -> (Vec<Claim>, Vec<Claim>) {
    let all = claims(body).unwrap_or_default();
    let applied = all
        .iter()
        .find(|claim| is_own(claim, manager))
        .map(|claim| claim.fields.clone());
    all.into_iter().partition(|claim| {
        if !claim.subresource.is_empty() {
            return false;
        }
        if claim.manager != manager {
            return came_before(&claim.manager, applied.is_some());
        }
        // Beside an apply of ours, what we changed otherwise was changed by admission on the way; unless it is what we
        // applied too, which is what an earlier tool of our name has left.
        claim.operation == Operation::Update
            && applied
                .as_ref()
                .is_none_or(|applied| !applied.leaves().intersection(&claim.fields.leaves()).is_empty())
    })
}

/// Whether a claim is what `manager` owns by having applied it.
pub(crate) fn is_own(claim: &Claim, manager: &str) -> bool {
    claim.manager == manager && claim.operation == Operation::Apply && claim.subresource.is_empty()
}

/// What an apply of `manager` that states `stated` takes from those who came before and gives up at once, so that it goes.
/// With it, what others keep.
pub(crate) fn surplus(
    body: &Value,
    manager: &str,
    stated: &FieldSet,
    spoken_to: &[&str],
) -> Option<(FieldSet, FieldSet)> {
    if !is_foreign(body, manager) {
        return None;
    }
    let (moved, others) = predecessors(body, manager);
    let others = others.iter().filter(|claim| !is_own(claim, manager));
    let kept = others.fold(stated.clone(), |all, claim| all.union(&claim.fields));
    let moved = moved
        .iter()
        .fold(FieldSet::new(), |all, claim| all.union(&claim.fields));
    let left_alone = left_alone(stated, body, spoken_to);
    let gone = moved.leaves().without(&left_alone).difference(&kept);
    (!gone.is_empty()).then(|| (moved.without(&left_alone), kept))
}

/// Fields of earlier managers that are not given up, whatever Git says: how many there are is a question of the moment where
/// Git does not answer it, and what kubectl applied last is of no use to anybody else. Neither is a word to a delivery
/// tool, as that the object is not to be pruned.
pub(crate) fn left_alone(stated: &FieldSet, live: &Value, spoken_to: &[&str]) -> FieldSet {
    let mut set = FieldSet::new();
    let replicas = [Segment::field("spec"), Segment::field("replicas")];
    if !stated.contains(&replicas) {
        set.insert(&replicas);
    }
    let annotations = [Segment::field("metadata"), Segment::field("annotations")];
    set.insert(&[&annotations[..], &[Segment::field(LAST_APPLIED)]].concat());
    for part in ["annotations", "labels"] {
        for key in live["metadata"][part]
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            let path = [
                Segment::field("metadata"),
                Segment::field(part),
                Segment::field(key),
            ];
            if spoken_to.iter().any(|domain| key.starts_with(domain)) && !stated.contains(&path) {
                set.insert(&path);
            }
        }
    }
    set
}

/// Whether a manager is one that people or earlier tools deploy with, and not a controller at work on the object.
fn came_before(other: &str, has_applied: bool) -> bool {
    // What `kubectl rollout restart` sets is a wish that Git does not know of; taking it over would undo it.
    let kubectl = other.starts_with("kubectl") && other != "kubectl-rollout";
    let person = kubectl
        || other == "before-first-apply"
        || other == "argocd-server"
        || other.eq_ignore_ascii_case("helm");
    person || (!has_applied && TOOLS.contains(&other))
}

fn applied_entry<'v>(body: &'v Value, manager: &str) -> Option<&'v Value> {
    entries(body).find(|entry| {
        entry["manager"] == *manager
            && entry["operation"] == "Apply"
            && entry["subresource"].as_str().unwrap_or_default().is_empty()
    })
}

fn entries(body: &Value) -> impl Iterator<Item = &Value> {
    body["metadata"]["managedFields"].as_array().into_iter().flatten()
}
