//! Public repositories: what each folder builds to, by its digest.

use std::{collections::BTreeMap, fs, path::PathBuf};

use plumb_kustomize::{Build, Options, build};
use plumb_model::{ReadLimits, Reader, TreePath};
use sha2::{Digest, Sha256};

use crate::{Tally, disk::DiskTree, recorded::shared};

/// A folder and the digest of what it builds to, by repository.
type Expected = BTreeMap<String, Vec<(TreePath, String)>>;

/// Every folder by itself.
pub(crate) fn one_by_one() -> Option<Tally> {
    let (folder, expected) = expected()?;
    let mut tally = Tally::default();
    for (name, folders) in &expected {
        let tree = DiskTree(folder.join(name));
        for (path, wanted) in folders {
            let reader = Reader::new(&tree, ReadLimits::default());
            let built = build(&reader, path, &Options::default());
            let digest = built.map(|built| hex(built.to_yaml().as_bytes()));
            tally.note(&format!("{name} {path}"), compare(digest, wanted));
        }
    }
    Some(tally)
}

/// All folders of a repository in one go, where bases are shared.
pub(crate) fn together() -> Option<Tally> {
    let (folder, expected) = expected()?;
    let mut tally = Tally::default();
    for (name, folders) in &expected {
        let tree = DiskTree(folder.join(name));
        let reader = Reader::new(&tree, ReadLimits::default());
        let paths: Vec<TreePath> = folders.iter().map(|(path, _)| path.clone()).collect();
        let wanted: BTreeMap<&TreePath, &String> =
            folders.iter().map(|(path, digest)| (path, digest)).collect();
        Build::new(&reader, &Options::default()).each(&paths, |path, built| {
            let digest = built.map(|built| hex(built.to_yaml().as_bytes()));
            tally.note(&format!("{name} {path}"), compare(digest, wanted[path]));
        });
    }
    Some(tally)
}

fn expected() -> Option<(PathBuf, Expected)> {
    let folder = shared("repos")?;
    let text = fs::read_to_string(folder.join("expected.tsv")).expect("the list can be read");
    let mut expected = Expected::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let path = TreePath::parse(fields[1]).expect("inside the repository");
        expected
            .entry(fields[0].to_owned())
            .or_default()
            .push((path, fields[3].to_owned()));
    }
    Some((folder, expected))
}

fn compare(digest: Result<String, plumb_kustomize::BuildError>, wanted: &str) -> Result<(), String> {
    match digest {
        Ok(digest) if digest == wanted => Ok(()),
        Ok(_) => Err("prints something else".to_owned()),
        Err(error) => Err(format!("fails: {error}")),
    }
}

fn hex(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
