//! Restarting, scaling and deleting by hand: each with a page that says what will happen, which works without script.
//!
//! **Invariant:** only objects of the app's own tree are touched, and only in ways that their kind knows.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use maud::{Markup, html};
use plumb_cluster::{Access, Touch};
use plumb_model::{GroupKind, GroupVersionKind, ObjectId, UnitId};
use plumb_pipeline::{ByHand, by_hand, now};
use serde::Deserialize;

use crate::{
    actions::{Done, back},
    app::trail,
    controls::{REASON, address, reason},
    fault::Fault,
    gate,
    guard::Confirmed,
    layout,
    outside::Outside,
    site::Site,
    target::{Target, path},
    tree::{Node, nodes},
};

/// More Pods than this are a slip of the finger.
const MOST_PODS: u32 = 1000;

/// What can be done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Deed {
    /// Begin its Pods anew.
    Restart,
    /// Run more or fewer.
    Scale,
    /// Delete a Pod.
    Delete,
}

/// To which object, and how.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// `Kind.group`, or `Kind` of the core group.
    of: String,
    /// Its namespace.
    r#in: String,
    /// Its name.
    called: String,
    /// How many Pods.
    replicas: String,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    deed: Deed,
}

impl Deed {
    const ALL: [Self; 3] = [Self::Restart, Self::Scale, Self::Delete];

    fn word(self) -> &'static str {
        match self {
            Self::Restart => "Restart",
            Self::Scale => "Scale",
            Self::Delete => "Delete",
        }
    }

    /// Whether it can be done to such a node.
    fn suits(self, node: &Node) -> bool {
        let (group, kind) = (node.id.kind.group.as_str(), node.id.kind.kind.as_str());
        match self {
            Self::Restart => group == "apps" && matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet"),
            // What is scaled by its owner would be scaled back by it.
            Self::Scale => {
                let kinds = matches!(kind, "Deployment" | "StatefulSet" | "ReplicaSet");
                group == "apps" && kinds && node.owner.is_none()
            }
            Self::Delete => group.is_empty() && kind == "Pod",
        }
    }

    fn address(self, unit: &UnitId, object: &ObjectId, replicas: &str) -> String {
        let of = match object.kind.group.as_str() {
            "" => object.kind.kind.clone(),
            group => format!("{}.{group}", object.kind.kind),
        };
        let values = [
            ("of", &*of),
            ("in", object.namespace.as_deref().unwrap_or_default()),
            ("called", &object.name),
            ("replicas", replicas),
        ];
        address(
            &format!("{}/touch/{}", path(unit), self.word().to_lowercase()),
            &values,
        )
    }
}

impl Asked {
    fn object(&self) -> ObjectId {
        let (kind, group) = self.of.split_once('.').unwrap_or((&self.of, ""));
        ObjectId {
            kind: GroupKind::new(group, kind),
            namespace: Some(self.r#in.clone()).filter(|namespace| !namespace.is_empty()),
            name: self.called.clone(),
        }
    }

    /// How many Pods are asked for; `None` where that is still to be said.
    fn replicas(&self) -> Result<Option<u32>, Fault> {
        let text = self.replicas.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number| *number <= MOST_PODS);
        number.map(Some).ok_or_else(|| {
            Fault::bad(format!(
                "the number of Pods cannot be {text:?}: it is 0 to {MOST_PODS}"
            ))
        })
    }
}

/// Links to all that can be done to a node.
pub(crate) fn links(unit: &UnitId, node: &Node) -> Markup {
    let has_pods = matches!(
        node.id.kind.kind.as_str(),
        "Pod" | "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob"
    );
    let name = &node.id.name;
    html! {
        @if has_pods {
            a href=(address(&path(unit), &[("tab", "logs"), ("of", name)])) { "Logs" span.away { " of " (Outside(name)) } } " "
        }
        a href=(address(&path(unit), &[("tab", "events"), ("q", name)])) { "Events" span.away { " of " (Outside(name)) } }
        @for deed in Deed::ALL.into_iter().filter(|deed| deed.suits(node)) {
            " " a href=(deed.address(unit, &node.id, "")) { (deed.word()) span.away { " " (Outside(name)) } }
        }
    }
}

/// What would happen, and the button that does it.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(Which { deed }): Path<Which>,
    Query(asked): Query<Asked>,
    target: Target,
) -> Result<Html<String>, Fault> {
    let node = find(&site, &target, deed, &asked).await?;
    let replicas = asked.replicas()?;
    let running = if deed == Deed::Scale {
        running(&site, &target, &node).await?
    } else {
        None
    };
    let title = format!("{} {}?", deed.word(), node.id.name);
    let body = html! {
        (trail(&target.id, Some(deed.word())))
        div.head { div { h1 { (Outside(&title)) } p.sub { (Outside(node.id.to_string())) } } }
        @if deed == Deed::Scale && replicas.is_none() {
            (how_many(&target.id, deed, &asked, running))
        } @else {
            (warning(&target, deed, replicas, running))
            form.confirm method="post" action=(deed.address(&target.id, &node.id, &asked.replicas)) {
                input type="hidden" name="token" value=(site.token());
                label for="reason" { "Why? " span.sub { "(optional, recorded)" } }
                input #reason type="text" name="reason" maxlength=(REASON) autocomplete="off";
                div.actions {
                    a.button #cancel href=(crate::tabs::Tab::Tree.address(&target.id)) autofocus { "Cancel" }
                    button.danger type="submit" { (deed.word()) }
                }
            }
        }
    };
    Ok(Html(layout::page(&title, None, &body).into_string()))
}

/// Does it.
pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    Path(Which { deed }): Path<Which>,
    Query(asked): Query<Asked>,
    target: Target,
    confirmed: Confirmed,
) -> Result<Redirect, Fault> {
    let node = find(&site, &target, deed, &asked).await?;
    demand(&site, deed, &node).await?;
    let touch = match deed {
        Deed::Restart => Touch::Restart(now()),
        Deed::Delete => Touch::Delete,
        Deed::Scale => Touch::Scale(
            asked
                .replicas()?
                .ok_or_else(|| Fault::bad("how many Pods there are to be is not said"))?,
        ),
    };
    let asked = ByHand {
        object: node.id,
        version: node.version,
        touch,
        by: site.actor(),
        reason: reason(confirmed.reason),
    };
    by_hand(&site.line, target.unit()?, &asked).await?;
    Ok(back(&target.id, Done::Touch))
}

/// The node that is asked for, where it is the app's and of a kind that knows the deed.
async fn find(site: &Site, target: &Target, deed: Deed, asked: &Asked) -> Result<Node, Fault> {
    let report = &target.view.report;
    let family = site.families.of(site, target.unit()?, report).await?;
    let wanted = asked.object();
    let node = nodes(report, &family).into_iter().find(|node| node.id == wanted);
    let node = node.ok_or_else(|| Fault::not_found(format!("{} has no object {wanted}", target.id)))?;
    if !deed.suits(&node) {
        let what = deed.word().to_lowercase();
        return Err(Fault::conflict(format!("{wanted} is nothing to {what} here")));
    }
    Ok(node)
}

/// A fault unless the cluster lets whoever asks do that to the object themselves.
async fn demand(site: &Site, deed: Deed, node: &Node) -> Result<(), Fault> {
    let kind = &node.id.kind;
    let gvk = GroupVersionKind::new(kind.group.clone(), node.version.clone(), kind.kind.clone());
    let resource = site.line.own().path_name(&gvk).await.map_err(Fault::cluster)?;
    let (verb, subresource) = match deed {
        Deed::Restart => ("patch", None),
        Deed::Scale => ("patch", Some("scale")),
        Deed::Delete => ("delete", None),
    };
    let access = Access {
        verb,
        resource,
        subresource,
        namespace: node.id.namespace.clone(),
        name: Some(node.id.name.clone()),
    };
    gate::demand(site, access).await
}

/// How many Pods it is to have now.
async fn running(site: &Site, target: &Target, node: &Node) -> Result<Option<u64>, Fault> {
    let cluster = plumb_pipeline::cluster_of(&site.line, target.unit()?).await?;
    let gvk = GroupVersionKind::new(
        node.id.kind.group.clone(),
        node.version.clone(),
        node.id.kind.kind.clone(),
    );
    let body = cluster
        .get(&gvk, node.id.namespace.as_deref(), &node.id.name)
        .await;
    let body = body.map_err(Fault::cluster)?;
    Ok(body.and_then(|body| body["spec"]["replicas"].as_u64()))
}

fn how_many(unit: &UnitId, deed: Deed, asked: &Asked, running: Option<u64>) -> Markup {
    html! {
        form.confirm method="get" action={ (path(unit)) "/touch/" (deed.word().to_lowercase()) } {
            @for (name, value) in [("of", &asked.of), ("in", &asked.r#in), ("called", &asked.called)] {
                input type="hidden" name=(name) value=(Outside(value));
            }
            label for="replicas" { "How many Pods?" @if let Some(running) = running { " " span.sub { "(now " (running) ")" } } }
            input #replicas type="number" name="replicas" min="0" max=(MOST_PODS) required value=[running] autofocus;
            div.actions {
                a.button href=(crate::tabs::Tab::Tree.address(unit)) { "Cancel" }
                button.main type="submit" { "Next" }
            }
        }
    }
}

fn warning(target: &Target, deed: Deed, replicas: Option<u32>, running: Option<u64>) -> Markup {
    let heals = target
        .view
        .unit
        .as_ref()
        .is_some_and(|unit| unit.sync.self_heal && !unit.suspended);
    html! {
        @match deed {
            Deed::Restart => p { "Its Pods are replaced by new ones of the same revision, as its strategy for updates says. Git stays as it is." }
            Deed::Delete => p { "The Pod ends now. What owns it makes a new one; a Pod that nothing owns comes back only if Git has it." }
            Deed::Scale => {
                p {
                    "From " b { @match running { Some(running) => (running), None => "unknown" } } " to "
                    b { @if let Some(replicas) = replicas { (replicas) } } " Pods."
                }
                @if replicas == Some(0) { p.banner.warn { "With no Pods it does nothing at all." } }
                @if heals {
                    p.banner.warn {
                        "This app corrects drift: where Git says how many Pods there are, that comes back within moments. "
                        "To change it for good, change it in Git, or suspend the app first."
                    }
                }
            }
        }
    }
}
