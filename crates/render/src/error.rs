//! Why a folder does not render.

use plumb_kustomize::BuildError;
use plumb_model::{ObjectError, Origin, TreeError, TreePath};
use plumb_yaml::ParseError;

/// Why a folder does not render.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The folder is not there.
    #[error("folder {folder} is not in the repository: {parent} holds {}", list(.names))]
    NoFolder {
        /// What was asked for.
        folder: TreePath,
        /// The nearest folder above it that is there.
        parent: TreePath,
        /// What that holds.
        names: Vec<String>,
    },
    /// The folder is a Helm chart.
    #[error(
        "{0} is a Helm chart (it has a Chart.yaml), and charts are not rendered yet: commit what `helm template` prints, \
         or leave this unit to Argo CD for now"
    )]
    HelmChart(TreePath),
    /// kustomize does not build it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The tree cannot be read, or a path leaves it.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A document is not an object.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// A file is not YAML.
    #[error("{path}:{}:{}: {}", error.mark.line, error.mark.column, error.kind)]
    Parse {
        /// The file.
        path: TreePath,
        /// What is wrong, and where.
        error: ParseError,
    },
    /// A file is not text.
    #[error("{0}: not UTF-8 text")]
    NotText(TreePath),
    /// A glob of the unit is wrong.
    #[error("glob {glob:?}: {why}")]
    Glob {
        /// As written.
        glob: String,
        /// What is wrong with it.
        why: String,
    },
    /// A variable has no value.
    #[error(
        "{origin}: variable {name} has no value: set it in postBuild.substitute, or write ${{{name}:=default}}"
    )]
    NoVariable {
        /// Which.
        name: String,
        /// Where it is used.
        origin: Origin,
    },
    /// A variable is written in a way that is not understood.
    #[error("{origin}: {expression:?} is not a substitution that is understood: {why}")]
    BadVariable {
        /// As written.
        expression: String,
        /// What is wrong with it.
        why: &'static str,
        /// Where it is used.
        origin: Origin,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
