use super::*;

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

fn arguments(target: &str, destination: Option<&str>, scope: Option<&str>) -> Arguments {
    Arguments {
        target: target.to_owned(),
        destination: destination.map(str::to_owned),
        scope: scope.map(str::to_owned),
        no_verify: false,
    }
}

#[test]
fn a_copy_builds_the_same_and_lies_as_the_scope_does() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    write(
        &root,
        &[
            ("app/kustomization.yaml", "resources: [../base]\nnamePrefix: x-\n"),
            ("base/kustomization.yaml", "resources: [sub/../a.yaml]\n"),
            (
                "base/a.yaml",
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n",
            ),
            ("base/sub/other.txt", ""),
        ],
    );
    let places = places(&arguments("app", Some("copy"), Some(".")), &root).unwrap();
    places.write(&places.collect().unwrap()).unwrap();
    places.verify().unwrap();
    let text = fs::read_to_string(root.join("copy/base/kustomization.yaml")).unwrap();
    assert_eq!(text, "resources:\n- a.yaml\n");
    assert!(!root.join("copy/base/sub").exists());
}

#[test]
fn a_destination_is_new_and_a_scope_holds_the_target() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("app/kustomization.yaml", ""), ("there/x", "")]);
    let error = places(&arguments("app", Some("there"), None), dir.path()).unwrap_err();
    assert!(format!("{error:#}").contains("already exists"), "{error:#}");
    let error = places(&arguments("app", None, Some("there")), dir.path()).unwrap_err();
    assert!(
        format!("{error:#}").contains("does not contain target"),
        "{error:#}"
    );
    let usual = places(&arguments("app", None, None), dir.path()).unwrap();
    assert!(usual.destination.ends_with("localized-app"));
}
