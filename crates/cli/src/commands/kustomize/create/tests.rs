use std::fs;

use super::*;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

#[test]
fn files_with_objects_and_folders_with_a_kustomization_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("service.yaml", SERVICE),
        ("notes.txt", "not an object\n"),
        ("sub/service.yaml", SERVICE),
        ("base/kustomization.yaml", "resources: [service.yaml]\n"),
        ("base/service.yaml", SERVICE),
    ];
    for (path, text) in files {
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let found = |recursive| {
        let mut found = Vec::new();
        detect(dir.path(), "", recursive, &mut found).unwrap();
        found
    };
    assert_eq!(found(false), ["service.yaml"]);
    assert_eq!(found(true), ["base", "service.yaml", "sub/service.yaml"]);
}

#[test]
fn a_draft_is_not_on_disk_until_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("service.yaml"), SERVICE).unwrap();
    let mut draft = Draft {
        text: HEAD.to_owned(),
        folder: WorkingFolder::new(dir.path().to_owned()),
    };
    let words = ["add", "resource", "service.yaml"].map(str::to_owned);
    edit(&words, &mut draft).unwrap();
    assert_eq!(draft.text, format!("{HEAD}resources:\n- service.yaml\n"));
    assert!(!dir.path().join(NAMES[0]).exists());
}
