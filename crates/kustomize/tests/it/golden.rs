//! Our own cases: `tests/golden/<case>/in`, built as the original builds it.
//!
//! `out.yaml` is what the original prints, `warnings.txt` what it says beside; `error.txt` is a part of what it says
//! when it fails. A file `target` names the folder to build, if that is not `in` itself. `cargo xtask bless` makes all of
//! them anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plumb_kustomize::{Options, build};
use plumb_model::{ReadLimits, Reader, TreePath};

use crate::disk::DiskTree;

/// There were this many cases before.
const FLOOR: usize = 385;

#[test]
fn cases_build_as_the_original_builds_them() {
    let cases = cases();
    assert!(cases.len() >= FLOOR, "only {} cases", cases.len());
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    println!("goldens {}/{}", cases.len() - failures.len(), cases.len());
    assert!(
        failures.is_empty(),
        "{} of {} cases fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

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

pub(crate) fn target(case: &Path) -> String {
    fs::read_to_string(case.join("target"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn check(case: &Path) -> Result<(), String> {
    let name = case
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let tree = DiskTree(case.join("in"));
    let reader = Reader::new(&tree, ReadLimits::default());
    let path = TreePath::parse(&target(case)).map_err(|error| error.to_string())?;
    let built = build(&reader, &path, &Options::default());
    if let Ok(fragment) = fs::read_to_string(case.join("error.txt")) {
        return match built {
            Ok(_) => Err(format!("{name}: builds, but the original fails")),
            Err(error) if error.to_string().contains(fragment.trim()) => Ok(()),
            Err(error) => Err(format!("{name}: says `{error}`, not `{}`", fragment.trim())),
        };
    }
    let wanted = fs::read_to_string(case.join("out.yaml")).map_err(|error| format!("{name}: {error}"))?;
    let built = built.map_err(|error| format!("{name}: {error}"))?;
    if built.to_yaml() != wanted {
        return Err(format!("{name}: differs\n{}", built.to_yaml()));
    }
    let warnings = fs::read_to_string(case.join("warnings.txt")).unwrap_or_default();
    let ours: String = built.warnings.iter().map(|line| format!("{line}\n")).collect();
    if ours == warnings {
        Ok(())
    } else {
        Err(format!("{name}: warns `{ours}`, not `{warnings}`"))
    }
}
