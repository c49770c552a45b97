//! Builds whatever the fuzzer thinks of: no input panics, or costs more than the limits say.
//!
//! The input is files, each a line with its name between `--- ` and the line break, then its content; what comes before
//! the first name is `kustomization.yaml`. Run it with `cargo fuzz run build_folder -s none`, with `RUSTC_BOOTSTRAP=1` on stable Rust.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumb_kustomize::{Limits, Options, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

fuzz_target!(|text: &str| {
    let mut tree = MemoryTree::new();
    for (index, part) in text.split("\n--- ").enumerate() {
        let (name, content) = match index {
            0 => ("kustomization.yaml", part),
            _ => part.split_once('\n').unwrap_or((part, "")),
        };
        if TreePath::parse(name).is_ok_and(|path| !path.is_root()) {
            tree = tree.with(name, content.to_owned());
        }
    }
    let limits = Limits {
        documents: 20,
        depth: 5,
        objects: 100,
        output: 1 << 18,
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let reader = Reader::new(&tree, ReadLimits::default());
    if let Ok(built) = build(&reader, &TreePath::root(), &options) {
        let _ = built.to_yaml();
    }
});
