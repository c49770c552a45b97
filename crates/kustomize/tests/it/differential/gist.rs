//! Whether two messages give the same reason: the innermost cause of one is part of the other.

/// Shorter causes say too little to compare by.
const SHORTEST: usize = 6;
/// Causes of this length say enough wherever they stand.
const TELLING: usize = 20;

/// Whether `ours` and the original's message give the same reason.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs) = (plain(ours), plain(theirs));
    let within = |message: &str, other: &str| {
        causes(message)
            .last()
            .is_some_and(|cause| cause.len() >= SHORTEST && other.contains(cause))
    };
    let shares = |message: &str, other: &str| {
        let mut telling = causes(message)
            .into_iter()
            .filter(|cause| cause.len() >= TELLING && !cause.starts_with("accumul"));
        telling.any(|cause| other.contains(cause))
    };
    within(&theirs, &ours) || shares(&ours, &theirs) || shares(&theirs, &ours)
}

/// A message without what is written differently each time: quotes, lines, spaces.
fn plain(message: &str) -> String {
    // What a node holds is written in different orders.
    let message = message.split("node contents:").next().unwrap_or_default();
    let errors: Vec<&str> = message
        .lines()
        .filter(|line| !line.starts_with("# Warning"))
        .collect();
    // The bases that an object was reached through are no part of the reason.
    let errors = errors
        .join(" ")
        .replace(" (reached through", ": (reached through");
    let kept = errors.to_lowercase();
    let kept: String = kept.chars().filter(|c| !"'\"\\`".contains(*c)).collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    // Lines are counted from the document's beginning or the file's.
    let is_line = |index: usize| index > 0 && words[index - 1] == "line";
    let word = |(index, word): (usize, &&str)| {
        if is_line(index) {
            "n:".to_owned()
        } else {
            (*word).to_owned()
        }
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// The parts of a message between colons, outermost first.
fn causes(message: &str) -> Vec<&str> {
    message
        .split(": ")
        .map(str::trim)
        .filter(|part| part.len() >= SHORTEST)
        .collect()
}
