//! The folder whose kustomization file is edited, on disk.
//!
//! **Invariant:** a file is written beside its place and moved there, so that it is never half there; its permissions stay.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plumb_git::Folder;
use plumb_kustomize::{BuildError, Built, Options, edit::EditFiles};
use plumb_model::{ReadLimits, Reader, TreePath};

/// The folder that is edited.
pub(super) struct WorkingFolder(PathBuf);

impl WorkingFolder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl EditFiles for WorkingFolder {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        match fs::read(self.0.join(path)) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| format!("{path} is not UTF-8 text")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{path} cannot be read: {error}")),
        }
    }

    fn write(&mut self, path: &str, text: &str) -> Result<(), String> {
        let target = self.0.join(path);
        // Where the file is a link, what it leads to is what is edited.
        let target = target.canonicalize().unwrap_or(target);
        replace(&target, text).map_err(|error| format!("{path} cannot be written: {error}"))
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    fn is_directory(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }

    fn location(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    fn list(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn build(&self) -> Option<Result<Built, BuildError>> {
        let path = TreePath::parse(&self.0.to_string_lossy()).ok()?;
        let tree = Folder::new("/").ok()?;
        let reader = Reader::new(&tree, ReadLimits::default());
        Some(plumb_kustomize::build(&reader, &path, &Options::default()))
    }
}

fn replace(target: &Path, text: &str) -> std::io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::write(&beside, text)?;
    let permissions = match fs::metadata(target) {
        Ok(metadata) => fs::set_permissions(&beside, metadata.permissions()),
        Err(_) => Ok(()),
    };
    permissions
        .and_then(|()| fs::rename(&beside, target))
        .inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })
}

#[cfg(test)]
mod tests;
