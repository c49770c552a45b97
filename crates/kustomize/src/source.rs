//! The texts of a build: which file a mark points into.
//!
//! Every text that is parsed gets a number, which the marks of its nodes carry from there on, through patches and
//! transformers; so that each field of the output can tell which file and line said it last.
//! **Start at** [`Sources::place`].

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
};

use bytes::Bytes;
use plumb_model::TreePath;
use plumb_yaml::{Mark, Node, SourceId, Value, Written};

use crate::{error::Place, resource::shared};

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

/// The texts themselves, by number, of files that are whole texts and in the tree; copies are one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(Rc<RefCell<Vec<Option<Bytes>>>>);

impl Texts {
    /// Fetches the texts that were parsed since the last time.
    pub(crate) fn complete(&self, sources: &Sources, read: impl Fn(&TreePath) -> Option<Bytes>) {
        let mut texts = self.0.borrow_mut();
        for source in &sources.0[texts.len()..] {
            let is_whole = source.above == 0 && source.repository.is_none();
            texts.push(is_whole.then(|| read(&source.path)).flatten());
        }
    }

    /// A scalar as it is written: in its quotes, and with the comment behind it. `None` for what was not read from one
    /// of the texts, or is not written on one line.
    pub(crate) fn scalar(&self, node: &Node) -> Option<String> {
        let text = match &node.value {
            Value::String(text) => text,
            Value::Lexical(lexical) => lexical.text(),
            _ => return None,
        };
        if shared::is_made(node.mark) {
            // It went through JSON.
            return (node.mark.written == Written::Quoted).then(|| format!("\"{text}\""));
        }
        let line = self.line(node.mark)?;
        let (written, rest) = if node.mark.written == Written::Quoted {
            line.split_at_checked(quoted_length(&line)?)?
        } else {
            line.split_at_checked(line.starts_with(text.as_str()).then_some(text.len())?)?
        };
        let comment = rest.trim();
        if comment.starts_with('#') && rest.starts_with([' ', '\t']) {
            return Some(format!("{written} {comment}"));
        }
        Some(written.to_owned())
    }

    /// What is written at a mark, up to the end of the line.
    fn line(&self, mark: Mark) -> Option<String> {
        let index = (mark.source.0 as usize).checked_sub(1)?;
        let text = Ref::filter_map(self.0.borrow(), |texts| texts.get(index)?.as_ref()).ok()?;
        let text = std::str::from_utf8(&text).ok()?;
        let line = text.lines().nth((mark.line as usize).checked_sub(1)?)?;
        Some(line.chars().skip(mark.column as usize - 1).collect())
    }
}

/// How long the text in quotes is that a line begins with.
fn quoted_length(line: &str) -> Option<usize> {
    let quote = line.chars().next().filter(|first| "'\"".contains(*first))?;
    let mut rest = line.char_indices().skip(1).peekable();
    while let Some((at, character)) = rest.next() {
        let is_doubled = quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == quote);
        if character == quote && !is_doubled {
            return Some(at + 1);
        }
        if character == quote || character == '\\' && quote == '"' {
            rest.next();
        }
    }
    None
}

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
