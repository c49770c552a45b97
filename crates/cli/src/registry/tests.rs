use std::collections::BTreeSet;

use super::*;

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[test]
fn the_command_line_is_sound() {
    clap(COMMANDS).debug_assert();
}

#[test]
fn no_name_is_there_twice() {
    for family in [COMMANDS, APP, KUSTOMIZE] {
        let names: BTreeSet<&str> = family.iter().map(|command| command.name).collect();
        assert_eq!(names.len(), family.len());
    }
}

#[test]
fn a_link_named_kustomize_is_kustomize() {
    let called = arguments(COMMANDS, words(&["/usr/local/bin/kustomize", "build", "."]));
    assert_eq!(
        called,
        words(&["/usr/local/bin/kustomize", "kustomize", "build", "."])
    );
    let called = arguments(COMMANDS, words(&["plumb", "build", "."]));
    assert_eq!(called, words(&["plumb", "build", "."]));
    let called = arguments(COMMANDS, words(&["/opt/plumb-1.2", "build"]));
    assert_eq!(called, words(&["/opt/plumb-1.2", "build"]));
}

#[test]
fn every_command_says_what_it_is_for() {
    fn check(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{} {}",
                command.get_name(),
                argument.get_id()
            );
        }
        // Flags shared by commands must not speak in their place.
        let abouts: Vec<String> = command
            .get_subcommands()
            .filter_map(clap::Command::get_about)
            .map(ToString::to_string)
            .collect();
        let different: BTreeSet<&String> = abouts.iter().collect();
        assert_eq!(
            different.len(),
            abouts.len(),
            "{}: {abouts:?}",
            command.get_name()
        );
        command.get_subcommands().for_each(check);
    }
    check(&clap(COMMANDS));
}
