//! What edits there are, and how each is called.

use std::fmt::Write as _;

use super::{COMMANDS, Command};

/// The commands that begin with the words of `argv`, which names none yet; `None` when a word is wrong.
pub(super) fn list(argv: &[String]) -> Option<String> {
    let words: Vec<&str> = argv
        .iter()
        .map(String::as_str)
        .filter(|word| !matches!(*word, "-h" | "--help"))
        .collect();
    let fits = |command: &&Command| match words[..] {
        [] => true,
        [verb] => command.verb == verb,
        _ => false,
    };
    let found: Vec<&Command> = COMMANDS.iter().filter(fits).collect();
    let mut text = String::from("Edits (each explains itself with --help):\n");
    for command in &found {
        let _ = writeln!(text, "  {}", name(command));
    }
    (!found.is_empty()).then_some(text)
}

/// How a command is called.
pub(super) fn command(command: &Command) -> String {
    let mut text = format!("Usage:\n  {} [arguments] [flags]\n\nFlags:\n", name(command));
    for flag in command.flags {
        let short = if flag.short.is_empty() {
            "    ".to_owned()
        } else {
            format!("-{}, ", flag.short)
        };
        let value = if flag.is_switch { "" } else { " text" };
        let _ = writeln!(text, "  {short}--{}{value}", flag.name);
    }
    text.push_str("  -h, --help\n");
    text
}

fn name(command: &Command) -> String {
    format!("{} {}", command.verb, command.noun).trim_end().to_owned()
}
