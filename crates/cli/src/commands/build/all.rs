//! `plumb build --all`: every kustomization below a folder, in one go.
//!
//! Bases that several of them share are gathered once, so a monorepo of hundreds of overlays costs little more than its
//! bases do.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use plumb_git::Folder;
use plumb_kustomize::{Build, is_component, is_kustomization_root};
use plumb_model::{EntryKind, ReadLimits, Reader, TreePath};

use crate::{Context, Exit, Failure, commands::kustomize::build::BuildFlags};

/// Builds every kustomization below `folder` that is no component. With `-o`, each goes to a file there, named after its
/// folder; else all are printed, each below a comment that names it.
pub(super) fn run(context: &Context, folder: &Path, flags: &BuildFlags) -> Result<Exit, Failure> {
    let (outside, options, output) = (flags.outside.outside(), flags.options(), flags.output());
    let tree = Folder::new("/")?;
    let top = TreePath::parse(&folder.to_string_lossy())?;
    let limits = ReadLimits {
        total: u64::MAX,
        ..ReadLimits::default()
    };
    let reader = Reader::new(&tree, limits);
    let folders = kustomizations(&reader, &top)?;
    if folders.is_empty() {
        return Err(anyhow::anyhow!(
            "{}: no kustomization below it; name a folder that has some",
            folder.display()
        )
        .into());
    }
    let (mut built_count, mut failed) = (0_usize, 0_usize);
    let mut unwritten = None;
    let build = Build::new(&reader, &options).with_host(&outside);
    build.each(&folders, |path, built| {
        let name = path.relative_to(&top);
        match built {
            Ok(built) => {
                built
                    .warnings
                    .iter()
                    .for_each(|warning| context.output.note(format!("{name}: {warning}")));
                let text = built.to_yaml();
                let written = match output {
                    Some(folder) => write(folder, &name, &text),
                    None => {
                        let separator = if built_count > 0 { "---\n" } else { "" };
                        context.output.raw(&format!("{separator}# {name}\n{text}"));
                        Ok(())
                    }
                };
                built_count += 1;
                unwritten = unwritten.take().or(written.err());
            }
            Err(error) => {
                failed += 1;
                context.output.note(format!("{name}: {error}"));
            }
        }
    });
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    if let Some(folder) = output {
        context
            .output
            .line(format!("{built_count} built into {}", folder.display()));
    }
    if failed > 0 {
        return Err(anyhow::anyhow!("{failed} of {} kustomizations do not build", folders.len()).into());
    }
    Ok(Exit::Success)
}

/// The folders at and below `top` that have a kustomization file, components left out, by path.
fn kustomizations(reader: &Reader<'_>, top: &TreePath) -> Result<Vec<TreePath>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        if is_kustomization_root(reader, &folder)?.is_some() && !is_component(reader, &folder)? {
            found.push(folder.clone());
        }
        for (name, kind) in reader.list(&folder)? {
            if kind == EntryKind::Directory && &*name != ".git" {
                folders.push(folder.child(&name));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let name = if name == "." { "root" } else { name };
    let file: PathBuf = folder.join(format!("{name}.yaml"));
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("folder {} cannot be made", parent.display()))?;
    }
    std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
}
