//! What is wrong in an index's file is not read.

use std::fs;

use super::{Index, IndexFile};

#[test]
fn no_file_and_nonsense_are_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sub/index");
    assert!(IndexFile::read(&path).rows().is_empty());
    let (_, index) = IndexFile::open(&path).expect("it opens");
    assert!(index.rows().is_empty());
    fs::write(&path, b"nonsense").expect("written");
    let (mut file, index) = IndexFile::open(&path).expect("it opens");
    assert!(index.rows().is_empty());
    file.follow(&Index::default()).expect("written");
    assert_eq!(fs::read(&path).expect("it is there"), b"plumb ledger index 1\n");
}
