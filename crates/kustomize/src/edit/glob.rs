//! Shell patterns over paths.

/// Whether `path` fits a shell pattern: `*` and `?` within one part of the path, `[a-z]` classes, `\` before a
/// character that means itself.
#[must_use]
pub fn glob_matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    fits(&pattern, &path)
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    // Where to try again after the last star: the pattern behind it, and the text it has not taken yet.
    let mut retry: Option<(&[char], &[char])> = None;
    let (mut pattern, mut text) = (pattern, text);
    loop {
        match one(pattern, text) {
            Step::Star(rest) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            Step::Next(rest) => {
                pattern = rest;
                text = &text[1..];
            }
            Step::End => return true,
            Step::Never => {
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

enum Step<'p> {
    /// A star; the pattern goes on behind it.
    Star(&'p [char]),
    /// One character fits; the pattern goes on.
    Next(&'p [char]),
    /// Both are at their ends.
    End,
    Never,
}

fn one<'p>(pattern: &'p [char], text: &[char]) -> Step<'p> {
    match (pattern, text) {
        ([], []) => Step::End,
        (['*', rest @ ..], _) => Step::Star(rest),
        (['?', rest @ ..], [c, ..]) if *c != '/' => Step::Next(rest),
        (['[', rest @ ..], [c, ..]) if *c != '/' => class(rest, *c),
        (['\\', wanted, rest @ ..], [c, ..]) if wanted == c => Step::Next(rest),
        ([wanted, rest @ ..], [c, ..]) if wanted == c && !"\\[?".contains(*wanted) => Step::Next(rest),
        _ => Step::Never,
    }
}

/// A class, its `[` taken already.
fn class(pattern: &[char], c: char) -> Step<'_> {
    let (mut rest, is_negative) = match pattern {
        ['^', rest @ ..] => (rest, true),
        rest => (rest, false),
    };
    let mut is_in = false;
    let mut is_first = true;
    loop {
        match rest {
            [']', after @ ..] if !is_first => {
                return if is_in == is_negative {
                    Step::Never
                } else {
                    Step::Next(after)
                };
            }
            [from, '-', to, after @ ..] if *to != ']' => {
                is_in |= (*from..=*to).contains(&c);
                rest = after;
            }
            [only, after @ ..] => {
                is_in |= *only == c;
                rest = after;
            }
            [] => return Step::Never,
        }
        is_first = false;
    }
}
