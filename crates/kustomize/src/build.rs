//! Building a folder: what `kustomize build` does.
//!
//! **Start at** [`build`]; the way down through bases and components is in `accumulate`, what is left to do once at the
//! root is in `finish`.

mod accumulate;
mod finish;

use plumb_model::{Reader, TreePath};
use plumb_yaml::{Dialect, Node};

use crate::{
    error::{BuildError, BuildErrorKind, Failure, Result},
    kustomization::Kustomization,
    load::{FILE_NAMES, Folder, text_of},
    options::Options,
    session::Session,
};
use accumulate::Target;

/// An object of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltObject {
    /// What it says.
    pub node: Node,
    /// The file and the line that it came from; line 0 when only the file is known.
    pub origin: (TreePath, u32),
}

/// What a build gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    /// The objects, in the order of the output.
    pub objects: Vec<BuiltObject>,
    /// Lines that `kustomize` prints on the error stream.
    pub warnings: Vec<String>,
}

impl Built {
    /// What `kustomize build` prints.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        plumb_yaml::emit_documents(self.objects.iter().map(|object| &object.node))
    }
}

/// Builds the folder at `path`.
///
/// # Errors
/// When the folder cannot be built; the error says why, where, and what to do.
pub fn build(reader: &Reader<'_>, path: &TreePath, options: &Options) -> Result<Built, BuildError> {
    run(reader, path, options, |session, folder| {
        read_kustomization(session, folder)
    })
}

/// Builds the folder at `path` with more fields laid over its kustomization, without writing them: single values and
/// maps override, images and replicas override by name, lists are added.
///
/// # Errors
/// As [`build`], and when `extra` is no kustomization.
pub fn overlay(
    reader: &Reader<'_>,
    path: &TreePath,
    extra: &Node,
    options: &Options,
) -> Result<Built, BuildError> {
    run(reader, path, options, |session, folder| {
        let (mut kustomization, file) = read_kustomization(session, folder)?;
        kustomization.overlay(Kustomization::read_extra(extra)?);
        Ok((kustomization, file))
    })
}

/// Builds as if `kustomization` were the kustomization file of the folder at `path`; none has to be there.
///
/// # Errors
/// As [`build`].
pub fn build_inline(
    reader: &Reader<'_>,
    path: &TreePath,
    kustomization: &Node,
    options: &Options,
) -> Result<Built, BuildError> {
    run(reader, path, options, |session, folder| {
        let file = folder.root.child(FILE_NAMES[0]);
        let read =
            Kustomization::read(session, Some(kustomization)).map_err(|failure| failure.in_file(&file))?;
        Ok((read, file))
    })
}

fn run(
    reader: &Reader<'_>,
    path: &TreePath,
    options: &Options,
    kustomization: impl FnOnce(&Session<'_>, &Folder) -> Result<(Kustomization, TreePath)>,
) -> Result<Built, BuildError> {
    let session = Session::new(reader, options);
    let built = || -> Result<Vec<BuiltObject>> {
        let folder = Folder::first(&session, path)?;
        let in_folder = |failure: Failure| failure.through(&folder.root);
        let (kustomization, file) = kustomization(&session, &folder).map_err(in_folder)?;
        let origin = (!kustomization.build_metadata.is_empty()).then(String::new);
        let target = Target {
            session: &session,
            folder: folder.clone(),
            kustomization,
            file,
            origin,
        };
        let accumulated = target.accumulate_alone().map_err(in_folder)?;
        finish::finish(&session, &target.kustomization, accumulated).map_err(in_folder)
    };
    let objects = built().map_err(Failure::into_error)?;
    Ok(Built {
        objects,
        warnings: session.into_warnings(),
    })
}

/// Reads the kustomization file of a folder.
fn read_kustomization(session: &Session<'_>, folder: &Folder) -> Result<(Kustomization, TreePath)> {
    let mut files = Vec::new();
    for name in FILE_NAMES {
        let file = folder.root.child(name);
        if session.reader.is_file(&file)? {
            files.push(file);
        }
    }
    let file = match files.len() {
        0 => return Err(BuildErrorKind::MissingKustomization(folder.root.clone()).into()),
        1 => files.remove(0),
        _ => return Err(BuildErrorKind::ManyKustomizations(folder.root.clone()).into()),
    };
    let content = session.read(&file)?;
    let in_file = |failure: Failure| failure.in_file(&file);
    let text = text_of(&content).map_err(in_file)?;
    let documents = session.parse(&text, Dialect::V2).map_err(in_file)?;
    let kustomization = Kustomization::read(session, documents.first()).map_err(in_file)?;
    Ok((kustomization, file))
}
