use std::fs;

use super::*;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

#[test]
fn files_with_objects_and_folders_with_a_kustomization_are_found() {
    let found = |argv: &[&str]| {
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
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let outcome = create(&argv, &mut WorkingFolder::new(dir.path().to_owned()));
        outcome.result.unwrap();
        let text = fs::read_to_string(dir.path().join("kustomization.yaml")).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("- "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&["--autodetect"]), ["service.yaml"]);
    assert_eq!(
        found(&["--autodetect", "--recursive"]),
        ["base", "service.yaml", "sub/service.yaml"]
    );
}
