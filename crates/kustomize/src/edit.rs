//! `kustomize edit`: changes a kustomization file the way the original does, reformatting included.
//!
//! Works on an [`EditFiles`], the files of the working folder. A command is a line in [`COMMANDS`] and a function in
//! one of the files of `edit/`. **Absent:** usage texts after errors.

mod add;
mod fix;
mod flags;
mod generator;
mod glob;
mod remove;
mod set;
mod shape;
mod sheet;
mod vars;

pub use glob::glob_matches;

use flags::{Flag, parse};
use sheet::Sheet;

use crate::build::Built;

/// The files of the folder that is edited. Paths are as a user writes them, seen from that folder.
pub trait EditFiles {
    /// The text of a file; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &str) -> Result<Option<String>, String>;

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, path: &str, text: &str) -> Result<(), String>;

    /// Whether there is a file or folder.
    fn exists(&self, path: &str) -> bool;

    /// Whether there is a folder.
    fn is_directory(&self, path: &str) -> bool;

    /// The files and folders that a shell pattern matches, sorted; see [`glob_matches`].
    ///
    /// # Errors
    /// When the pattern is none.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, String>;

    /// Builds the folder as it is now; `None` when that cannot be done here. `edit fix` compares with it.
    fn build(&self) -> Option<Result<Built, String>> {
        None
    }
}

/// What an edit prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditOutcome {
    /// On the output.
    pub stdout: String,
    /// Remarks, one a line, for the error stream.
    pub stderr: String,
}

/// Why a file was not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such command.
    #[error("unknown command \"{0}\" for \"kustomize edit\"")]
    UnknownCommand(String),
    /// The command refuses its arguments or what it finds.
    #[error("{0}")]
    Refused(String),
    /// A file cannot be read or written.
    #[error("{0}")]
    Files(String),
}

/// What the functions of commands return: why they refuse.
type Done<T = ()> = Result<T, EditError>;

/// A command that is being carried out.
struct Call<'a> {
    args: Vec<String>,
    flags: flags::Flags,
    files: &'a mut dyn EditFiles,
    outcome: EditOutcome,
}

/// A command.
struct Command {
    verb: &'static str,
    /// Empty for `fix`.
    noun: &'static str,
    flags: &'static [Flag],
    run: fn(&mut Call<'_>) -> Done,
}

const fn command(
    verb: &'static str,
    noun: &'static str,
    flags: &'static [Flag],
    run: fn(&mut Call<'_>) -> Done,
) -> Command {
    Command {
        verb,
        noun,
        flags,
        run,
    }
}

const COMMANDS: [Command; 32] = [
    command("set", "image", &[], set::image),
    command("set", "namespace", &[], set::namespace),
    command("set", "nameprefix", &[], set::name_prefix),
    command("set", "namesuffix", &[], set::name_suffix),
    command("set", "replicas", &[], set::replicas),
    command("set", "label", &[], set::label),
    command("set", "annotation", &[], set::annotation),
    command("set", "buildmetadata", &[], set::build_metadata),
    command(
        "set",
        "configmap",
        generator::SET_FLAGS,
        generator::set_config_map,
    ),
    command("set", "secret", generator::SET_FLAGS, generator::set_secret),
    command("add", "resource", add::RESOURCE_FLAGS, add::resource),
    command("add", "base", &[], add::base),
    command("add", "component", &[], add::component),
    command("add", "generator", &[], add::generator),
    command("add", "transformer", &[], add::transformer),
    command("add", "configuration", &[], add::configuration),
    command("add", "patch", add::PATCH_FLAGS, add::patch),
    command("add", "label", add::LABEL_FLAGS, add::label),
    command("add", "annotation", add::ANNOTATION_FLAGS, add::annotation),
    command("add", "buildmetadata", &[], add::build_metadata),
    command(
        "add",
        "configmap",
        generator::ADD_FLAGS,
        generator::add_config_map,
    ),
    command("add", "secret", generator::ADD_FLAGS, generator::add_secret),
    command("remove", "resource", &[], remove::resource),
    command("remove", "component", &[], remove::component),
    command("remove", "transformer", &[], remove::transformer),
    command("remove", "patch", add::PATCH_FLAGS, remove::patch),
    command("remove", "label", remove::METADATA_FLAGS, remove::label),
    command("remove", "annotation", remove::METADATA_FLAGS, remove::annotation),
    command("remove", "buildmetadata", &[], remove::build_metadata),
    command("remove", "configmap", remove::GENERATOR_FLAGS, remove::config_map),
    command("remove", "secret", remove::GENERATOR_FLAGS, remove::secret),
    command("fix", "", fix::FLAGS, fix::fix),
];

/// Carries out a command; `argv` is what stands after `kustomize edit`.
///
/// # Errors
/// When there is no such command, or it refuses; nothing was written then.
pub fn edit(argv: &[String], files: &mut dyn EditFiles) -> Result<EditOutcome, EditError> {
    let word = |index: usize| argv.get(index).map_or("", String::as_str);
    let unknown = || EditError::UnknownCommand(argv.iter().take(2).cloned().collect::<Vec<_>>().join(" "));
    let fits =
        |command: &&Command| command.verb == word(0) && (command.noun.is_empty() || command.noun == word(1));
    let command = COMMANDS.iter().find(fits).ok_or_else(unknown)?;
    let rest = argv
        .get(if command.noun.is_empty() { 1 } else { 2 }..)
        .unwrap_or_default();
    let (args, flags) = parse(rest, command.flags)?;
    let mut call = Call {
        args,
        flags,
        files,
        outcome: EditOutcome::default(),
    };
    (command.run)(&mut call)?;
    Ok(call.outcome)
}

impl Call<'_> {
    fn sheet(&self) -> Done<Sheet> {
        Sheet::read(self.files)
    }

    fn write(&mut self, sheet: &Sheet) -> Done {
        let text = sheet.text();
        self.files.write(sheet.path(), &text).map_err(EditError::Files)
    }

    fn note(&mut self, line: &str) {
        self.outcome.stderr.push_str(line);
        self.outcome.stderr.push('\n');
    }
}

fn refuse<T>(message: impl Into<String>) -> Done<T> {
    Err(EditError::Refused(message.into()))
}
