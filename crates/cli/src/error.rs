//! How a command ends.

use std::process::ExitCode;

/// The exit code of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all is as asked.
    Success,
    /// 1: the answer is no: drift was found, an app is not healthy, ...
    Negative,
    /// 2 (1 where the program stands in for kustomize): it could not be done.
    Error,
    /// 1, as kustomize ends when it fails.
    KustomizeError,
}

/// Why a command could not be done, and the code to end with.
#[derive(Debug)]
pub struct Failure {
    /// Why: what happened, where, and what to do next.
    pub error: anyhow::Error,
    /// The code.
    pub exit: Exit,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Negative | Self::KustomizeError => 1,
            Self::Error => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            exit: Exit::Error,
        }
    }
}
