use std::os::unix::fs::symlink;

use super::*;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

#[test]
fn symlinks_are_what_they_lead_to_unless_they_lead_out() {
    let outside = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(outside.path().join("secret"), "s").unwrap();
    fs::create_dir(root.join("real")).unwrap();
    fs::write(root.join("real/file"), "hello").unwrap();
    symlink("real", root.join("link")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("nowhere", root.join("broken")).unwrap();
    let tree = Folder::new(root).unwrap();
    assert_eq!(
        tree.entry(&path("link")).unwrap().unwrap().kind,
        EntryKind::Directory
    );
    assert_eq!(&tree.read(&path("link/file")).unwrap()[..], b"hello");
    assert_eq!(tree.entry(&path("broken")).unwrap(), None);
    assert!(matches!(
        tree.read(&path("out/secret")),
        Err(TreeError::Symlink { .. })
    ));
    let names: Vec<_> = tree.list(&path("")).unwrap();
    let kinds: Vec<_> = names.iter().map(|(name, entry)| (&**name, entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("broken", EntryKind::Symlink),
            ("link", EntryKind::Directory),
            ("out", EntryKind::Symlink),
            ("real", EntryKind::Directory)
        ]
    );
    let all = Folder::new("/").unwrap();
    let place = outside.path().join("secret").to_string_lossy().into_owned();
    assert_eq!(&all.read(&path(&place)).unwrap()[..], b"s");
}

#[test]
fn an_id_changes_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "1").unwrap();
    let tree = Folder::new(folder.path()).unwrap();
    let before = tree.entry(&path("a")).unwrap();
    assert_eq!(tree.entry(&path("a")).unwrap(), before);
    fs::write(folder.path().join("a"), "22").unwrap();
    assert_ne!(tree.entry(&path("a")).unwrap(), before);
}
