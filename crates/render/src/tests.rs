use std::collections::BTreeMap;

use plumb_model::{
    Directives, GroupKind, Marks, MemoryTree, Object, RenderMode, RenderSpec, Rendered, Tracking,
};
use serde_json::Value;

use super::*;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: value\n";

fn spec(path: &str) -> RenderSpec {
    RenderSpec {
        path: path.to_owned(),
        ..RenderSpec::default()
    }
}

/// One line for each object: what it is and where it was written.
fn names(rendered: &Rendered) -> Vec<String> {
    rendered
        .objects
        .iter()
        .map(|object| format!("{} ({})", object.id, object.origin))
        .collect()
}

fn error(tree: &MemoryTree, spec: &RenderSpec) -> String {
    render(tree, spec).expect_err("must not render").to_string()
}

#[test]
fn a_folder_of_manifests_is_read_without_its_subfolders() {
    let list =
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n";
    let tree = MemoryTree::new()
        .with("app/a.yaml", format!("# a comment\n---\n{CONFIG_MAP}"))
        .with("app/b.yml", list)
        .with(
            "app/c.json",
            r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"c"}}"#,
        )
        .with("app/values.yaml", "replicas: 3\n")
        .with("app/sub/d.yaml", CONFIG_MAP);
    let rendered = render(&tree, &spec("./app/")).unwrap();
    assert_eq!(
        names(&rendered),
        [
            "ConfigMap a (app/a.yaml:3)",
            "Secret s (app/b.yml:4)",
            "Service c (app/c.json:1)"
        ]
    );
    assert_eq!(
        rendered.warnings.len(),
        1,
        "values.yaml is told about: {:?}",
        rendered.warnings
    );
    let recurse = RenderMode::Directory {
        recurse: true,
        include: vec!["sub/*".into()],
        exclude: Vec::new(),
    };
    let rendered = render(
        &tree,
        &RenderSpec {
            mode: recurse,
            ..spec("app")
        },
    )
    .unwrap();
    assert_eq!(names(&rendered), ["ConfigMap a (app/sub/d.yaml:1)"]);
}

#[test]
fn a_kustomization_is_built_and_a_missing_one_is_generated_for_flux() {
    let tree = MemoryTree::new()
        .with("k/kustomization.yaml", "namePrefix: x-\nresources: [a.yaml]\n")
        .with("k/a.yaml", CONFIG_MAP)
        .with("g/deep/a.yaml", CONFIG_MAP)
        .with(
            "g/unit/kustomization.yaml",
            "namePrefix: y-\nresources: [a.yaml]\n",
        )
        .with("g/unit/a.yaml", CONFIG_MAP);
    assert_eq!(render(&tree, &spec("k")).unwrap().objects[0].id.name, "x-a");
    let generate = RenderSpec {
        mode: RenderMode::Generate,
        ..spec("g")
    };
    let mut found: Vec<String> = render(&tree, &generate)
        .unwrap()
        .objects
        .iter()
        .map(|o| o.id.name.clone())
        .collect();
    found.sort();
    assert_eq!(found, ["a", "y-a"]);
    let overlay = RenderSpec {
        overlay: serde_json::json!({"nameSuffix": "-z"}),
        ..spec("k")
    };
    assert_eq!(render(&tree, &overlay).unwrap().objects[0].id.name, "x-a-z");
}

#[test]
fn what_was_read_tells_whether_another_commit_renders_the_same() {
    let tree = MemoryTree::new()
        .with("app/a.yaml", CONFIG_MAP)
        .with("other/b.yaml", "x: 1\n");
    let reads = render(&tree, &spec("app")).unwrap().reads;
    assert!(
        reads
            .holds_in(&tree.clone().with("other/b.yaml", "x: 2\n"))
            .unwrap()
    );
    assert!(
        !reads
            .holds_in(&tree.clone().with("app/new.yaml", CONFIG_MAP))
            .unwrap()
    );
    assert!(!reads.holds_in(&tree.with("app/a.yaml", "")).unwrap());
}

#[test]
fn errors_name_the_place_and_what_is_there() {
    let tree = MemoryTree::new()
        .with("apps/web/a.yaml", "a: b: c\n")
        .with("apps/api/b.yaml", "kind: ConfigMap\n");
    let missing = error(&tree, &spec("apps/wbe"));
    assert!(
        missing.contains("apps/wbe") && missing.contains("apps holds api, web"),
        "{missing}"
    );
    let wrong = error(&tree, &spec("apps/web"));
    assert!(wrong.starts_with("apps/web/a.yaml:1:"), "{wrong}");
    let incomplete = error(&tree, &spec("apps/api"));
    assert!(
        incomplete.starts_with("apps/api/b.yaml:1: apiVersion is missing"),
        "{incomplete}"
    );
    let chart = error(&MemoryTree::new().with("c/Chart.yaml", "name: c\n"), &spec("c"));
    assert!(chart.starts_with("c is a Helm chart"), "{chart}");
    let out = error(&tree, &spec("../etc"));
    assert!(out.contains("leads out of the repository"), "{out}");
}

#[test]
fn variables_are_put_in_as_text() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '${x}', b: '${y:=dflt}', c: '$${x}', d: $x}\n";
    let tree = MemoryTree::new().with("a.yaml", text);
    let with = |variables: &[(&str, &str)]| {
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        RenderSpec {
            substitute: Some(variables),
            ..spec("")
        }
    };
    let body = render(&tree, &with(&[("x", "1")])).unwrap().objects[0]
        .body
        .clone();
    assert_eq!(
        body["data"],
        serde_json::json!({"a": 1, "b": "dflt", "c": "${x}", "d": "$x"})
    );
    let unset = error(&tree, &with(&[]));
    assert!(unset.contains("variable x has no value"), "{unset}");
}

fn placed(tree: &MemoryTree, namespaced: &[(&str, bool)]) -> Rendered {
    let tracking = Tracking {
        key: "example.com/tracking".into(),
        owner: "my-app".into(),
    };
    let marks = Marks {
        labels: BTreeMap::from([("owner".into(), "me".into())]),
        tracking: Some(tracking),
    };
    let kinds: BTreeMap<GroupKind, bool> = namespaced
        .iter()
        .map(|(kind, namespaced)| (GroupKind::new("", *kind), *namespaced))
        .collect();
    let directives: fn(&Value) -> Directives = |_| Directives::default();
    let placement = Placement {
        default_namespace: Some("prod"),
        marks: &marks,
        namespaced: &kinds,
        directives,
    };
    place(render(tree, &spec("")).unwrap(), &placement).unwrap()
}

#[test]
fn objects_get_their_namespace_and_marks() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n";
    let tree = MemoryTree::new().with("a.yaml", format!("{CONFIG_MAP}---\n{namespace}"));
    let done = placed(&tree, &[("ConfigMap", true), ("Namespace", false)]);
    let ids: Vec<String> = done
        .objects
        .iter()
        .map(|object: &Object| object.id.to_string())
        .collect();
    assert_eq!(ids, ["ConfigMap prod/a", "Namespace n"]);
    let metadata = &done.objects[0].body["metadata"];
    assert_eq!(
        metadata["annotations"]["example.com/tracking"],
        "my-app:/ConfigMap:prod/a"
    );
    assert_eq!(metadata["labels"]["owner"], "me");
}

#[test]
fn of_objects_that_are_there_twice_the_last_is_used_and_told_about() {
    let other = CONFIG_MAP.replace("value", "other");
    let tree = MemoryTree::new().with("a.yaml", CONFIG_MAP).with("b.yaml", other);
    let done = placed(&tree, &[("ConfigMap", true)]);
    assert_eq!(done.objects.len(), 1);
    assert_eq!(done.objects[0].body["data"]["key"], "other");
    assert_eq!(
        done.warnings,
        ["ConfigMap prod/a is there twice: b.yaml:1 is used, a.yaml:1 is not"]
    );
}
