//! Shell patterns over paths.

use super::{EditFiles, place::join};

/// The files and folders that a pattern matches, sorted, none that are hidden unless the pattern names such.
///
/// # Errors
/// When the pattern is none.
pub(super) fn expand(files: &dyn EditFiles, pattern: &str) -> Result<Vec<String>, String> {
    Glob::new(pattern)?;
    let mut found = paths(files, pattern)?;
    let is_hidden = |path: &str| {
        path.trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or("")
            .starts_with('.')
    };
    if !is_hidden(pattern) {
        found.retain(|path| !is_hidden(path));
    }
    Ok(found)
}

fn paths(files: &dyn EditFiles, pattern: &str) -> Result<Vec<String>, String> {
    let has_meta = |text: &str| text.contains(['*', '?', '[', '\\']);
    if !has_meta(pattern) {
        // Not even the empty path is the folder itself.
        let is_there = !pattern.is_empty() && files.exists(pattern);
        return Ok(if is_there {
            vec![pattern.to_owned()]
        } else {
            Vec::new()
        });
    }
    let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", pattern));
    let folder = if folder.is_empty() { "/" } else { folder };
    let folders = if has_meta(folder) {
        paths(files, folder)?
    } else {
        vec![folder.to_owned()]
    };
    let name = Glob::new(name)?;
    let mut found = Vec::new();
    for folder in folders {
        let names = files
            .list(&folder)
            .into_iter()
            .filter(|entry| name.matches(entry));
        found.extend(names.map(|entry| join(&folder, &entry)));
    }
    Ok(found)
}

/// A shell pattern: `*` and `?` within one part of a path, `[a-z]` and `[^a-z]`, `\` before a character that means
/// itself.
pub(super) struct Glob(Vec<Token>);

enum Token {
    /// Any number of characters.
    Star,
    /// One character.
    Any,
    /// This character.
    Just(char),
    /// A character in one of these ranges, or, when `true`, in none.
    Class(bool, Vec<(char, char)>),
}

impl Glob {
    /// Reads a pattern; fails when it is none.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let bad = || "syntax error in pattern".to_owned();
        let mut rest = pattern.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(c) = rest.next() {
            tokens.push(match c {
                '*' => Token::Star,
                '?' => Token::Any,
                '[' => class(&mut rest).ok_or_else(bad)?,
                '\\' => Token::Just(rest.next().ok_or_else(bad)?),
                c => Token::Just(c),
            });
        }
        Ok(Self(tokens))
    }

    /// Whether a path fits.
    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        fits(&self.0, &path)
    }
}

type Rest<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// A class, its `[` taken already.
fn class(rest: &mut Rest<'_>) -> Option<Token> {
    let is_negative = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.next_if_eq(&']').is_some() {
            return Some(Token::Class(is_negative, ranges));
        }
        let from = in_class(rest)?;
        let to = if rest.next_if_eq(&'-').is_some() {
            in_class(rest)?
        } else {
            from
        };
        // What a class needs is one more character behind it, if only its end.
        rest.peek()?;
        ranges.push((from, to));
    }
}

fn in_class(rest: &mut Rest<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        c => Some(c),
    }
}

fn fits(pattern: &[Token], text: &[char]) -> bool {
    // Where to try again after the last star: the pattern behind it, and the text it has not taken yet.
    let mut retry: Option<(&[Token], &[char])> = None;
    let (mut pattern, mut text) = (pattern, text);
    loop {
        match (pattern, text) {
            ([], []) => return true,
            ([Token::Star, rest @ ..], _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            ([token, rest @ ..], [c, later @ ..]) if token.takes(*c) => (pattern, text) = (rest, later),
            _ => {
                let Some((rest, [taken, later @ ..])) = retry else {
                    return false;
                };
                if *taken == '/' {
                    return false;
                }
                retry = Some((rest, later));
                (pattern, text) = (rest, later);
            }
        }
    }
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => c != '/',
            Self::Just(wanted) => *wanted == c,
            Self::Class(is_negative, ranges) => {
                c != '/' && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *is_negative
            }
        }
    }
}
