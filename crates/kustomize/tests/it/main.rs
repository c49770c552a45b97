//! Builds as the original does: our own goldens, and recorded answers where they are at hand.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests read their environment and say what they skip"
)]

mod differential;
mod disk;
mod edit_differential;
mod edits;
mod golden;
mod keep_format;
mod localize;
mod memory;
mod mutation;
mod origins;
mod recorded;

use plumb_kustomize::{Options, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

#[test]
fn a_folder_without_a_kustomization_says_what_to_add() {
    let tree = MemoryTree::new().with_directory("empty");
    let reader = Reader::new(&tree, ReadLimits::default());
    let path = TreePath::parse("empty").expect("inside the tree");
    let error = build(&reader, &path, &Options::default()).expect_err("there is nothing to build");
    assert!(
        error.to_string().contains("kustomize create --autodetect"),
        "{error}"
    );
}
