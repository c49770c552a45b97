//! Edits whatever the fuzzer thinks of: no kustomization file and no arguments make an edit panic, and one that is refused
//! changes nothing.
//!
//! The first line of the input is the arguments of `kustomize edit`, the rest is the kustomization file. Run it with
//! `cargo fuzz run edit_file -s none`, with `RUSTC_BOOTSTRAP=1` on stable Rust.
#![no_main]

#[path = "../../tests/it/memory.rs"]
mod memory;

use libfuzzer_sys::fuzz_target;
use memory::Files;
use plumb_kustomize::edit::{Writing, edit};

fuzz_target!(|text: &str| {
    let (arguments, kustomization) = text.split_once('\n').unwrap_or((text, ""));
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    for writing in [Writing::Anew, Writing::KeepingFormat] {
        let mut files = Files::new([
            ("kustomization.yaml", kustomization),
            ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
            ("base/kustomization.yaml", "resources:\n- b.yaml\n"),
            ("base/b.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: b\n"),
        ]);
        let before = files.files.clone();
        let outcome = edit(&arguments, writing, &mut files);
        assert!(
            outcome.result.is_ok() || files.files == before,
            "refused, and still changed: {arguments:?}"
        );
    }
});
