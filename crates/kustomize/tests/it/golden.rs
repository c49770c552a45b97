//! Our own cases: `tests/golden/<case>/in`, built as the original builds it.
//!
//! `out.yaml` is what the original prints, `warnings.txt` what it says beside; `error.txt` is a part of what it says
//! when it fails. A file `target` names the folder to build, if that is not `in` itself. With `PLUMB_BLESS=1` the
//! `kustomize` on the path makes all of them anew (and must still say what `error.txt` has).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use plumb_kustomize::{Options, build};
use plumb_model::{ReadLimits, Reader, TreePath};

use crate::disk::DiskTree;

#[test]
fn cases_build_as_the_original_builds_them() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    if std::env::var_os("PLUMB_BLESS").is_some() {
        cases.iter().for_each(|case| bless(case));
    }
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("goldens are checked in")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.sort();
    cases
}

fn target(case: &Path) -> String {
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

fn bless(case: &Path) {
    let folder = case.join("in").join(target(case));
    let output = Command::new("kustomize")
        .arg("build")
        .arg(folder)
        .output()
        .expect("kustomize is on the path");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Ok(fragment) = fs::read_to_string(case.join("error.txt")) {
        let name = case.display();
        assert!(!output.status.success(), "{name}: the original builds this");
        assert!(
            complaints.contains(fragment.trim()),
            "{name}: the original says {complaints}"
        );
        return;
    }
    assert!(output.status.success(), "{}: {complaints}", case.display());
    fs::write(case.join("out.yaml"), &output.stdout).expect("the case can be written");
    let warnings = case.join("warnings.txt");
    if complaints.is_empty() {
        let _ = fs::remove_file(warnings);
    } else {
        fs::write(warnings, complaints).expect("the case can be written");
    }
}
