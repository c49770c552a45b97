//! What is wrong in an index's file is not read.

use std::fs;

use plumb_model::CommitId;

use super::{CommitKey, Index, IndexFile};

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

#[test]
fn commits_are_found_by_how_they_begin() {
    let commit = CommitId::parse(&"0123456789abcdef".repeat(4)).expect("64 digits");
    let key = CommitKey::of(&commit);
    for digits in ["", "0", "0123", "0123456789ABCDEF", commit.as_str()] {
        assert!(key.begins_with(digits), "{digits}");
    }
    assert!(!key.begins_with("02") && !key.begins_with("xyz"));
    assert!(!CommitKey::default().begins_with("0"));
}
