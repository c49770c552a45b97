//! Text from outside: from repositories, clusters and requests.

use std::borrow::Cow;

use maud::Render;

#[cfg(test)]
mod tests;

/// Text from outside, for HTML: escaped, and without characters that act instead of being seen.
pub(crate) struct Outside<T>(pub(crate) T);

impl<T: AsRef<str>> Render for Outside<T> {
    fn render_to(&self, buffer: &mut String) {
        (*visible(self.0.as_ref())).render_to(buffer);
    }
}

/// `text` with control characters and those that turn the direction of writing shown as `�`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(acts) {
        Cow::Owned(
            text.chars()
                .map(|it| if acts(it) { '\u{fffd}' } else { it })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

fn acts(it: char) -> bool {
    let turns = matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}');
    turns || (it.is_control() && !matches!(it, '\n' | '\t'))
}
