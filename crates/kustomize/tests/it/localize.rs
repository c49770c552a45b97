//! Copies of kustomizations with all that they need, and how they compare with the original's where it is there.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use plumb_kustomize::localize::localize;
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

use crate::disk::DiskTree;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).expect("inside the tree")
}

fn localized(files: &[(&str, &str)], target: &str, scope: &str) -> Result<BTreeMap<String, String>, String> {
    let tree = files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.with(path, (*text).to_owned())
    });
    let reader = Reader::new(&tree, ReadLimits::default());
    let made =
        localize(&reader, &path(target), &path(scope), &path("copy")).map_err(|error| error.to_string())?;
    let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
    Ok(made
        .iter()
        .map(|(path, content)| (path.to_string(), text(content)))
        .collect())
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web # kept\n";

#[test]
fn files_are_copied_and_paths_made_short() {
    let files = [
        (
            "app/kustomization.yaml",
            "# gone\nresources: [./a.yaml, ../base]\nconfigMapGenerator:\n- name: c\n  files: [\"k=sub/../f.txt\"]\n",
        ),
        ("app/a.yaml", SERVICE),
        ("app/f.txt", "f"),
        ("app/unused.txt", "u"),
        ("base/Kustomization", "namePrefix: b-\n"),
    ];
    let made = localized(&files, "app", "").expect("all is there");
    assert_eq!(
        made.keys().collect::<Vec<_>>(),
        [
            "app/a.yaml",
            "app/f.txt",
            "app/kustomization.yaml",
            "base/Kustomization"
        ]
    );
    assert_eq!(made["app/a.yaml"], SERVICE);
    assert_eq!(
        made["app/kustomization.yaml"],
        "configMapGenerator:\n- files:\n  - k=f.txt\n  name: c\nresources:\n- a.yaml\n- ../base\n"
    );
}

#[test]
fn what_lies_outside_or_elsewhere_is_named() {
    let outside = [
        ("app/kustomization.yaml", "resources: [../base]\n"),
        ("base/kustomization.yaml", "namePrefix: b-\n"),
    ];
    let error = localized(&outside, "app", "app").expect_err("the base is outside");
    assert!(error.contains("outside localize scope"), "{error}");
    let remote = [(
        "kustomization.yaml",
        "components: [\"https://github.com/org/repo//c?ref=v1\"]\n",
    )];
    let error = localized(&remote, "", "").expect_err("the component is elsewhere");
    assert!(error.contains("https://github.com/org/repo//c?ref=v1"), "{error}");
    assert!(error.contains("another machine"), "{error}");
}

/// Our goldens of builds are kustomizations of every kind: copies of them are the same as the original's.
#[test]
fn copies_are_as_the_original_makes_them() {
    let program = std::env::var("PLUMB_KUSTOMIZE").unwrap_or_else(|_| "kustomize".to_owned());
    let version = Command::new(&program).arg("version").output().ok();
    if !version.is_some_and(|output| output.stdout.starts_with(b"v5.8.2")) {
        println!("skipped: no kustomize v5.8.2 on the path or in PLUMB_KUSTOMIZE");
        return;
    }
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let scratch = std::env::temp_dir().join(format!("plumb-localize-{}", std::process::id()));
    let mut failures = Vec::new();
    let mut cases: Vec<PathBuf> = fs::read_dir(goldens)
        .expect("goldens are there")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.sort();
    for case in &cases {
        let target = fs::read_to_string(case.join("target"))
            .unwrap_or_default()
            .trim()
            .to_owned();
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).expect("there is a place for it");
        let theirs = original(&program, &case.join("in"), &target, &scratch.join("copy"));
        let ours = ours(&case.join("in"), &target);
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) if theirs == ours => {}
            (Err(_), Err(_)) => {}
            (theirs, ours) => failures.push(format!(
                "{}\n  theirs {theirs:?}\n  ours   {ours:?}",
                case.display()
            )),
        }
    }
    let _ = fs::remove_dir_all(&scratch);
    println!("localize {}/{}", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn original(
    program: &str,
    folder: &Path,
    target: &str,
    copy: &Path,
) -> Result<BTreeMap<String, String>, String> {
    let output = Command::new(program)
        .args(["localize", "--no-verify", "--scope", "."])
        .arg(if target.is_empty() { "." } else { target })
        .arg(copy)
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut files = BTreeMap::new();
    collect(copy, "", &mut files);
    Ok(files)
}

fn collect(root: &Path, below: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root.join(below)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.path().is_dir() {
            collect(root, &path, files);
        } else {
            let content = fs::read(entry.path()).unwrap_or_default();
            files.insert(path, String::from_utf8_lossy(&content).into_owned());
        }
    }
}

fn ours(folder: &Path, target: &str) -> Result<BTreeMap<String, String>, String> {
    let tree = DiskTree(folder.to_owned());
    let reader = Reader::new(&tree, ReadLimits::default());
    let made = localize(&reader, &path(target), &TreePath::root(), &path("no-such-folder"))
        .map_err(|error| error.to_string())?;
    let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
    Ok(made
        .iter()
        .map(|(path, content)| (path.to_string(), text(content)))
        .collect())
}
