//! What one build shares: the tree it reads, the outside, its limits, and what it noted on the way.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use bytes::Bytes;
use plumb_model::{Reader, RemoteRead, Tree, TreePath};
use plumb_yaml::{Dialect, Node, ParseError, ParseErrorKind, SourceId};

use crate::{
    build::Shared,
    error::{BuildErrorKind, Failure, Result},
    host::{ChartFiles, ChartSource, Host, RemoteRepository},
    openapi::OpenApi,
    options::Options,
    remote, repeats,
    source::{Sources, Texts},
    yaml_cause::with_original,
};

/// Lines that `kustomize` prints on the error stream; copies are one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Rc<RefCell<Vec<String>>>);

impl Warnings {
    pub(crate) fn add(&self, line: String) {
        self.0.borrow_mut().push(line);
    }
}

/// What one build shares.
pub(crate) struct Session<'a> {
    pub(crate) reader: &'a Reader<'a>,
    pub(crate) host: &'a dyn Host,
    pub(crate) options: &'a Options,
    pub(crate) openapi: OpenApi,
    /// Folders that were gathered before, where several builds share this session.
    pub(crate) shared: Option<Shared>,
    sources: RefCell<Sources>,
    texts: Texts,
    pub(crate) warnings: Warnings,
    documents: Cell<usize>,
    /// Whether anything that was read has a key twice.
    has_repeats: Cell<bool>,
    /// How many Helm charts were inflated.
    pub(crate) charts: Cell<usize>,
    remotes: RefCell<Vec<RemoteRead>>,
    web_files: Cell<bool>,
}

/// What a session noted on the way.
pub(crate) struct Notes {
    pub(crate) sources: Sources,
    pub(crate) warnings: Vec<String>,
    pub(crate) remotes: Vec<RemoteRead>,
    /// Whether files were read from the web, which nobody can tell the age of.
    pub(crate) web_files: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(reader: &'a Reader<'a>, host: &'a dyn Host, options: &'a Options) -> Self {
        Self {
            reader,
            host,
            options,
            openapi: OpenApi::default(),
            shared: None,
            sources: RefCell::default(),
            texts: Texts::default(),
            warnings: Warnings::default(),
            documents: Cell::new(0),
            has_repeats: Cell::new(false),
            charts: Cell::new(0),
            remotes: RefCell::default(),
            web_files: Cell::new(false),
        }
    }

    pub(crate) fn warn(&self, line: String) {
        self.warnings.add(line);
    }

    pub(crate) fn into_notes(self) -> Notes {
        Notes {
            sources: self.sources.into_inner(),
            warnings: self.warnings.0.take(),
            remotes: self.remotes.into_inner(),
            web_files: self.web_files.get(),
        }
    }

    /// Begins another build: what is shared stays, and what is said and counted of one build starts anew.
    pub(crate) fn begin(&mut self) {
        self.openapi = OpenApi::default();
        self.documents.set(0);
        self.warnings.0.borrow_mut().clear();
    }

    /// Warns again of what was warned of when a shared folder was gathered.
    pub(crate) fn warn_again(&self, lines: &[String]) {
        self.warnings.0.borrow_mut().extend_from_slice(lines);
    }

    /// How many warnings there were so far.
    pub(crate) fn warned(&self) -> usize {
        self.warnings.0.borrow().len()
    }

    /// The warnings after the first `count`.
    pub(crate) fn warnings_since(&self, count: usize) -> Vec<String> {
        self.warnings.0.borrow().iter().skip(count).cloned().collect()
    }

    /// Lends out the table of texts, which nobody may parse without.
    pub(crate) fn swap_sources(&self, sources: &mut Sources) {
        std::mem::swap(&mut *self.sources.borrow_mut(), sources);
    }

    /// The texts that were parsed so far, read once more.
    pub(crate) fn texts(&self) -> Texts {
        let read = |path: &TreePath| self.reader.read(path).ok();
        self.texts.complete(&self.sources.borrow(), read);
        self.texts.clone()
    }

    /// A number for the text of a file.
    pub(crate) fn source(&self, path: &TreePath, repository: Option<&str>) -> SourceId {
        self.sources.borrow_mut().add(path, repository, 0)
    }

    /// A number for a text that is written in another: in the scalar at `mark`.
    pub(crate) fn source_within(&self, mark: plumb_yaml::Mark, text: &str) -> SourceId {
        // A text of several lines is a block, which begins on the line below.
        let above = mark.line.saturating_sub(u32::from(!text.contains('\n')));
        let place = self.sources.borrow().place(mark);
        place.map_or_else(SourceId::default, |place| {
            self.sources
                .borrow_mut()
                .add(&place.path, place.repository.as_deref(), above)
        })
    }

    pub(crate) fn read(&self, reader: &Reader<'_>, path: &TreePath) -> Result<Bytes> {
        self.go_on()?;
        let limit = self.options.limits.documents;
        self.documents.set(self.documents.get() + 1);
        if self.documents.get() > limit {
            return Err(BuildErrorKind::Limit {
                what: "files in one build",
                limit,
            }
            .into());
        }
        Ok(reader.read(path)?)
    }

    /// The files of another repository, at the commit that is asked for.
    pub(crate) fn checkout(&self, repository: &RemoteRepository) -> Result<Arc<dyn Tree>> {
        self.go_on()?;
        let checkout = self
            .host
            .repository(repository)
            .map_err(|error| Failure::new(BuildErrorKind::Host(error)))?;
        let read = RemoteRead {
            url: repository.url.clone(),
            reference: repository.reference.clone(),
            commit: checkout.commit,
        };
        let mut remotes = self.remotes.borrow_mut();
        if !remotes.contains(&read) {
            remotes.push(read);
        }
        Ok(checkout.tree)
    }

    /// A file on the web.
    pub(crate) fn web_file(&self, url: &str) -> Result<Bytes> {
        self.go_on()?;
        if remote::is_marked_as_repository(url) {
            return Err(BuildErrorKind::Kustomization("URL is a git repository".into()).into());
        }
        self.web_files.set(true);
        self.host
            .file(url)
            .map_err(|error| Failure::new(BuildErrorKind::Host(error)))
    }

    /// The files of a chart in a chart repository.
    pub(crate) fn pull(&self, source: &ChartSource) -> Result<ChartFiles> {
        self.go_on()?;
        self.host
            .chart(source)
            .map_err(|error| Failure::new(BuildErrorKind::Host(error)))
    }

    /// Fails when nobody waits for the build any more.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.host.is_cancelled() {
            return Err(BuildErrorKind::Cancelled.into());
        }
        Ok(())
    }

    /// The documents of a text, those of V3 with the text that scalars were written as; the message of an error has the original's form.
    pub(crate) fn parse(&self, text: &str, source: SourceId, dialect: Dialect) -> Result<Vec<Node>> {
        let limits = plumb_yaml::Limits::default();
        let parsed = match dialect {
            Dialect::V3 => return self.parse_objects(text, source, |_| false),
            Dialect::V2 => plumb_yaml::parse(text, source, dialect, &limits),
        };
        parsed.map_err(in_the_originals_form)
    }

    /// The documents in a text of V3. Where `is_list` says that one, alone in it, is a list of objects, keys of these may
    /// be what they may be in an object.
    pub(crate) fn parse_objects(
        &self,
        text: &str,
        source: SourceId,
        is_list: impl FnOnce(&Node) -> bool,
    ) -> Result<Vec<Node>> {
        let read = plumb_yaml::parse_keeping_texts(text, source, &plumb_yaml::Limits::default())
            .map_err(in_the_originals_form)?;
        self.has_repeats.set(self.has_repeats.get() || read.has_repeats);
        if let Some(error) = read.mistyped {
            return Err(in_the_originals_form(error));
        }
        match (read.odd_item_key, &read.nodes[..]) {
            (Some(error), [document]) if !is_list(document) => Err(in_the_originals_form(error)),
            (Some(error), [_, _, ..]) => Err(in_the_originals_form(error)),
            _ => Ok(read.nodes),
        }
    }

    /// Refuses keys that are there twice in what is printed, or read anew.
    pub(crate) fn refuse_repeats(&self, node: &Node) -> Result<()> {
        if self.has_repeats.get() {
            repeats::refuse(node)
        } else {
            Ok(())
        }
    }

    /// The document of a text of V2 in which no key may be there twice.
    pub(crate) fn parse_strictly(&self, text: &str, source: SourceId) -> Result<Vec<Node>> {
        let parsed = plumb_yaml::parse_strictly(text, source, &plumb_yaml::Limits::default());
        parsed.map_err(in_the_originals_form)
    }

    pub(crate) fn check_objects(&self, count: usize) -> Result<()> {
        let limit = self.options.limits.objects;
        if count > limit {
            return Err(BuildErrorKind::Limit {
                what: "objects",
                limit,
            }
            .into());
        }
        Ok(())
    }
}

fn in_the_originals_form(error: ParseError) -> Failure {
    let message = match &error.kind {
        ParseErrorKind::Syntax(message) => {
            format!("line {}: {}", error.mark.line, with_original(message))
        }
        ParseErrorKind::Limit(_) => error.to_string(),
    };
    Failure::new(BuildErrorKind::Yaml(message)).at(error.mark)
}
