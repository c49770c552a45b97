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

/// What a caller chooses about a build.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which files may be read.
    pub load_restrictor: LoadRestrictor,
    /// Order of the output.
    pub reorder: Reorder,
    /// Adds the label `app.kubernetes.io/managed-by` to everything.
    pub managed_by_label: bool,
    /// Accepts Helm charts; refused for now.
    pub enable_helm: bool,
    /// What the build may cost.
    pub limits: Limits,
}
