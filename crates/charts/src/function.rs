//! Functions that are programs.

use std::{path::PathBuf, process::Command};

use plumb_kustomize::{ExecFunction, FunctionOutput, HostError};

use crate::program::{self, Cancelled, Failed, Limits};

/// Runs functions of a tree that is a folder on this machine.
#[derive(Clone, Debug)]
pub struct Functions {
    root: PathBuf,
    limits: Limits,
}

impl Functions {
    /// For the tree whose root is the folder `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            limits: Limits::default(),
        }
    }

    /// What one run may cost.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// What `function` answers to `input`.
    ///
    /// # Errors
    /// When it is not there, fails, or passes a limit.
    pub fn run(
        &self,
        function: &ExecFunction,
        input: &str,
        cancelled: Cancelled<'_>,
    ) -> Result<FunctionOutput, HostError> {
        let folder = self.root.join(function.folder.as_str());
        if folder.parent().is_none() {
            return Err(HostError("root working directory '/' not allowed".to_owned()));
        }
        let written = &function.path;
        // A name alone is looked for where programs are; anything else is seen from the folder.
        let program = if written.contains('/') {
            folder.join(written)
        } else {
            PathBuf::from(written)
        };
        let mut command = Command::new(&program);
        command.args(&function.arguments).current_dir(&folder);
        for pair in &function.environment {
            if let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) {
                command.env(name, value);
            }
        }
        let printed = program::run(&mut command, input.as_bytes().to_vec(), &self.limits, cancelled);
        match printed {
            Ok(printed) => Ok(FunctionOutput {
                text: printed.output,
                notes: printed.notes,
            }),
            Err(Failed::NotFound) if written.contains('/') => Err(HostError(format!(
                "fork/exec {written}: no such file or directory (seen from {})",
                folder.display()
            ))),
            Err(Failed::NotFound) => Err(HostError(format!(
                "exec: {written:?}: executable file not found in $PATH; write ./{written} for one beside the kustomization"
            ))),
            Err(Failed::Ended { status, notes }) if notes.is_empty() => Err(HostError(status)),
            Err(Failed::Ended { status, notes }) => Err(HostError(format!("{status}: {notes}"))),
            Err(Failed::Other(why)) => Err(HostError(format!("{written}: {why}"))),
        }
    }
}
