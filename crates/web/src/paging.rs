//! Pages of a long list, by number.

use std::ops::Range;

use maud::{Markup, html};

/// Which part of a list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// The page, from 1.
    pub(crate) page: usize,
    /// How long the list is.
    pub(crate) total: usize,
    /// How many are on a page.
    rows: usize,
}

impl Paging {
    /// The page that `text` asks for, the first or last where there is no such.
    pub(crate) fn of(text: &str, total: usize, rows: usize) -> Self {
        let all = Self {
            page: 1,
            total,
            rows: rows.max(1),
        };
        let page = text.trim().parse().unwrap_or(1);
        Self {
            page: page.clamp(1, all.pages()),
            ..all
        }
    }

    /// How many pages there are, at least one.
    pub(crate) fn pages(&self) -> usize {
        self.total.div_ceil(self.rows).max(1)
    }

    /// What of the list is on the page.
    pub(crate) fn range(&self) -> Range<usize> {
        let start = (self.page - 1) * self.rows;
        start.min(self.total)..(start + self.rows).min(self.total)
    }

    /// Links to the other pages, where there are any; `address` is that of a page.
    pub(crate) fn links(&self, address: impl Fn(&str) -> String) -> Markup {
        let pages = self.pages();
        let to = |page: usize, rel: &str, name: &str| {
            html! { a.button rel=(rel) href=(address(&page.to_string())) { (name) } }
        };
        html! {
            @if pages > 1 {
                nav.actions aria-label="Pages" {
                    @if self.page > 1 { (to(1, "first", "First")) (to(self.page - 1, "prev", "Previous")) }
                    span { "Page " (self.page) " of " (pages) ", " (self.range().start + 1) "–" (self.range().end) " of " (self.total) }
                    @if self.page < pages { (to(self.page + 1, "next", "Next")) (to(pages, "last", "Last")) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_part_of_the_list() {
        let at = |text: &str| Paging::of(text, 250, 100).range();
        assert_eq!([at(""), at("2"), at("3")], [0..100, 100..200, 200..250]);
        assert_eq!([at("0"), at("9"), at("x")], [0..100, 200..250, 0..100]);
        assert_eq!(Paging::of("4", 0, 100).range(), 0..0);
        assert_eq!(Paging::of("", 100, 100).pages(), 1);
    }
}
