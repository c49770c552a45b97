//! `kustomize create`: a new kustomization file in the working folder.
//!
//! Made by the edits that would make it step by step, on a file that is written once all of them have succeeded.

use std::path::Path;

use anyhow::anyhow;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_kustomize::{
    Built,
    edit::{EditFiles, edit},
};
use plumb_yaml::{Dialect, Limits, SourceId};

use super::folder::WorkingFolder;
use crate::{Command, Context, Exit, Failure, working_folder};

/// The names that a kustomization file may have, the one written first.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "create",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("create").about("Create a kustomization file in the working folder"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Files and folders to name in it, with commas between
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    resources: Vec<String>,
    /// Name every file that holds objects
    #[arg(long)]
    autodetect: bool,
    /// Look for them in folders below too
    #[arg(long)]
    recursive: bool,
    /// Namespace for all objects
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// What the names of all objects are to begin with
    #[arg(long, value_name = "TEXT")]
    nameprefix: Option<String>,
    /// What the names of all objects are to end with
    #[arg(long, value_name = "TEXT")]
    namesuffix: Option<String>,
    /// Annotations for all objects, as key:value,key:value
    #[arg(long, value_name = "PAIRS")]
    annotations: Option<String>,
    /// Labels for all objects, as key:value,key:value
    #[arg(long, value_name = "PAIRS")]
    labels: Option<String>,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let folder = working_folder()?;
    let mut draft = Draft {
        text: HEAD.to_owned(),
        folder: WorkingFolder::new(folder.clone()),
    };
    if NAMES.iter().any(|name| draft.folder.exists(name)) {
        return Err(anyhow!("kustomization file already exists").into());
    }
    let mut resources = arguments.resources.clone();
    if arguments.autodetect {
        detect(&folder, "", arguments.recursive, &mut resources)?;
    }
    let texts = [
        (["set", "namespace"], &arguments.namespace),
        (["set", "nameprefix"], &arguments.nameprefix),
        (["set", "namesuffix"], &arguments.namesuffix),
        (["add", "annotation"], &arguments.annotations),
        (["add", "label"], &arguments.labels),
    ];
    let mut edits: Vec<Vec<String>> = Vec::new();
    if !resources.is_empty() {
        edits.push(
            ["add", "resource"]
                .map(str::to_owned)
                .into_iter()
                .chain(resources)
                .collect(),
        );
    }
    for (words, value) in texts {
        if let Some(value) = value {
            edits.push(
                words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .chain(["--".to_owned(), value.clone()])
                    .collect(),
            );
        }
    }
    for words in edits {
        let outcome = edit(&words, &mut draft)?;
        outcome.stderr.lines().for_each(|line| context.output.note(line));
    }
    draft
        .folder
        .write(NAMES[0], &draft.text)
        .map_err(|why| anyhow!(why))?;
    Ok(Exit::Success)
}

/// A folder with a kustomization file that is not written yet.
struct Draft {
    text: String,
    folder: WorkingFolder,
}

impl EditFiles for Draft {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        if path == NAMES[0] {
            Ok(Some(self.text.clone()))
        } else {
            self.folder.read(path)
        }
    }

    fn write(&mut self, path: &str, text: &str) -> Result<(), String> {
        if path == NAMES[0] {
            text.clone_into(&mut self.text);
            return Ok(());
        }
        self.folder.write(path, text)
    }

    fn exists(&self, path: &str) -> bool {
        path == NAMES[0] || self.folder.exists(path)
    }

    fn is_directory(&self, path: &str) -> bool {
        self.folder.is_directory(path)
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        self.folder.glob(pattern)
    }

    fn build(&self) -> Option<Result<Built, String>> {
        None
    }
}

/// The files of a folder that hold objects, and the folders below that have a kustomization of their own.
fn detect(root: &Path, below: &str, recursive: bool, found: &mut Vec<String>) -> anyhow::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(root.join(below))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let full = root.join(&path);
        if full.is_file() && holds_objects(&full) {
            found.push(path);
        } else if full.is_dir() && recursive {
            if NAMES.iter().any(|name| full.join(name).exists()) {
                found.push(path);
            } else {
                detect(root, &path, recursive, found)?;
            }
        }
    }
    Ok(())
}

fn holds_objects(file: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    let parsed = plumb_yaml::parse(&text, SourceId::default(), Dialect::V3, &Limits::default());
    let documents = parsed.unwrap_or_default();
    let is_object = |node: &plumb_yaml::Node| {
        let text = |path: &[&str]| node.at(path).and_then(plumb_yaml::Node::as_str).is_some();
        text(&["kind"]) && text(&["apiVersion"]) && text(&["metadata", "name"])
    };
    !documents.is_empty() && documents.iter().all(is_object)
}

#[cfg(test)]
mod tests;
