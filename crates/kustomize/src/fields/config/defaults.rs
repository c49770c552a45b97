//! What transformers change unless configured otherwise, read from the table beside this file.

use super::NameReference;
use plumb_yaml::Text;

use crate::{fields::FieldSpec, resource::Gvk};

const TABLE: &str = include_str!("defaults.txt");

/// The fields of a section, in the order of the table.
pub(super) fn section(name: &str) -> Vec<FieldSpec> {
    rows(name).map(spec).collect()
}

/// The fields that hold names, by what they name.
pub(super) fn name_references() -> Vec<NameReference> {
    let mut references: Vec<NameReference> = Vec::new();
    let mut before = "";
    for row in rows("nameReference") {
        let (target, referrer) = row.split_once(' ').unwrap_or((row, ""));
        // The lines of one target stand together.
        match references.last_mut().filter(|_| target == before) {
            Some(known) => known.referrers.push(spec(referrer)),
            None => references.push(NameReference {
                target: gvk(target),
                referrers: vec![spec(referrer)],
            }),
        }
        before = target;
    }
    references
}

/// What stands behind the name of a section, line by line.
fn rows(section: &str) -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .filter_map(move |line| line.strip_prefix(section)?.strip_prefix(' '))
}

/// Group, version and kind with slashes between.
fn gvk(target: &str) -> Gvk {
    let mut parts = target.split('/').map(any);
    let mut part = || parts.next().unwrap_or_default();
    Gvk {
        group: part(),
        version: part(),
        kind: part(),
    }
}

/// Kind, group, version and path; a `+` before the path means that the field is made where missing.
fn spec(row: &str) -> FieldSpec {
    let mut words = row.split(' ');
    let mut word = || words.next().unwrap_or("-");
    let gvk = Gvk {
        kind: any(word()),
        group: any(word()),
        version: any(word()),
    };
    let path = word();
    let made = path.strip_prefix('+');
    FieldSpec::new(gvk, made.unwrap_or(path), made.is_some())
}

/// A word; `-` means any, `%` stands for a slash.
fn any(word: &str) -> Text {
    match word {
        "-" => "".into(),
        word if word.contains('%') => word.replace('%', "/").into(),
        word => word.into(),
    }
}
