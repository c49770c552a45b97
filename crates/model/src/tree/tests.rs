use super::*;

fn reader(tree: &MemoryTree) -> Reader<'_> {
    Reader::new(tree, ReadLimits::default())
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

#[test]
fn a_path_may_not_leave_the_tree() {
    assert_eq!(path("./a/b/../c/").as_str(), "a/c");
    assert!(TreePath::parse("a/../../b").is_err());
    assert_eq!(path("a/b/c").relative_to(&path("a/x")), "../b/c");
}

#[test]
fn symlinks_are_followed_inside_and_refused_outside() {
    let tree = MemoryTree::new()
        .with("real/file", "hello")
        .with_symlink("link", "real")
        .with_symlink("out", "../etc")
        .with_symlink("abs", "/etc/passwd")
        .with_symlink("a", "b")
        .with_symlink("b", "a");
    let reader = reader(&tree);
    assert_eq!(&reader.read(&path("link/file")).unwrap()[..], b"hello");
    for bad in ["out", "abs", "a"] {
        assert!(
            matches!(reader.kind(&path(bad)), Err(TreeError::Symlink { .. })),
            "{bad}"
        );
    }
}

#[test]
fn a_read_set_holds_until_something_it_saw_changes() {
    let before = MemoryTree::new().with("a/x", "1").with("b/y", "2");
    let reader = reader(&before);
    reader.read(&path("a/x")).unwrap();
    assert_eq!(reader.kind(&path("a/missing")).unwrap(), None);
    let reads = reader.into_read_set();
    assert!(reads.holds_in(&before.clone().with("b/y", "3")).unwrap());
    assert!(!reads.holds_in(&before.clone().with("a/x", "3")).unwrap());
    assert!(!reads.holds_in(&before.with("a/missing", "")).unwrap());
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let tree = MemoryTree::new().with("big", vec![b'x'; 100]);
    let reader = Reader::new(
        &tree,
        ReadLimits {
            file: 99,
            ..ReadLimits::default()
        },
    );
    assert!(matches!(
        reader.read(&path("big")),
        Err(TreeError::TooLarge { .. })
    ));
}
