//! Writing an edit into a kustomization file so that only the lines which it concerns change.
//!
//! The values before and after the edit are compared, and what differs is changed in the text, at the places that the
//! values were read from. **Invariant:** the new text is read back, and must say exactly what the edit asked for; where
//! it does not, or the text is laid out in a way that nobody foresaw, there is no new text and the original's way of
//! writing is left. **Start at** [`text`]; lines and places are in [`page`], comparing is in [`change`].

mod change;
mod page;
mod render;
mod token;

use plumb_yaml::Node;

use super::{
    shape::{FIELDS, Field},
    sheet::Sheet,
};
use change::same;
use page::Page;

/// Fields that are read from under an old name too.
const OLD_NAMES: [(&str, &str); 3] = [
    ("resources", "bases"),
    ("images", super::shape::IMAGE_TAGS),
    ("helmCharts", "helmChartInflationGenerator"),
];

/// The text of the file with the edit made; `None` when it has to be written anew.
pub(super) fn text(sheet: &Sheet) -> Option<String> {
    made(sheet, Page::new(sheet.text_before())?)
}

/// [`text`] for an edit that is to leave no old names behind, nor the type unsaid.
pub(super) fn fixed_text(sheet: &Sheet) -> Option<String> {
    let mut page = Page::new(sheet.text_before())?;
    for (name, old) in OLD_NAMES {
        if page.entry(old).is_some() {
            let is_only_a_name = page.entry(name).is_none() && name != "helmCharts";
            is_only_a_name.then_some(())?;
            page.rename_entry(old, name)?;
        }
    }
    let has_env = |line: &str| line.trim_start_matches([' ', '-']).starts_with("env:");
    if sheet.text_before().lines().any(has_env) {
        return None;
    }
    for name in ["apiVersion", "kind"] {
        if page.entry(name).is_none() {
            page.add_entry(name, sheet.get(name)?)?;
        }
    }
    made(sheet, page)
}

fn made(sheet: &Sheet, mut page: Page) -> Option<String> {
    for field in &FIELDS {
        let before = field.write(sheet.before().get(field.name()));
        let after = field.write(sheet.get(field.name()));
        change_field(&mut page, field, before.as_ref(), after.as_ref())?;
    }
    let text = page.finish();
    let read = Sheet::from_text(sheet.path(), &text).ok()?;
    let is_kept = |field: &Field| {
        let [wanted, got] = [sheet, &read].map(|sheet| field.write(sheet.get(field.name())));
        match (wanted, got) {
            (Some(wanted), Some(got)) => same(field.name(), &wanted, &got),
            (wanted, got) => wanted.is_none() && got.is_none(),
        }
    };
    FIELDS.iter().all(is_kept).then_some(text)
}

fn change_field(page: &mut Page, field: &Field, before: Option<&Node>, after: Option<&Node>) -> Option<()> {
    match (before, after) {
        (Some(before), Some(after)) if same(field.name(), before, after) => Some(()),
        (None, None) => Some(()),
        (Some(_), None) => {
            names(field).into_iter().for_each(|name| page.remove_entry(name));
            Some(())
        }
        (None, Some(after)) => page.add_entry(field.name(), after),
        (Some(before), Some(after)) => change::entry(page, &names(field), before, after),
    }
}

/// The names that a field may stand under, the one of today first.
fn names(field: &Field) -> Vec<&'static str> {
    let old = OLD_NAMES.iter().find(|(new, _)| *new == field.name());
    std::iter::once(field.name())
        .chain(old.map(|(_, old)| *old))
        .collect()
}
