//! Two texts as lines that went, came and stayed, with the words that differ marked.
//!
//! **Invariant:** what is the same is written once; lines that went and came stand in two blocks after each other, which
//! the stylesheet puts beside each other where that is wanted.

use maud::{Markup, html};
use similar::{DiffOp, DiffTag, TextDiff};

use crate::outside::Outside;

/// So many lines are shown around what differs.
const AROUND: usize = 3;
/// Words are marked in lines that are as like as this; in others, all would be marked.
const ALIKE: f32 = 0.4;
/// Longer lines are not looked at word by word.
const LONGEST: usize = 2000;

/// Two texts as lines.
pub(super) struct Lines {
    hunks: Vec<Vec<Block>>,
    /// How many lines came.
    pub(super) added: usize,
    /// How many lines went.
    pub(super) removed: usize,
}

/// Lines that belong together.
enum Block {
    /// They stayed, from this line on of the first text.
    Same(usize, Vec<String>),
    /// The first went and the second came.
    Other(Vec<Line>, Vec<Line>),
}

/// A line in parts, each with whether it is what differs.
type Line = Vec<(String, bool)>;

/// How `before` and `after` differ.
pub(super) fn of(before: &str, after: &str) -> Lines {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Lines {
        hunks: Vec::new(),
        added: 0,
        removed: 0,
    };
    for group in diff.grouped_ops(AROUND) {
        let blocks = group.iter().map(|op| block(&diff, op, &mut lines)).collect();
        lines.hunks.push(blocks);
    }
    lines
}

fn block(diff: &TextDiff<'_, '_, str>, op: &DiffOp, lines: &mut Lines) -> Block {
    let cut = |line: Option<&str>| line.unwrap_or_default().trim_end_matches(['\n', '\r']).to_owned();
    let old: Vec<String> = op.old_range().map(|at| cut(diff.old_slice(at))).collect();
    if op.tag() == DiffTag::Equal {
        return Block::Same(op.old_range().start, old);
    }
    let new: Vec<String> = op.new_range().map(|at| cut(diff.new_slice(at))).collect();
    lines.removed += old.len();
    lines.added += new.len();
    let (mut went, mut came) = (Vec::new(), Vec::new());
    for at in 0..old.len().max(new.len()) {
        match (old.get(at), new.get(at)) {
            (Some(old), Some(new)) => {
                let (old, new) = words(old, new);
                went.push(old);
                came.push(new);
            }
            (Some(old), None) => went.push(vec![(old.clone(), false)]),
            (None, Some(new)) => came.push(vec![(new.clone(), false)]),
            (None, None) => {}
        }
    }
    Block::Other(went, came)
}

/// Two lines with the words that differ.
fn words(old: &str, new: &str) -> (Line, Line) {
    let whole = |line: &str| vec![(line.to_owned(), false)];
    if old.len().max(new.len()) > LONGEST {
        return (whole(old), whole(new));
    }
    let diff = TextDiff::from_words(old, new);
    if diff.ratio() < ALIKE {
        return (whole(old), whole(new));
    }
    let (mut went, mut came): (Line, Line) = (Vec::new(), Vec::new());
    for op in diff.ops() {
        let differs = op.tag() != DiffTag::Equal;
        let join = |parts: Vec<Option<&str>>| parts.into_iter().flatten().collect::<String>();
        let old = join(op.old_range().map(|at| diff.old_slice(at)).collect());
        let new = join(op.new_range().map(|at| diff.new_slice(at)).collect());
        went.extend((!old.is_empty()).then_some((old, differs)));
        came.extend((!new.is_empty()).then_some((new, differs)));
    }
    (went, came)
}

impl Lines {
    /// As HTML, of which at most so many lines.
    pub(super) fn markup(&self, most: usize) -> Markup {
        let mut left = most;
        let total: usize = self
            .hunks
            .iter()
            .flatten()
            .map(|block| match block {
                Block::Same(_, lines) => lines.len(),
                Block::Other(went, came) => went.len() + came.len(),
            })
            .sum();
        html! {
            pre tabindex="0" {
                @for hunk in &self.hunks {
                    @if let (true, Some(Block::Same(from, _))) = (left > 0, hunk.first()) {
                        span.hunk { "@ line " (from + 1) "\n" }
                    }
                    @for block in hunk { (one(block, &mut left)) }
                }
                @if total > most { span.hunk { (total - most) " more lines\n" } }
            }
        }
    }
}

fn one(block: &Block, left: &mut usize) -> Markup {
    let mut take = |lines: usize| {
        let taken = lines.min(*left);
        *left -= taken;
        taken
    };
    match block {
        Block::Same(_, lines) => {
            let taken = take(lines.len());
            html! { @for line in &lines[..taken] { span.same { " " (Outside(line)) "\n" } } }
        }
        Block::Other(went, came) => {
            let (gone, new) = (take(went.len()), take(came.len()));
            html! {
                span.op {
                    span.side { @for line in &went[..gone] { span.del { "-" (parts(line)) "\n" } } }
                    span.side { @for line in &came[..new] { span.add { "+" (parts(line)) "\n" } } }
                }
            }
        }
    }
}

fn parts(line: &Line) -> Markup {
    html! {
        @for (text, differs) in line {
            @if *differs { b { (Outside(text)) } } @else { (Outside(text)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_marked() {
        let html = of(
            "a: 1\nimage: web:1 # old\nz: 9\n",
            "a: 1\nimage: web:2 # old\nz: 9\n",
        )
        .markup(100);
        let html = html.into_string();
        for expected in [
            "<span class=\"same\"> a: 1\n</span>",
            "<span class=\"del\">-image: <b>web:1</b> # old\n</span>",
            "<span class=\"add\">+image: <b>web:2</b> # old\n</span>",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn lines_that_are_not_alike_are_not_marked_and_markup_is_text() {
        let html = of("<script>one</script>\n", "something else altogether\n")
            .markup(100)
            .into_string();
        assert!(!html.contains("<b>") && !html.contains("<script>"), "{html}");
    }

    #[test]
    fn what_is_far_away_and_what_is_too_much_is_left_out() {
        let text = |last: &str| (0..50).map(|line| format!("line{line}\n")).collect::<String>() + last;
        let lines = of(&text("old\n"), &text("new\nmore\n"));
        assert_eq!((lines.added, lines.removed), (2, 1));
        let html = lines.markup(100).into_string();
        assert!(
            html.contains("@ line 48") && html.contains("line49") && !html.contains("line46"),
            "{html}"
        );
        let html = lines.markup(4).into_string();
        assert!(
            html.contains("-old") && !html.contains("+new") && html.contains("2 more lines"),
            "{html}"
        );
    }
}
