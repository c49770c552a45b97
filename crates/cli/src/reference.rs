//! The reference of the command line, made of the commands themselves.

use std::fmt::Write as _;

use crate::{Command, registry};

/// How wide the text is, whatever the terminal.
const WIDTH: usize = 100;

/// Every command of this crate and of `more` with its help, as one Markdown page.
#[must_use]
pub fn reference(more: &[Command]) -> String {
    let commands: Vec<Command> = registry::COMMANDS.iter().chain(more).copied().collect();
    let mut root = registry::clap(&commands).term_width(WIDTH);
    root.build();
    let mut page = String::from(
        "# Commands of plumb\n\nMade from the commands themselves; `plumb COMMAND --help` says the same.\n\
         Exit codes: 0 = all is as asked; 1 = the answer is no (drift, differences, not healthy, failed); 2 = it could not \
         be done. Called as `kustomize`, every error is 1.\n",
    );
    write_command(&mut page, &mut root, "");
    page
}

fn write_command(page: &mut String, command: &mut clap::Command, above: &str) {
    let path = format!("{above}{}", command.get_name());
    let help = command.clone().term_width(WIDTH).render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "\n## {path}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    );
    for inner in command.get_subcommands_mut().filter(|inner| !inner.is_hide_set()) {
        write_command(page, inner, &format!("{path} "));
    }
}
