//! The one place where anything is printed: colour and tables on a terminal, plain text otherwise.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the output module"
)]

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use comfy_table::{Table, presets};
use owo_colors::OwoColorize;
use plumb_yaml::{Mark, Node};
use serde_json::Value;

/// In what form a command answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For people, with more columns.
    Wide,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Only names, as `kind/name`.
    Name,
}

/// Where a command prints.
#[derive(Clone, Debug)]
pub struct Output {
    terminal: bool,
    captured: Option<Arc<Mutex<Captured>>>,
}

#[derive(Debug, Default)]
struct Captured {
    answer: String,
    notes: String,
}

impl Format {
    /// Whether the answer is for programs.
    #[must_use]
    pub fn is_data(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }
}

impl Output {
    /// Standard output and standard error.
    #[must_use]
    pub fn to_terminal() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal(),
            captured: None,
        }
    }

    /// Keeps what is printed, without colours, for [`Output::taken`].
    #[must_use]
    pub fn captured() -> Self {
        Self {
            terminal: false,
            captured: Some(Arc::default()),
        }
    }

    /// What was printed so far to an output that keeps it: the answer, and the lines beside it.
    #[must_use]
    pub fn taken(&self) -> (String, String) {
        let Some(captured) = &self.captured else {
            return Default::default();
        };
        let taken = std::mem::take(&mut *captured.lock().unwrap_or_else(PoisonError::into_inner));
        (taken.answer, taken.notes)
    }

    /// Whether a person is looking.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether a person sees the lines beside the answer, so that progress may be shown there.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.captured.is_none() && std::io::stderr().is_terminal()
    }

    /// A line of the answer.
    pub fn line(&self, text: impl Display) {
        if !self.keep(|kept| &mut kept.answer, &format!("{text}\n")) {
            // A reader that has gone away (as `| head`) is no error.
            let _ = writeln!(anstream::stdout(), "{text}");
        }
    }

    /// Text of the answer as it is, bytes and all.
    pub fn raw(&self, text: &str) {
        if !self.keep(|kept| &mut kept.answer, text) {
            let _ = std::io::stdout().write_all(text.as_bytes());
            let _ = std::io::stdout().flush();
        }
    }

    /// A line beside the answer: progress, warnings, hints.
    pub fn note(&self, text: impl Display) {
        if !self.keep(|kept| &mut kept.notes, &format!("{text}\n")) {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// A table: its head, and its rows.
    pub fn table(&self, head: &[&str], rows: Vec<Vec<String>>) {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(head.iter().map(|name| name.to_uppercase()));
        for row in rows {
            table.add_row(row.iter().map(|cell| harmless(cell)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 3));
        }
        for line in table.lines() {
            self.line(line.trim_end());
        }
    }

    /// The answer as data.
    pub fn data(&self, value: &Value, format: Format) {
        match format {
            Format::Yaml => self.raw(&plumb_yaml::emit(&Node::from_json(value, Mark::default()))),
            _ => self.line(serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())),
        }
    }

    /// A diff, coloured on a terminal.
    pub fn diff(&self, text: &str) {
        for line in text.lines() {
            let line = plumb_history::shown(line);
            match line.as_bytes().first() {
                Some(b'+') => self.line(line.green()),
                Some(b'-') => self.line(line.red()),
                Some(b'@') => self.line(line.cyan()),
                _ => self.line(&line),
            }
        }
    }

    /// Why a command could not be done.
    pub fn failure(&self, error: &anyhow::Error) {
        self.note(format!("{} {error:#}", "Error:".red().bold()));
    }

    /// Asks whether to go on; `yes` answers before it is asked. Where nobody is there to answer, it must have been.
    pub(crate) fn confirm(&self, question: &str, yes: bool) -> anyhow::Result<bool> {
        if yes {
            return Ok(true);
        }
        if self.captured.is_some() || !std::io::stdin().is_terminal() {
            anyhow::bail!(
                "{question} Nobody is there to answer; say --yes if that is meant. Nothing was changed."
            );
        }
        let _ = write!(anstream::stderr(), "{question} (y/n) ");
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .context("the answer cannot be read")?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    pub(crate) fn clap(&self, error: &clap::Error) {
        let text = error.render();
        let kept = if error.use_stderr() {
            self.keep(|kept| &mut kept.notes, &text.to_string())
        } else {
            self.keep(|kept| &mut kept.answer, &text.to_string())
        };
        if !kept {
            let _ = error.print();
        }
    }

    /// Keeps `text` where this output keeps; else it is still to be printed.
    fn keep(&self, part: impl Fn(&mut Captured) -> &mut String, text: &str) -> bool {
        let Some(captured) = &self.captured else {
            return false;
        };
        let plain = anstream::adapter::strip_str(text).to_string();
        part(&mut captured.lock().unwrap_or_else(PoisonError::into_inner)).push_str(&plain);
        true
    }
}

/// Text from outside on the screen: its lines stay, but nothing in it moves the cursor, turns the direction or hides.
pub(crate) fn harmless(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plumb_history::shown).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
