//! What one build shares: the tree it reads, its limits, and what it noted on the way.

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use plumb_model::{Reader, TreePath};
use plumb_yaml::{Dialect, Node, ParseErrorKind, SourceId};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    options::Options,
};

/// What one build shares.
pub(crate) struct Session<'a> {
    pub(crate) reader: &'a Reader<'a>,
    pub(crate) options: &'a Options,
    warnings: RefCell<Vec<String>>,
    documents: Cell<usize>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(reader: &'a Reader<'a>, options: &'a Options) -> Self {
        Self {
            reader,
            options,
            warnings: RefCell::default(),
            documents: Cell::new(0),
        }
    }

    pub(crate) fn warn(&self, line: String) {
        self.warnings.borrow_mut().push(line);
    }

    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    pub(crate) fn read(&self, path: &TreePath) -> Result<Bytes> {
        let limit = self.options.limits.documents;
        self.documents.set(self.documents.get() + 1);
        if self.documents.get() > limit {
            return Err(BuildErrorKind::Limit {
                what: "files in one build",
                limit,
            }
            .into());
        }
        Ok(self.reader.read(path)?)
    }

    /// The documents of a text; the message of an error has the original's form.
    pub(crate) fn parse(&self, text: &str, dialect: Dialect) -> Result<Vec<Node>> {
        let limits = plumb_yaml::Limits::default();
        plumb_yaml::parse(text, SourceId::default(), dialect, &limits).map_err(|error| {
            let message = match &error.kind {
                ParseErrorKind::Syntax(message) => format!("line {}: {message}", error.mark.line),
                ParseErrorKind::Limit(_) => error.to_string(),
            };
            Failure::new(BuildErrorKind::Yaml(message))
        })
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
