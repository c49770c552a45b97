//! Building a folder: what `kustomize build` does.
//!
//! **Start at** [`Build`]; the way down through bases and components is in `accumulate`, what is left to do once at the
//! root is in `finish`.

mod accumulate;
mod finish;
mod shared;

use std::rc::Rc;

use plumb_model::{Reader, RemoteRead, TreePath};
use plumb_yaml::{Dialect, Mark, Node, SourceId};

use crate::{
    error::{BuildError, BuildErrorKind, Failure, Place, Result},
    host::{Host, Offline},
    kustomization::Kustomization,
    load::{FILE_NAMES, Folder, text_of},
    options::Options,
    origin::Origin,
    session::Session,
    source::Sources,
};
use accumulate::{Accumulated, Target};
pub(crate) use shared::Shared;

/// An object of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltObject {
    /// What it says. The marks of its nodes tell where each field was said last: [`Built::place`].
    pub node: Node,
    /// Where it came from.
    pub mark: Mark,
}

/// What a build gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    /// The objects, in the order of the output.
    pub objects: Vec<BuiltObject>,
    /// Lines that `kustomize` prints on the error stream.
    pub warnings: Vec<String>,
    /// Repositories that were read beside the one that was built.
    pub remotes: Vec<RemoteRead>,
    /// Whether files on the web were read.
    pub web_files: bool,
    sources: Sources,
}

impl Built {
    /// What `kustomize build` prints.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        plumb_yaml::emit_documents(self.objects.iter().map(|object| &object.node))
    }

    /// Which file and line a mark of one of the objects points to; `None` for what the program made.
    #[must_use]
    pub fn place(&self, mark: Mark) -> Option<Place> {
        self.sources.place(mark)
    }
}

/// A build to be made: what it reads, what it may ask of the outside, and what was chosen about it.
#[derive(Clone, Copy)]
pub struct Build<'a> {
    reader: &'a Reader<'a>,
    host: &'a dyn Host,
    options: &'a Options,
}

/// Builds the folder at `path` from what is in the tree alone.
///
/// # Errors
/// When the folder cannot be built; the error says why, where, and what to do.
pub fn build(reader: &Reader<'_>, path: &TreePath, options: &Options) -> Result<Built, BuildError> {
    Build::new(reader, options).folder(path)
}

impl<'a> Build<'a> {
    /// Reads `reader` and nothing else.
    #[must_use]
    pub fn new(reader: &'a Reader<'a>, options: &'a Options) -> Self {
        Self {
            reader,
            host: &Offline,
            options,
        }
    }

    /// Asks `host` for what is not in the tree.
    #[must_use]
    pub fn with_host(self, host: &'a dyn Host) -> Self {
        Self { host, ..self }
    }

    /// Builds the folder at `path`.
    ///
    /// # Errors
    /// When the folder cannot be built; the error says why, where, and what to do.
    pub fn folder(&self, path: &TreePath) -> Result<Built, BuildError> {
        self.run(path, read_kustomization)
    }

    /// Builds the folder at `path` with more fields laid over its kustomization, without writing them: single values
    /// and maps override, images and replicas override by name, lists are added.
    ///
    /// # Errors
    /// As [`Build::folder`], and when `extra` is no kustomization.
    pub fn overlay(&self, path: &TreePath, extra: &Node) -> Result<Built, BuildError> {
        self.run(path, |session, folder| {
            let mut read = read_kustomization(session, folder)?;
            read.0.overlay(Kustomization::read_extra(extra)?);
            Ok(read)
        })
    }

    /// Builds as if `kustomization` were the kustomization file of the folder at `path`; none has to be there.
    ///
    /// # Errors
    /// As [`Build::folder`].
    pub fn inline(&self, path: &TreePath, kustomization: &Node) -> Result<Built, BuildError> {
        self.run(path, |session, folder| {
            let file = folder.root.child(FILE_NAMES[0]);
            let source = folder.source(session, &file);
            let read = Kustomization::read(session, Some(kustomization))
                .map_err(|failure| failure.in_source(source))?;
            Ok((read, file, source))
        })
    }

    /// Builds many folders, and gathers what several of them have in common once. `answer` is told of each in turn.
    pub fn each(&self, folders: &[TreePath], mut answer: impl FnMut(&TreePath, Result<&Built, BuildError>)) {
        let mut session = Session::new(self.reader, self.host, self.options);
        session.shared = Some(Shared::default());
        for path in folders {
            session.begin();
            let objects = self.objects(&session, path, read_kustomization);
            let mut built = Built {
                warnings: session.warnings_since(0),
                ..Built::default()
            };
            session.swap_sources(&mut built.sources);
            match objects {
                Ok(objects) => {
                    built.objects = objects;
                    answer(path, Ok(&built));
                }
                Err(failure) => {
                    let error = failure.into_error(&built.sources);
                    answer(
                        path,
                        Err(error.with_warnings(std::mem::take(&mut built.warnings))),
                    );
                }
            }
            session.swap_sources(&mut built.sources);
        }
    }

    fn run(
        &self,
        path: &TreePath,
        kustomization: impl FnOnce(&Session<'_>, &Folder) -> Result<Read>,
    ) -> Result<Built, BuildError> {
        let session = Session::new(self.reader, self.host, self.options);
        let objects = self.objects(&session, path, kustomization);
        let notes = session.into_notes();
        let objects = match objects {
            Ok(objects) => objects,
            Err(failure) => return Err(failure.into_error(&notes.sources).with_warnings(notes.warnings)),
        };
        Ok(Built {
            objects,
            warnings: notes.warnings,
            remotes: notes.remotes,
            web_files: notes.web_files,
            sources: notes.sources,
        })
    }

    fn objects(
        &self,
        session: &Session<'_>,
        path: &TreePath,
        kustomization: impl FnOnce(&Session<'_>, &Folder) -> Result<Read>,
    ) -> Result<Vec<BuiltObject>> {
        let folder = Folder::first(session, path)?;
        let in_folder = |failure: Failure| failure.through(&folder.root);
        if let Some(ready) = session
            .shared
            .as_ref()
            .and_then(|shared| shared.get(&folder.root))
        {
            session.warn_again(&ready.warnings);
            let accumulated = Accumulated::clone(&ready.accumulated);
            return finish::finish(session, &ready.kustomization, accumulated).map_err(in_folder);
        }
        let (kustomization, file, source) = kustomization(session, &folder).map_err(in_folder)?;
        let openapi = session.openapi.choose(session, &folder, &kustomization);
        openapi.map_err(|failure| in_folder(failure.in_source(source)))?;
        let origin = (!kustomization.build_metadata.is_empty()).then(Origin::default);
        let target = Target {
            session,
            folder: folder.clone(),
            kustomization: Rc::new(kustomization),
            says_as_built: true,
            file,
            source,
            origin,
            helm_namespace: String::new(),
        };
        let accumulated = match &session.shared {
            Some(shared) if target.origin.is_none() => target.ready(shared)?.accumulated.clone(),
            _ => target.accumulate_alone().map_err(in_folder)?,
        };
        finish::finish(session, &target.kustomization, accumulated).map_err(in_folder)
    }
}

/// A kustomization, its file, and the number of its text.
type Read = (Kustomization, TreePath, SourceId);

/// Reads the kustomization file of a folder.
fn read_kustomization(session: &Session<'_>, folder: &Folder) -> Result<Read> {
    let reader = folder.reader(session);
    let mut files = Vec::new();
    for name in FILE_NAMES {
        let file = folder.root.child(name);
        if reader.is_file(&file)? {
            files.push(file);
        }
    }
    let file = match files.len() {
        0 => return Err(BuildErrorKind::MissingKustomization(folder.root.clone()).into()),
        1 => files.remove(0),
        _ => return Err(BuildErrorKind::ManyKustomizations(folder.root.clone()).into()),
    };
    let source = folder.source(session, &file);
    let in_file = |failure: Failure| failure.in_source(source);
    let content = session.read(reader, &file).map_err(in_file)?;
    let text = text_of(&content).map_err(in_file)?;
    let documents = session.parse(&text, source, Dialect::V2)?;
    let kustomization = Kustomization::read(session, documents.first()).map_err(in_file)?;
    Ok((kustomization, file, source))
}
