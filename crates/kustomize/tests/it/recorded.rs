//! Where recorded answers of the original are, when they are at hand. Shared by the test programs.
#![allow(dead_code, reason = "not every test program reads records")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The folder of recorded answers; `None` when it is absent.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("PLUMB_SHARED")
        .map_or_else(default, PathBuf::from)
        .join(name);
    folder.exists().then_some(folder)
}

/// The records in a file, one a line.
pub(crate) fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the records can be read");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is a record"))
        .collect()
}
