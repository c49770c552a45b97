//! Which nodes are shown, and where.

use plumb_cluster::{Family, Member};
use plumb_model::{
    GroupKind, Health, HealthStatus, ObjectId, ResourceReport, SyncStatus, UnitId, UnitKind, UnitReport,
};

use super::*;

pub(super) fn object(kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: GroupKind::new("apps", kind),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

fn root(name: &str, health: HealthStatus) -> ResourceReport {
    ResourceReport {
        id: object("Deployment", name),
        version: "v1".to_owned(),
        sync: SyncStatus::Synced,
        health: Some(Health::new(health, "")),
        requires_pruning: false,
        drift: Vec::new(),
    }
}

fn member(name: &str, owner: &ObjectId, health: HealthStatus) -> Member {
    Member {
        id: object("Pod", name),
        version: "v1".to_owned(),
        owner: owner.clone(),
        health: Some(Health::new(health, "")),
        created: String::new(),
        note: String::new(),
        containers: vec!["main".to_owned()],
    }
}

/// So many Deployments with two Pods each; one Pod of the last is not well.
fn family(deployments: usize) -> (UnitReport, Family) {
    let resources: Vec<ResourceReport> = (0..deployments)
        .map(|number| root(&format!("web-{number:03}"), HealthStatus::Healthy))
        .collect();
    let mut members = Vec::new();
    for (number, resource) in resources.iter().enumerate() {
        for pod in 0..2 {
            let bad = number + 1 == deployments && pod == 1;
            let health = if bad {
                HealthStatus::Degraded
            } else {
                HealthStatus::Healthy
            };
            members.push(member(&format!("web-{number:03}-{pod}"), &resource.id, health));
        }
    }
    let report = UnitReport {
        resources,
        ..UnitReport::unknown()
    };
    let gaps = Vec::new();
    (report, Family { members, gaps })
}

fn names(shown: &Shown) -> Vec<&str> {
    shown.nodes.iter().map(|node| node.id.name.as_str()).collect()
}

fn asked(show: &str, q: &str) -> Asked {
    Asked {
        show: show.to_owned(),
        q: q.to_owned(),
    }
}

#[test]
fn a_large_tree_begins_with_what_needs_somebody_and_its_owners() {
    let (report, family) = family(200);
    let all = nodes(&report, &family);
    let shown = sift(all.clone(), &asked("", ""), Vec::new());
    assert_eq!((shown.total, shown.trouble), (600, true));
    assert_eq!(names(&shown), ["web-199", "web-199-1"]);
    assert_eq!(shown.nodes[1].owner, Some(0));
    let chip = filter(&unit(), &asked("", ""), &shown).into_string();
    assert!(chip.contains("Showing 2 of 600"), "{chip}");
    assert_eq!(sift(all.clone(), &asked("all", ""), Vec::new()).nodes.len(), 600);
    let found = sift(all, &asked("", "pod WEB-007-0"), Vec::new());
    assert_eq!(names(&found), ["web-007", "web-007-0"]);
}

#[test]
fn a_small_tree_is_shown_whole_the_worst_first() {
    let (mut report, mut family) = family(2);
    report.resources.push(root("sick", HealthStatus::Degraded));
    let deepest = member("grandchild", &object("Pod", "web-000-0"), HealthStatus::Healthy);
    family.members.push(deepest);
    let shown = sift(nodes(&report, &family), &asked("", ""), Vec::new());
    assert_eq!(
        names(&shown),
        [
            "sick",
            "web-000",
            "web-000-0",
            "grandchild",
            "web-000-1",
            "web-001",
            "web-001-1",
            "web-001-0"
        ]
    );
    let levels: Vec<usize> = shown.nodes.iter().map(|node| node.level).collect();
    assert_eq!(levels, [1, 1, 2, 3, 2, 1, 2, 2]);
}

#[test]
fn the_drawing_and_the_grid_show_the_same() {
    let (report, family) = family(3);
    let shown = sift(nodes(&report, &family), &asked("", ""), Vec::new());
    let svg = drawing::svg(&unit(), &shown.nodes).into_string();
    let grid = grid::table(&unit(), &shown.nodes).into_string();
    for (index, node) in shown.nodes.iter().enumerate() {
        assert!(svg.contains(&format!("href=\"#n{index}\"")) && grid.contains(&format!("id=\"n{index}\"")));
        assert!(grid.contains(&format!("aria-level=\"{}\"", node.level)));
    }
    assert!(svg.contains("✕ Degraded") && grid.contains("Degraded"));
    assert!(grid.contains("aria-posinset=\"2\" aria-setsize=\"2\""));
    assert!(
        !svg.contains("tabindex=\"0\""),
        "what is hidden must take no focus"
    );
}

fn unit() -> UnitId {
    UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: "shop".to_owned(),
    }
}
