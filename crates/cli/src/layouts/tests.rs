use plumb_model::{MemoryTree, RenderSpec};

use super::*;

fn tree(files: &[File]) -> MemoryTree {
    files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.with(path, text.clone())
    })
}

#[test]
fn no_mark_is_left_unfilled() {
    let polyrepo = polyrepo("https://example.com/org")
        .into_iter()
        .flat_map(|(_, files)| files);
    for (path, text) in monorepo("https://example.com/org/repo")
        .into_iter()
        .chain(polyrepo)
    {
        let manifest = path.ends_with(".yaml") && !path.contains(".github");
        assert!(!manifest || !text.contains('@'), "{path}:\n{text}");
    }
}

#[test]
fn every_folder_that_an_application_names_renders() {
    let files = monorepo("https://example.com/org/repo");
    let tree = tree(&files);
    let mut paths: Vec<String> = applications().into_iter().map(|(_, _, path)| path).collect();
    paths.extend(
        [
            "infrastructure/cluster/addons",
            "deploy/production",
            "config/argocd",
            "config/flux",
        ]
        .map(str::to_owned),
    );
    for path in paths {
        let rendered = plumb_render::render(
            &tree,
            &RenderSpec {
                path: path.clone(),
                ..RenderSpec::default()
            },
        );
        assert!(
            !rendered
                .unwrap_or_else(|error| panic!("{path}: {error}"))
                .objects
                .is_empty(),
            "{path}"
        );
    }
}

#[test]
fn the_guides_app_has_five_replicas_in_production() {
    let tree = tree(&monorepo("https://example.com/org/repo"));
    let spec = RenderSpec {
        path: "apps/my-app/overlays/production".into(),
        ..RenderSpec::default()
    };
    let rendered = plumb_render::render(&tree, &spec).unwrap();
    let deployment = rendered
        .objects
        .iter()
        .find(|object| object.id.kind.kind == "Deployment")
        .unwrap();
    assert_eq!(deployment.body["spec"]["replicas"], 5);
    assert_eq!(deployment.id.name, "myapp");
}
