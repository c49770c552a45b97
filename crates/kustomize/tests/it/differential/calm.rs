//! Takes out of a case what makes the build fail, so that its output can be compared.
//!
//! Random kustomizations fail more often than not. This asks our own build, which is quick, and takes away items and
//! fields of the kustomizations until it works. What fails for other reasons stays as it is, and so does every fifth
//! case, or failures would not be compared. **Start at** [`calmed`].

use super::{
    case::{Answer, Case},
    random::Random,
};

/// How many builds a case may take.
const BUILDS: usize = 400;

/// The case of `seed` without what makes it fail, or as it is.
pub(crate) fn calmed(case: Case, seed: u64) -> Case {
    if Random::new(!seed).chance(20) {
        return case;
    }
    let mut calm = case.clone();
    let mut left = BUILDS;
    while let Answer::Failed { message } = calm.ours() {
        let Some(next) = step(&calm, &message, &mut left) else {
            return case;
        };
        calm = next;
    }
    calm
}

/// A case that does not fail with `message`, one removal away.
fn step(case: &Case, message: &str, left: &mut usize) -> Option<Case> {
    for (path, range) in case.files.keys().flat_map(|path| parts(case, path)) {
        *left = left.checked_sub(1)?;
        let lines: Vec<&str> = case.files[path].split_inclusive('\n').collect();
        let kept = lines[..range.start].iter().chain(&lines[range.end..]);
        let mut smaller = case.clone();
        smaller.files.insert(path.clone(), kept.copied().collect());
        let is_better = match smaller.ours() {
            Answer::Built { .. } => true,
            Answer::Failed { message: other } => other != message,
        };
        if is_better {
            return Some(smaller);
        }
    }
    None
}

/// The lines that may go: items of lists, then whole fields of a kustomization.
fn parts<'c>(case: &'c Case, path: &'c String) -> Vec<(&'c String, std::ops::Range<usize>)> {
    let is_kustomization = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.to_lowercase().starts_with("kustomization"));
    if !is_kustomization {
        return Vec::new();
    }
    let lines: Vec<&str> = case.files[path].lines().collect();
    let starts = |is_start: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|at| is_start(lines[*at])).collect()
    };
    let is_field = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_item = |line: &str| is_field(line) || line.starts_with("- ") || line.starts_with("  - ");
    let is_any_item = |line: &str| is_item(line) || matches!(line.trim_end(), "-" | "  -");
    let stays = |line: &str| {
        ["resources", "bases", "components", "apiVersion", "kind"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    let spans = |starts: Vec<usize>| -> Vec<std::ops::Range<usize>> {
        let ends = starts.iter().skip(1).copied().chain([lines.len()]);
        starts
            .iter()
            .copied()
            .zip(ends)
            .map(|(start, end)| start..end)
            .collect()
    };
    let mut found: Vec<_> = spans(starts(&is_any_item))
        .into_iter()
        .filter(|span| !is_field(lines[span.start]))
        .collect();
    found.extend(
        spans(starts(&is_field))
            .into_iter()
            .filter(|span| !stays(lines[span.start])),
    );
    found.into_iter().map(|span| (path, span)).collect()
}
