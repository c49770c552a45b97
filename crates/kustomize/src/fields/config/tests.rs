//! The defaults are read from a table.

use super::{Config, SECTIONS};
use crate::order::kind_key;

#[test]
fn sections_stand_at_their_own_number() {
    for (position, (section, name)) in SECTIONS.iter().enumerate() {
        assert_eq!(*section as usize, position, "{name}");
    }
}

#[test]
fn every_line_of_the_table_is_read() {
    let defaults = Config::defaults();
    let fields: usize = SECTIONS
        .iter()
        .map(|(section, _)| defaults.section(*section).len())
        .sum();
    let referrers: usize = defaults
        .name_references()
        .iter()
        .map(|reference| reference.referrers.len())
        .sum();
    let lines = include_str!("defaults.txt").lines();
    let written = lines.filter(|line| !line.starts_with('#')).count();
    assert_eq!(fields + referrers, written);
}

#[test]
fn the_lines_of_one_target_stand_together() {
    let references = Config::defaults().name_references();
    for (position, reference) in references.iter().enumerate() {
        let again = references[position + 1..]
            .iter()
            .any(|later| later.target == reference.target);
        assert!(!again, "{}", reference.target);
    }
}

/// The original sorts them when it reads them; which of two fields comes first can decide what a name means.
#[test]
fn the_table_is_in_the_order_of_kinds() {
    let defaults = Config::defaults();
    let is_sorted = |(section, _): &(_, _)| {
        let specs = defaults.section(*section);
        specs.is_sorted_by_key(|spec| kind_key(&spec.gvk))
    };
    assert!(SECTIONS.iter().all(is_sorted));
    let targets = defaults.name_references();
    assert!(targets.is_sorted_by_key(|reference| kind_key(&reference.target)));
}
