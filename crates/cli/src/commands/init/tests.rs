use super::*;

#[test]
fn nothing_is_written_over_unless_asked() {
    let dir = tempfile::tempdir().unwrap();
    let files = layouts::monorepo("https://example.com/org/repo");
    let mine = dir.path().join("README.md");
    std::fs::write(&mine, "mine").unwrap();
    let error = write(dir.path(), &files, false).unwrap_err().to_string();
    assert!(
        error.contains("README.md is there already; nothing was written"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
    assert!(!dir.path().join("apps").exists());
    write(dir.path(), &files, true).unwrap();
    assert_ne!(std::fs::read_to_string(&mine).unwrap(), "mine");
    assert!(
        dir.path()
            .join("apps/my-app/overlays/production/kustomization.yaml")
            .exists()
    );
}
