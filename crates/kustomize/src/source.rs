//! The texts of a build: which file a mark points into.
//!
//! Every text that is parsed gets a number, which the marks of its nodes carry from there on, through patches and
//! transformers; so that each field of the output can tell which file and line said it last.
//! **Start at** [`Sources::place`].

use plumb_model::TreePath;
use plumb_yaml::{Mark, SourceId};

use crate::error::Place;

/// A text that was parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Source {
    path: TreePath,
    /// The repository, when it is not the one that is built.
    repository: Option<Box<str>>,
    /// How many lines of the file stand before it; a patch that is written in a kustomization is not at its top.
    above: u32,
}

/// The texts of a build, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Where `mark` points; `None` for what the program made.
    pub(crate) fn place(&self, mark: Mark) -> Option<Place> {
        let index = (mark.source.0 as usize).checked_sub(1)?;
        let source = self.0.get(index)?;
        Some(Place {
            path: source.path.clone(),
            repository: source.repository.clone(),
            line: if mark.line == 0 {
                0
            } else {
                mark.line + source.above
            },
            column: if source.above == 0 { mark.column } else { 0 },
        })
    }

    /// A number for the text of a file, or for a text that stands in it below `above` lines.
    pub(crate) fn add(&mut self, path: &TreePath, repository: Option<&str>, above: u32) -> SourceId {
        let fits = |source: &Source| {
            source.path == *path && source.above == above && source.repository.as_deref() == repository
        };
        // The next text of a file mostly follows the one before it.
        if !self.0.last().is_some_and(fits) {
            self.0.push(Source {
                path: path.clone(),
                repository: repository.map(Into::into),
                above,
            });
        }
        SourceId(u32::try_from(self.0.len()).unwrap_or(0))
    }
}
