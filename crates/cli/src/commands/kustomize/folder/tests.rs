use super::*;

#[test]
fn a_pattern_finds_files_in_folders_sorted() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["a/x.yaml", "b/x.yaml", "b/y.yaml", "b/z.txt"] {
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let folder = WorkingFolder::new(dir.path().to_owned());
    assert_eq!(
        folder.glob("*/*.yaml").unwrap(),
        ["a/x.yaml", "b/x.yaml", "b/y.yaml"]
    );
    assert_eq!(folder.glob("b/z.txt").unwrap(), ["b/z.txt"]);
    assert!(folder.glob("c/*").unwrap().is_empty());
}

#[test]
fn an_edit_keeps_the_permissions_and_leaves_nothing_beside() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kustomization.yaml");
    fs::write(&file, "resources: []\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let mut folder = WorkingFolder::new(dir.path().to_owned());
    plumb_kustomize::edit::edit(
        &["set".into(), "image".into(), "myapp=myapp:2".into()],
        &mut folder,
    )
    .unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("newTag: \"2\""));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
