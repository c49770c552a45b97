use super::*;

#[test]
fn a_folder_lists_what_is_in_it_sorted() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["b/x.yaml", "b/y.yaml", "a.yaml"] {
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let folder = WorkingFolder::new(dir.path().to_owned());
    assert_eq!(folder.list("."), ["a.yaml", "b"]);
    assert_eq!(folder.list("b"), ["x.yaml", "y.yaml"]);
    assert!(folder.list("c").is_empty());
}

#[test]
fn an_edit_keeps_the_permissions_and_leaves_nothing_beside() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kustomization.yaml");
    fs::write(&file, "resources: []\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let mut folder = WorkingFolder::new(dir.path().to_owned());
    let argv = ["set".into(), "image".into(), "myapp=myapp:2".into()];
    plumb_kustomize::edit::edit(&argv, plumb_kustomize::edit::Writing::Anew, &mut folder)
        .result
        .unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("newTag: \"2\""));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
