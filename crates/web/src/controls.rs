//! Parts of forms, and addresses with what was chosen in them.

use maud::{Markup, html};

use crate::{outside::Outside, target::segment};

/// The longest reason, in characters.
pub(crate) const REASON: usize = 500;

/// Why, where told, cut where it is very long.
pub(crate) fn reason(told: Option<String>) -> Option<String> {
    told.map(|told| told.chars().take(REASON).collect())
}

/// `path` with the values that are not empty behind it.
pub(crate) fn address(path: &str, values: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (key, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{key}={}", segment(value)));
    }
    out
}

/// A field for text, with its label.
pub(crate) fn text(name: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        div.field {
            label for={ "f-" (name) } { (label) }
            input #{ "f-" (name) } type="text" name=(name) value=(Outside(value)) placeholder=(hint)
                autocomplete="off" spellcheck="false";
        }
    }
}

/// A choice of one, with its label; every option is a value and how it is called.
pub(crate) fn choice(name: &str, label: &str, value: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div.field {
            label for={ "f-" (name) } { (label) }
            select #{ "f-" (name) } name=(name) {
                @for (option, text) in options {
                    option value=(option) selected[*option == value] { (Outside(text)) }
                }
            }
        }
    }
}

/// Keeps a value that the form itself does not show.
pub(crate) fn kept(name: &str, value: &str) -> Markup {
    html! { @if !value.is_empty() { input type="hidden" name=(name) value=(Outside(value)); } }
}

/// A table that scrolls by itself where it is too wide; `id` is that of the heading that names it.
pub(crate) fn scrolling(id: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="group" aria-labelledby=(id) { (table) } }
}
