//! Lines of logs: taken apart, cleaned, put in order.

use plumb_cluster::LogRequest;

/// So much of a line is shown.
const LONGEST: usize = 2000;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// When it was written (RFC 3339); empty where that is not known.
    pub(super) at: String,
    /// By which Pod.
    pub(super) pod: String,
    /// By which of its containers.
    pub(super) container: String,
    /// What, without escape codes.
    pub(super) text: String,
}

/// The lines of all texts that hold `wanted`, oldest first.
pub(super) fn merged(texts: &[(LogRequest, String)], wanted: &str) -> Vec<Line> {
    let wanted = wanted.to_lowercase();
    let mut lines: Vec<Line> = texts
        .iter()
        .flat_map(|(request, text)| text.lines().map(move |line| read(request, line)))
        .filter(|line| wanted.is_empty() || line.text.to_lowercase().contains(&wanted))
        .collect();
    // It keeps the order of lines of the same time.
    lines.sort_by(|a, b| a.at.cmp(&b.at));
    lines
}

/// `text` in parts that hold `wanted`, in any case, and those between.
pub(super) fn hits<'t>(text: &'t str, wanted: &str) -> Vec<(&'t str, bool)> {
    let lower = text.to_lowercase();
    let wanted = wanted.to_lowercase();
    // Where letters grow or shrink when lowered, places in one are not places in the other.
    if wanted.is_empty() || lower.len() != text.len() {
        return vec![(text, false)];
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, hit) in lower.match_indices(&wanted) {
        let (before, hit) = (text.get(from..at), text.get(at..at + hit.len()));
        let (Some(before), Some(hit)) = (before, hit) else {
            return vec![(text, false)];
        };
        parts.push((before, false));
        parts.push((hit, true));
        from = at + hit.len();
    }
    parts.push((text.get(from..).unwrap_or_default(), false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

fn read(request: &LogRequest, line: &str) -> Line {
    let stamped = line
        .split_once(' ')
        .filter(|(at, _)| at.parse::<jiff::Timestamp>().is_ok());
    let (at, text) = stamped.unwrap_or(("", line));
    Line {
        at: at.to_owned(),
        pod: request.pod.clone(),
        container: request.container.clone(),
        text: plain(text),
    }
}

/// `text` without the escape codes that colour it or move a cursor, cut where it is very long.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' && letter != '\u{9b}' {
            out.push(letter);
            count += 1;
            if count >= LONGEST {
                out.push('…');
                break;
            }
            continue;
        }
        let kind = if letter == '\u{9b}' {
            Some('[')
        } else {
            letters.next()
        };
        match kind {
            // Parameters, up to a letter.
            Some('[') => {
                while letters
                    .next()
                    .is_some_and(|it| !('\u{40}'..='\u{7e}').contains(&it))
                {}
            }
            // A title or an address, up to a bell or a closing escape.
            Some(']') => {
                let mut before = ' ';
                for it in letters.by_ref() {
                    if it == '\u{7}' || (before == '\u{1b}' && it == '\\') {
                        break;
                    }
                    before = it;
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pod: &str) -> LogRequest {
        LogRequest {
            pod: pod.to_owned(),
            ..LogRequest::default()
        }
    }

    #[test]
    fn escape_codes_are_left_out() {
        for (text, expected) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("a\u{9b}2Jb", "ab"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("plain <b>", "plain <b>"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
        assert_eq!(plain(&"x".repeat(3000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn lines_of_many_pods_are_in_the_order_of_time() {
        let texts = [
            (
                request("a"),
                "2026-01-01T00:00:01Z one\n2026-01-01T00:00:03Z three\n".to_owned(),
            ),
            (
                request("b"),
                "2026-01-01T00:00:02Z Two\nno time at all\n".to_owned(),
            ),
        ];
        let all: Vec<String> = merged(&texts, "").into_iter().map(|line| line.text).collect();
        assert_eq!(all, ["no time at all", "one", "Two", "three"]);
        let found = merged(&texts, "TWO");
        assert_eq!((found.len(), found[0].pod.as_str()), (1, "b"));
    }

    #[test]
    fn hits_are_marked_as_they_are_written() {
        assert_eq!(
            hits("An Error: error", "ERROR"),
            [("An ", false), ("Error", true), (": ", false), ("error", true)]
        );
        assert_eq!(hits("İx", "x"), [("İx", false)]);
        assert_eq!(hits("abc", ""), [("abc", false)]);
    }
}
