//! A case, and what either program makes of it.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use plumb_kustomize::{Options, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

use super::gist;

/// Files, and the folder among them that is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) target: String,
}

/// What a program makes of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Built { output: String, warnings: String },
    Failed { message: String },
}

/// How two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// Only the original builds it.
    OnlyTheirs,
    /// Only this program builds it.
    OnlyOurs,
    Output,
    Warnings,
    /// Both fail, for reasons that do not look alike.
    Reason,
}

impl Case {
    /// What this program makes of it.
    pub(crate) fn ours(&self) -> Answer {
        let tree = self.files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
            tree.with(path, text.clone())
        });
        let reader = Reader::new(&tree, ReadLimits::default());
        let path = TreePath::parse(&self.target).expect("targets are inside the tree");
        match build(&reader, &path, &Options::default()) {
            Ok(built) => Answer::Built {
                output: built.to_yaml(),
                warnings: built.warnings.iter().map(|line| format!("{line}\n")).collect(),
            },
            Err(error) => Answer::Failed {
                message: error.to_string(),
            },
        }
    }

    /// What the original makes of it; `folder` is overwritten.
    pub(crate) fn theirs(&self, program: &Path, folder: &Path) -> Answer {
        let _ = fs::remove_dir_all(folder);
        self.write(folder);
        let output = Command::new(program)
            .arg("build")
            .arg(&self.target)
            .current_dir(folder)
            .output()
            .expect("the original can be run");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Answer::Built {
                output: String::from_utf8_lossy(&output.stdout).into_owned(),
                warnings: without_time(&complaints),
            }
        } else {
            Answer::Failed {
                message: complaints
                    .replace(&format!("{}/", folder.display()), "")
                    .replace(&folder.display().to_string(), ""),
            }
        }
    }

    /// Writes the files under `folder`.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("a folder for the case can be made");
        for (path, text) in &self.files {
            let full = folder.join(path);
            fs::create_dir_all(full.parent().unwrap_or(folder)).expect("its folders can be made");
            fs::write(full, text).expect("its files can be written");
        }
    }
}

/// Lines of Go's log begin with the time.
fn without_time(complaints: &str) -> String {
    let line = |line: &str| match line.split_at_checked(20) {
        Some((time, rest))
            if time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"/: ".contains(&byte)) =>
        {
            format!("{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    complaints.lines().map(line).collect()
}

/// How the answers differ, if they do.
pub(crate) fn difference(ours: &Answer, theirs: &Answer) -> Option<Difference> {
    match (ours, theirs) {
        (
            Answer::Built { output, warnings },
            Answer::Built {
                output: their_output,
                warnings: their_warnings,
            },
        ) => {
            if output != their_output {
                Some(Difference::Output)
            } else if warnings != their_warnings {
                Some(Difference::Warnings)
            } else {
                None
            }
        }
        (Answer::Failed { message }, Answer::Failed { message: theirs }) => {
            (!gist::same(message, theirs)).then_some(Difference::Reason)
        }
        (Answer::Failed { .. }, Answer::Built { .. }) => Some(Difference::OnlyTheirs),
        (Answer::Built { .. }, Answer::Failed { .. }) => Some(Difference::OnlyOurs),
    }
}
