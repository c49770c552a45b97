//! Names with `*` and `?` in them.

/// Whether a name stands for more than itself.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether `pattern` fits the whole of `text`. A `*` stands for any text, `/` included; `?` for one letter.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where the last star was, and how much of the text it stands for so far ends.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, seen) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("a/B", "a/B", true),
            ("a/B", "a/Bc", false),
            ("*/B", "a.b/B", true),
            ("*.a.io/*", "x.a.io/Kind", true),
            ("*.a.io/*", "a.io/Kind", false),
            ("*", "", true),
            ("?b*c", "abxcxc", true),
            ("?b*c", "abxcx", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
