//! Differences that are known and stay, each with its reason. They are looked for in cases that were made small, so that what a
//! case still has is what makes the difference.

use super::case::{Answer, Case};

/// A difference that stays: why, and what its cases have.
struct Kept {
    reason: &'static str,
    /// All of these are in the files.
    files: &'static [&'static str],
    /// One of these is there, too; none need be when none are named.
    one_of: &'static [&'static str],
    /// This is in what either program says or prints.
    said: &'static str,
    /// Whether it stays where only one of the two fails, too.
    even_alone: bool,
}

const KEPT: &[Kept] = &[
    Kept {
        reason: "the original panics",
        files: &[],
        one_of: &[],
        said: "goroutine ",
        even_alone: true,
    },
    Kept {
        reason: "pointers and the order of Go's maps",
        files: &[],
        one_of: &[],
        said: "ID conflict",
        even_alone: true,
    },
    Kept {
        reason: "more text after the end of a document is an error, there it is passed over",
        files: &[],
        one_of: &[],
        said: "behind the end of the document",
        even_alone: true,
    },
    Kept {
        reason: "keys that are numbers are told of when a file is read, there when an object is printed",
        files: &[],
        one_of: &[],
        said: "keys are text: put it in quotes",
        even_alone: false,
    },
];

/// Why the difference stays, if it does.
pub(crate) fn reason(small: &Case, ours: &Answer, theirs: &Answer) -> Option<&'static str> {
    if differs_in_odd_hashes(ours, theirs) {
        return Some(
            "generated objects whose kind was changed are hashed with the lines, columns and comments they came from",
        );
    }
    if small.files.values().any(|text| text.contains("vars")) && differs_in_the_order_of_vars(ours, theirs) {
        return Some("the order of Go's maps, in which unused variables are told");
    }
    let text = |answer: &Answer| match answer {
        Answer::Built { output, warnings } => format!("{output}{warnings}"),
        Answer::Failed { message } => message.clone(),
    };
    let said = text(ours) + &text(theirs);
    let both_fail = [ours, theirs]
        .iter()
        .all(|answer| matches!(answer, Answer::Failed { .. }));
    let has = |word: &str| small.files.values().any(|text| text.contains(word));
    let fits = |kept: &&Kept| {
        kept.files.iter().all(|word| has(word))
            && (kept.one_of.is_empty() || kept.one_of.iter().any(|word| has(word)))
            && said.contains(kept.said)
            && (kept.even_alone || both_fail)
    };
    KEPT.iter().find(fits).map(|kept| kept.reason)
}

/// Whether the answers are the same but for the order in which unused variables are told. It is another at every run of the
/// original, so that both may be the same by now.
fn differs_in_the_order_of_vars(ours: &Answer, theirs: &Answer) -> bool {
    const TOLD: &str = "well-defined vars that were never replaced: ";
    let in_order = |answer: &Answer| {
        let Answer::Built { output, warnings } = answer else {
            return None;
        };
        let line = |line: &str| match line.strip_prefix(TOLD) {
            Some(names) => {
                let mut names: Vec<&str> = names.split(',').collect();
                names.sort_unstable();
                format!("{TOLD}{}", names.join(","))
            }
            None => line.to_owned(),
        };
        let has_several = warnings
            .lines()
            .any(|line| line.starts_with(TOLD) && line.contains(','));
        has_several.then(|| (output.clone(), warnings.lines().map(line).collect::<Vec<_>>()))
    };
    in_order(ours).is_some_and(|ours| in_order(theirs) == Some(ours))
}

/// Whether only hashes in names differ, and none of them is that of a ConfigMap or Secret.
fn differs_in_odd_hashes(ours: &Answer, theirs: &Answer) -> bool {
    let (Answer::Built { output: ours, .. }, Answer::Built { output: theirs, .. }) = (ours, theirs) else {
        return false;
    };
    let objects = ours.split("---\n").zip(theirs.split("---\n"));
    let name = |object: &str| {
        object
            .lines()
            .find(|line| line.starts_with("  name: "))
            .map(str::to_owned)
    };
    let is_hashed_by_content = |object: &str| {
        ["\nkind: ConfigMap\n", "\nkind: Secret\n"]
            .iter()
            .any(|kind| object.contains(kind))
    };
    let fits = |(ours, theirs): (&str, &str)| !is_hashed_by_content(ours) || name(ours) == name(theirs);
    ours != theirs && without_hashes(ours) == without_hashes(theirs) && objects.clone().all(fits)
}

fn without_hashes(output: &str) -> String {
    const LETTERS: &str = "2456789bcdfghkmt";
    let is_hash = |word: &str| word.len() == 10 && word.chars().all(|letter| LETTERS.contains(letter));
    let parts = output.split_inclusive(['-', '\n', '"', ' ', '/']);
    parts.filter(|part| !is_hash(part.trim_end())).collect()
}
