//! `kustomize localize`: a copy of a kustomization with all the local files that it needs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_git::Folder;
use plumb_kustomize::{
    Options, build,
    edit::{EditOutcome, Remark},
    localize::{Localized, localize},
};
use plumb_model::{ReadLimits, Reader, TreePath};

use super::edit::tell;
use crate::{Command, Context, Exit, Failure, working_folder};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "localize",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("localize")
                .about("Copy a kustomization and all the local files that it needs into a folder of its own"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder with the kustomization
    #[arg(default_value = ".", value_name = "TARGET")]
    target: String,
    /// Folder to make; localized-TARGET unless given
    #[arg(value_name = "DESTINATION")]
    destination: Option<String>,
    /// Folder that all the files lie in; the target itself unless given
    #[arg(long, value_name = "DIR")]
    scope: Option<String>,
    /// Do not build the copy to see whether it comes out the same
    #[arg(long)]
    no_verify: bool,
}

/// Where everything is.
#[derive(Debug)]
struct Places {
    target: PathBuf,
    scope: PathBuf,
    destination: PathBuf,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let places = places(&arguments, &working_folder()?)?;
    let copy = places
        .collect()
        .with_context(|| format!("unable to localize target {:?}", arguments.target))?;
    places.write(&copy)?;
    let mut said = EditOutcome {
        stdout: String::new(),
        remarks: Vec::new(),
        result: Ok(()),
    };
    let destination = places.destination.display();
    let mut log = |text: String| {
        said.remarks.push(Remark {
            text,
            is_logged: true,
        })
    };
    if !arguments.no_verify {
        places.verify()?;
        log(format!(
            "VERIFICATION SUCCESS: `kustomize build` for {} and {destination} are the same after localization.",
            arguments.target
        ));
    }
    log(format!(
        "SUCCESS: localized {:?} to directory {destination}",
        arguments.target
    ));
    tell(context, said)
}

fn places(arguments: &Arguments, folder: &Path) -> anyhow::Result<Places> {
    let existing = |path: &str| -> anyhow::Result<PathBuf> {
        let whole = folder.join(path);
        let found = whole.canonicalize().map_err(|_| {
            // Of the folders on the way, the one closest to the root that is not there.
            let missing = whole.ancestors().filter(|path| !path.exists()).last();
            let missing = missing.unwrap_or(&whole).display();
            anyhow!(
                "must build at directory: not a valid directory: evalsymlink failure on '{path}' : lstat {missing}: no \
                 such file or directory"
            )
        })?;
        if !found.is_dir() {
            bail!("must build at directory: '{path}': file is not directory");
        }
        Ok(found)
    };
    let target = existing(&arguments.target)
        .with_context(|| format!("unable to establish localize target {:?}", arguments.target))?;
    let scope = match arguments.scope.as_deref().filter(|scope| !scope.is_empty()) {
        None => target.clone(),
        Some(scope) => {
            let found = existing(scope).with_context(|| format!("invalid localize scope {scope:?}"))?;
            if !target.starts_with(&found) {
                bail!(
                    "invalid localize scope {scope:?}: localize scope {scope:?} does not contain target {:?} at {:?}",
                    arguments.target,
                    target
                );
            }
            found
        }
    };
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
    let usual = name.map_or("localized".to_owned(), |name| format!("localized-{name}"));
    let destination = arguments.destination.clone().unwrap_or(usual);
    let whole = folder.join(&destination);
    if whole.exists() {
        bail!(
            "invalid localize destination {destination:?}: localize destination {destination:?} already exists"
        );
    }
    let parent = whole.parent().and_then(|parent| parent.canonicalize().ok());
    let (Some(parent), Some(name)) = (parent, whole.file_name()) else {
        bail!(
            "invalid localize destination {destination:?}: unable to create localize destination directory: mkdir \
             {destination}: no such file or directory"
        );
    };
    Ok(Places {
        target,
        scope,
        destination: parent.join(name),
    })
}

fn in_tree(path: &Path) -> anyhow::Result<TreePath> {
    Ok(TreePath::parse(&path.to_string_lossy())?)
}

impl Places {
    fn collect(&self) -> anyhow::Result<Localized> {
        let tree = Folder::new("/")?;
        let reader = Reader::new(&tree, ReadLimits::default());
        let [target, scope, destination] =
            [&self.target, &self.scope, &self.destination].map(|path| in_tree(path));
        Ok(localize(&reader, &target?, &scope?, &destination?)?)
    }

    /// Where the copy of a file is.
    fn copied(&self, file: &Path) -> anyhow::Result<PathBuf> {
        let relative = file
            .strip_prefix(&self.scope)
            .map_err(|_| anyhow!("{} is not in the scope", file.display()))?;
        Ok(self.destination.join(relative))
    }

    fn write(&self, copy: &Localized) -> anyhow::Result<()> {
        for (path, content) in copy {
            let file = self.copied(&Path::new("/").join(path.as_str()))?;
            let folder = file.parent().unwrap_or(&self.destination);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&file, content))
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(())
    }

    /// Whether the copy builds to the same.
    fn verify(&self) -> anyhow::Result<()> {
        let built = |folder: &Path| -> anyhow::Result<String> {
            let tree = Folder::new("/")?;
            let reader = Reader::new(&tree, ReadLimits::default());
            Ok(build(&reader, &in_tree(folder)?, &Options::default())?.to_yaml())
        };
        let copy = self.copied(&self.target)?;
        if built(&self.target)? != built(&copy)? {
            bail!(
                "VERIFICATION FAILED: `kustomize build` for {} and {} are different after localization.",
                self.target.display(),
                copy.display()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
