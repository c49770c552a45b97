//! Makes a case that shows a difference as small as it gets, one removal at a time.

use super::case::{Answer, Case, Difference};

/// Looks whether a case still shows the difference.
pub(crate) type Shows<'a> = dyn FnMut(&Case) -> bool + 'a;

/// The smallest case found, within `budget` looks.
pub(crate) fn shrink(case: &Case, budget: usize, shows: &mut Shows<'_>) -> Case {
    let mut smallest = case.clone();
    let mut left = budget;
    loop {
        let before = smallest.clone();
        for candidate in removals(&before) {
            if left == 0 {
                return smallest;
            }
            // A removal that no longer fits what is left now is skipped.
            let Some(smaller) = candidate.apply(&smallest) else {
                continue;
            };
            left -= 1;
            if shows(&smaller) {
                smallest = smaller;
            }
        }
        if smallest == before {
            return smallest;
        }
    }
}

/// The difference as a reader wants to see it.
pub(crate) fn describe(case: &Case, difference: Difference, ours: &Answer, theirs: &Answer) -> String {
    let mut text = format!("=== {difference:?}\n");
    for (path, content) in &case.files {
        text.push_str(&format!("--- {path}\n{content}"));
    }
    for (who, answer) in [("ours", ours), ("theirs", theirs)] {
        match answer {
            Answer::Built { output, warnings } => text.push_str(&format!("<<< {who}\n{output}{warnings}")),
            Answer::Failed { message } => {
                text.push_str(&format!("<<< {who} fails: {}\n", message.trim_end()))
            }
        }
    }
    text
}

enum Removal {
    File(String),
    /// Lines of a file, by their text, so that it is found again after other removals.
    Lines(String, Vec<String>),
}

impl Removal {
    fn apply(&self, case: &Case) -> Option<Case> {
        let mut smaller = case.clone();
        match self {
            Self::File(path) => {
                smaller.files.remove(path)?;
            }
            Self::Lines(path, block) => {
                let lines: Vec<&str> = case.files.get(path)?.split_inclusive('\n').collect();
                let fits = |at: &usize| {
                    lines[*at..]
                        .iter()
                        .zip(block)
                        .all(|(line, wanted)| *line == wanted.as_str())
                };
                let at = (0..=lines.len().checked_sub(block.len())?).find(fits)?;
                let kept = lines[..at].iter().chain(&lines[at + block.len()..]);
                smaller.files.insert(path.clone(), kept.copied().collect());
            }
        }
        Some(smaller)
    }
}

/// What can be taken away: whole files, then blocks of lines, big ones first.
fn removals(case: &Case) -> Vec<Removal> {
    let mut removals: Vec<Removal> = case.files.keys().cloned().map(Removal::File).collect();
    let mut blocks = Vec::new();
    for (path, content) in &case.files {
        let lines: Vec<&str> = content.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            for end in ends(&lines, at) {
                blocks.push((
                    end - at,
                    path,
                    lines[at..end].iter().map(|line| (*line).to_owned()).collect(),
                ));
            }
        }
    }
    blocks.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    removals.extend(
        blocks
            .into_iter()
            .map(|(_, path, lines)| Removal::Lines(path.clone(), lines)),
    );
    removals
}

/// Where blocks that begin at a line may end: after it, after what is indented deeper, after its document.
fn ends(lines: &[&str], at: usize) -> Vec<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let own = indent(lines[at]);
    let deeper = |line: &&&str| indent(line) > own || line.trim().is_empty();
    let mut ends = vec![at + 1, at + 1 + lines[at + 1..].iter().take_while(deeper).count()];
    if lines[at].starts_with("---") {
        ends.push(
            at + 1
                + lines[at + 1..]
                    .iter()
                    .take_while(|line| !line.starts_with("---"))
                    .count(),
        );
    }
    ends.dedup();
    ends
}
