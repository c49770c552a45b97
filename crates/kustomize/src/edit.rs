//! `kustomize edit`: changes a kustomization file the way the original does, reformatting included.
//!
//! Works on an [`EditFiles`], the files of the working folder. A command is a line in [`COMMANDS`] and a function in
//! one of the files of `edit/`. **Absent:** usage texts after errors.

mod add;
mod create;
mod fix;
mod flags;
mod generator;
mod glob;
mod help;
mod keep;
mod metadata;
mod patch;
mod place;
mod remove;
mod set;
pub(crate) mod shape;
mod sheet;
mod vars;

use flags::{Flag, parse};
use sheet::Sheet;

use crate::{build::Built, error::BuildError};

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

    /// The whole path of the folder, as messages of the original name it.
    fn location(&self) -> String;

    /// The names of the files and folders in a folder, sorted; empty where there is none.
    fn list(&self, path: &str) -> Vec<String>;

    /// Builds the folder as it is now; `None` when that cannot be done here. `edit fix` compares with it.
    fn build(&self) -> Option<Result<Built, BuildError>> {
        None
    }
}

/// What came of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditOutcome {
    /// For the output.
    pub stdout: String,
    /// For the error stream, in order; there are some even where the edit fails later.
    pub remarks: Vec<Remark>,
    /// Whether the edit was made. Where it was not, nothing was written.
    pub result: Result<(), EditError>,
}

/// A line for the error stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line.
    pub text: String,
    /// Whether the original writes the time before it.
    pub is_logged: bool,
}

/// Why a file was not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such command. (The original prints its help then, and ends as if all were well.)
    #[error("unknown command \"{0}\" for \"kustomize edit\"; without arguments, it lists what there is")]
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
    stdout: String,
    remarks: Vec<Remark>,
    writing: Writing,
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
    command("set", "label", &[], metadata::set_label),
    command("set", "annotation", &[], metadata::set_annotation),
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
    command("add", "patch", patch::FLAGS, patch::add),
    command("add", "label", metadata::LABEL_FLAGS, metadata::add_label),
    command(
        "add",
        "annotation",
        metadata::ANNOTATION_FLAGS,
        metadata::add_annotation,
    ),
    command("add", "buildmetadata", &[], add::build_metadata),
    command(
        "add",
        "configmap",
        generator::ADD_CONFIG_MAP_FLAGS,
        generator::add_config_map,
    ),
    command(
        "add",
        "secret",
        generator::ADD_SECRET_FLAGS,
        generator::add_secret,
    ),
    command("remove", "resource", &[], remove::resource),
    command("remove", "component", &[], remove::component),
    command("remove", "transformer", &[], remove::transformer),
    command("remove", "patch", patch::FLAGS, patch::remove),
    command("remove", "label", metadata::REMOVE_FLAGS, metadata::remove_label),
    command(
        "remove",
        "annotation",
        metadata::REMOVE_FLAGS,
        metadata::remove_annotation,
    ),
    command("remove", "buildmetadata", &[], remove::build_metadata),
    command("remove", "configmap", remove::GENERATOR_FLAGS, remove::config_map),
    command("remove", "secret", remove::GENERATOR_FLAGS, remove::secret),
    command("fix", "", fix::FLAGS, fix::fix),
];

/// How a changed file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As the original writes it: every field anew, sorted, comments above it or lost.
    Anew,
    /// Only the lines that the edit concerns change.
    KeepingFormat,
}

/// Carries out a command; `argv` is what stands after `kustomize edit`. A flag `--keep-format` among it goes before
/// `writing`.
pub fn edit(argv: &[String], writing: Writing, files: &mut dyn EditFiles) -> EditOutcome {
    outcome(files, |call| {
        call.writing = writing;
        call.carry_out(argv)
    })
}

/// Makes a kustomization file; `argv` is what stands after `kustomize create`.
pub fn create(argv: &[String], files: &mut dyn EditFiles) -> EditOutcome {
    outcome(files, |call| call.run(&CREATE, argv))
}

const CREATE: Command = command("create", "", create::FLAGS, create::create);

fn outcome(files: &mut dyn EditFiles, run: impl FnOnce(&mut Call<'_>) -> Done) -> EditOutcome {
    let mut call = Call {
        args: Vec::new(),
        flags: flags::Flags::default(),
        files,
        stdout: String::new(),
        remarks: Vec::new(),
        writing: Writing::Anew,
    };
    let result = run(&mut call);
    EditOutcome {
        stdout: call.stdout,
        remarks: call.remarks,
        result,
    }
}

impl Call<'_> {
    fn carry_out(&mut self, argv: &[String]) -> Done {
        let word = |index: usize| argv.get(index).map_or("", String::as_str);
        let fits = |command: &&Command| {
            command.verb == word(0) && (command.noun.is_empty() || command.noun == word(1))
        };
        let Some(command) = COMMANDS.iter().find(fits) else {
            self.stdout = help::list(argv).ok_or_else(|| {
                EditError::UnknownCommand(argv.iter().take(2).cloned().collect::<Vec<_>>().join(" "))
            })?;
            return Ok(());
        };
        let rest = argv
            .get(if command.noun.is_empty() { 1 } else { 2 }..)
            .unwrap_or_default();
        self.run(command, rest)
    }

    fn run(&mut self, command: &Command, argv: &[String]) -> Done {
        (self.args, self.flags) = parse(argv, command.flags)?;
        match self.flags.text(flags::KEEP_FORMAT) {
            "true" => self.writing = Writing::KeepingFormat,
            "false" => self.writing = Writing::Anew,
            _ => {}
        }
        if self.flags.is_on("help") {
            self.stdout = help::command(command);
            return Ok(());
        }
        (command.run)(self)
    }

    fn sheet(&self) -> Done<Sheet> {
        Sheet::read(self.files)
    }

    fn write(&mut self, sheet: &Sheet) -> Done {
        self.write_as(sheet, keep::text)
    }

    /// [`Call::write`] for what must not leave old names behind.
    fn write_fixed(&mut self, sheet: &Sheet) -> Done {
        self.write_as(sheet, keep::fixed_text)
    }

    fn write_as(&mut self, sheet: &Sheet, keeping: impl FnOnce(&Sheet) -> Option<String>) -> Done {
        let text = match self.writing {
            Writing::Anew => sheet.text(),
            Writing::KeepingFormat => keeping(sheet).unwrap_or_else(|| {
                self.note(format!(
                    "{}: this edit cannot be made in the text as it is laid out; the file is written anew",
                    sheet.path()
                ));
                sheet.text()
            }),
        };
        self.files.write(sheet.path(), &text).map_err(EditError::Files)
    }

    /// A line that the original writes with the time before it.
    fn log(&mut self, line: impl Into<String>) {
        self.remarks.push(Remark {
            text: line.into(),
            is_logged: true,
        });
    }

    /// A line as it is.
    fn note(&mut self, line: impl Into<String>) {
        self.remarks.push(Remark {
            text: line.into(),
            is_logged: false,
        });
    }
}

fn refuse<T>(message: impl Into<String>) -> Done<T> {
    Err(EditError::Refused(message.into()))
}

/// The same reason, with what was being done before it.
fn wrap(prefix: &str, error: &EditError) -> EditError {
    EditError::Refused(format!("{prefix}: {error}"))
}
