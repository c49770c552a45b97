//! Every field tells where it was said last.

use plumb_kustomize::{Build, Built, Options, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};
use plumb_yaml::Node;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  paused: false
  template:
    spec:
      containers:
      - name: web
        image: web:1
        env:
        - name: MODE
          value: slow
";

const BASE: &str = "\
resources:
- deployment.yaml
configMapGenerator:
- name: settings
  literals:
  - A=1
";

const OVERLAY: &str = "\
resources:
- ../base
namespace: shop
namePrefix: eu-
commonLabels:
  tier: front
images:
- name: web
  newTag: \"2\"
replicas:
- name: web
  count: 3
configMapGenerator:
- name: settings
  behavior: merge
  literals:
  - B=2
patches:
- path: patch.yaml
- target:
    kind: Deployment
  patch: |-
    - op: replace
      path: /spec/paused
      value: true
";

const PATCH: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        env:
        - name: MODE
          value: fast
";

fn built() -> Built {
    let tree = MemoryTree::new()
        .with("base/kustomization.yaml", BASE)
        .with("base/deployment.yaml", DEPLOYMENT)
        .with("prod/kustomization.yaml", OVERLAY)
        .with("prod/patch.yaml", PATCH);
    let reader = Reader::new(&tree, ReadLimits::default());
    let path = TreePath::parse("prod").expect("inside the tree");
    build(&reader, &path, &Options::default()).expect("it builds")
}

/// Where the field at `path` of the object of a kind was said: maps by key, lists by position.
fn origin(built: &Built, kind: &str, path: &[&str]) -> String {
    let object = built
        .objects
        .iter()
        .find(|object| object.node.get("kind").and_then(Node::as_str) == Some(kind))
        .expect("there is one of the kind");
    let step = |node: &'_ Node, part: &str| -> Option<Node> {
        match part.parse::<usize>() {
            Ok(index) => node.as_sequence()?.get(index).cloned(),
            Err(_) => node.get(part).cloned(),
        }
    };
    let field = path
        .iter()
        .try_fold(object.node.clone(), |node, part| step(&node, part));
    let mark = field.expect("the field is there").mark;
    built
        .place(mark)
        .map_or_else(|| "the program".to_owned(), |place| place.to_string())
}

#[test]
fn each_field_tells_the_line_that_set_it() {
    let built = built();
    let container = ["spec", "template", "spec", "containers", "0"];
    let of_container = |rest: &[&'static str]| [&container[..], rest].concat();
    for (kind, path, wanted) in [
        (
            "Deployment",
            vec!["spec", "replicas"],
            "prod/kustomization.yaml:12:10",
        ),
        ("Deployment", vec!["spec", "paused"], "prod/kustomization.yaml:25"),
        (
            "Deployment",
            of_container(&["image"]),
            "prod/kustomization.yaml:9:11",
        ),
        (
            "Deployment",
            of_container(&["env", "0", "value"]),
            "prod/patch.yaml:12:18",
        ),
        ("Deployment", of_container(&["name"]), "prod/patch.yaml:9:15"),
        ("Deployment", vec!["kind"], "base/deployment.yaml:2:7"),
        (
            "Deployment",
            vec!["metadata", "name"],
            "prod/kustomization.yaml:4:13",
        ),
        (
            "Deployment",
            vec!["metadata", "namespace"],
            "prod/kustomization.yaml:3:12",
        ),
        (
            "Deployment",
            vec!["metadata", "labels", "tier"],
            "prod/kustomization.yaml:6:9",
        ),
        ("ConfigMap", vec!["data", "A"], "base/kustomization.yaml:4:3"),
        ("ConfigMap", vec!["data", "B"], "prod/kustomization.yaml:14:3"),
    ] {
        assert_eq!(origin(&built, kind, &path), wanted, "{kind} {path:?}");
    }
}

#[test]
fn limits_are_those_of_one_build() {
    let tree = MemoryTree::new()
        .with("a/kustomization.yaml", "resources:\n- r.yaml\n")
        .with("a/r.yaml", DEPLOYMENT)
        .with("b/kustomization.yaml", "resources:\n- r.yaml\n")
        .with("b/r.yaml", DEPLOYMENT);
    let reader = Reader::new(&tree, ReadLimits::default());
    let mut options = Options::default();
    options.limits.documents = 2;
    let folders = ["a", "b"].map(|path| TreePath::parse(path).expect("inside the tree"));
    let mut count = 0;
    Build::new(&reader, &options).each(&folders, |_, built| {
        count += built.map_or(0, |built| built.objects.len())
    });
    assert_eq!(count, 2);
}

#[test]
fn each_object_tells_where_it_came_from() {
    let built = built();
    let places: Vec<String> = built
        .objects
        .iter()
        .filter_map(|object| built.place(object.mark))
        .map(|place| place.to_string())
        .collect();
    assert_eq!(
        places,
        ["base/kustomization.yaml:4:3", "base/deployment.yaml:1:1"]
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let tree = MemoryTree::new()
        .with(
            "kustomization.yaml",
            "resources:\n- a.yaml\n- missing.yaml\n- b.yaml\n",
        )
        .with("a.yaml", "kind: [\n")
        .with("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n");
    let reader = Reader::new(&tree, ReadLimits::default());
    let error = build(&reader, &TreePath::root(), &Options::default()).expect_err("three files are wrong");
    let lines: Vec<String> = error.causes().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 3, "{error}");
    assert!(lines[0].starts_with("a.yaml:2:1: MalformedYAMLError"), "{error}");
    assert!(
        lines[1].starts_with("kustomization.yaml:3:3: missing.yaml: no such file"),
        "{error}"
    );
    assert!(
        lines[2].starts_with("b.yaml:1:1: missing metadata.name"),
        "{error}"
    );
}
