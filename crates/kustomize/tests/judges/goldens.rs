//! Our own goldens.

use std::{fs, path::Path};

use plumb_kustomize::{Options, build};
use plumb_model::{ReadLimits, Reader, TreePath};

use crate::{
    Tally,
    disk::DiskTree,
    golden::{cases, target},
};

/// Every case.
pub(crate) fn all() -> Option<Tally> {
    let mut tally = Tally::default();
    for case in cases() {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        tally.note(&name, check(&case));
    }
    Some(tally)
}

fn check(case: &Path) -> Result<(), String> {
    let tree = DiskTree(case.join("in"));
    let reader = Reader::new(&tree, ReadLimits::default());
    let path = TreePath::parse(&target(case)).map_err(|error| error.to_string())?;
    let built = build(&reader, &path, &Options::default());
    if let Ok(fragment) = fs::read_to_string(case.join("error.txt")) {
        return match built {
            Ok(_) => Err("builds, but the original fails".to_owned()),
            Err(error) if error.to_string().contains(fragment.trim()) => Ok(()),
            Err(error) => Err(format!("says `{error}`, not `{}`", fragment.trim())),
        };
    }
    let wanted = fs::read_to_string(case.join("out.yaml")).map_err(|error| error.to_string())?;
    let built = built.map_err(|error| error.to_string())?;
    if built.to_yaml() != wanted {
        return Err(format!("differs\n{}", built.to_yaml()));
    }
    let warnings = fs::read_to_string(case.join("warnings.txt")).unwrap_or_default();
    let ours: String = built.warnings.iter().map(|line| format!("{line}\n")).collect();
    if ours == warnings {
        Ok(())
    } else {
        Err(format!("warns `{ours}`, not `{warnings}`"))
    }
}
