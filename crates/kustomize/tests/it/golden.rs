//! Our own cases: `tests/golden/<case>/in`, built as the original builds it.
//!
//! `out.yaml` is what the original prints, `warnings.txt` what it says beside; `error.txt` is a part of what it says
//! when it fails. A file `target` names the folder to build, if that is not `in` itself. `cargo xtask bless` makes all of
//! them anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders of all cases.
pub(crate) fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("goldens are checked in")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.sort();
    cases
}

/// The folder of a case that is built.
pub(crate) fn target(case: &Path) -> String {
    fs::read_to_string(case.join("target"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}
