//! What a caller chooses about a build.

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictor {
    /// Only files in or below its own folder (bases may be elsewhere).
    #[default]
    RootOnly,
    /// Any file of the tree.
    None,
}

/// In which order objects come out when the kustomization does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Namespaces and other prerequisites first, as the command line does.
    #[default]
    Legacy,
    /// As they were read.
    None,
}

/// What one build may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most kustomization files and resource files read.
    pub documents: usize,
    /// Longest chain of bases.
    pub depth: usize,
    /// Most objects, at any time.
    pub objects: usize,
    /// Longest output, in bytes.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            documents: 100_000,
            depth: 64,
            objects: 200_000,
            output: 256 << 20,
        }
    }
}

/// What is said to all Helm charts that do not say it themselves.
#[derive(Clone, Debug, Default)]
pub struct HelmOptions {
    /// API versions that the cluster is to have.
    pub api_versions: Vec<String>,
    /// Kubernetes' version; empty for what `helm` takes.
    pub kube_version: String,
    /// Has `helm` say more.
    pub debug: bool,
}

/// What a caller chooses about a build.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which files may be read.
    pub load_restrictor: LoadRestrictor,
    /// Order of the output.
    pub reorder: Reorder,
    /// Adds the label `app.kubernetes.io/managed-by` to everything.
    pub managed_by_label: bool,
    /// Asks the host to inflate Helm charts.
    pub enable_helm: bool,
    /// What is said to all Helm charts.
    pub helm: HelmOptions,
    /// Takes configurations of functions and other plugins, which come from outside the program.
    pub enable_plugins: bool,
    /// Asks the host to run functions that are programs. Without it they pass on what they get, as in the original.
    pub enable_exec: bool,
    /// More of the environment of functions, as `NAME=value`.
    pub environment: Vec<String>,
    /// What the build may cost.
    pub limits: Limits,
}
