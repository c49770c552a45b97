//! `plumb kustomize`, and what a link named `kustomize` is: the commands of kustomize, with its exit codes.

pub(crate) mod build;
pub(crate) mod create;
pub(crate) mod edit;
mod folder;
pub(crate) mod localize;
pub(crate) mod version;

use crate::{
    Command, Exit, Failure,
    registry::{KUSTOMIZE, dispatch, group},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "kustomize",
    clap: || {
        group(
            "kustomize",
            "Stand in for kustomize: build, create, edit, localize, version",
            KUSTOMIZE,
        )
    },
    run: |context, matches| {
        let running = dispatch(KUSTOMIZE, context, &matches);
        Box::pin(async move { running.await.map_err(as_kustomize) })
    },
};

/// kustomize has but one code for all that goes wrong.
fn as_kustomize(failure: Failure) -> Failure {
    Failure {
        exit: Exit::KustomizeError,
        ..failure
    }
}
