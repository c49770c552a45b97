//! Where the programs of a control plane come from: `$KUBEBUILDER_ASSETS`, or built by Go and kept in the cache folder.
//!
//! **Invariant:** a folder of the cache is whole or not there: it is built beside, under a lock, and renamed.
//! **Start at** [`Tools::ready`] or [`Tools::build`].

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::certificates::hex;

/// What kwok does with nodes and Pods.
pub(super) const STAGES: &str = include_str!("../../../../tests/control-plane/stages.yaml");

const GO_MOD: &str = include_str!("../../../../tests/control-plane/go.mod");
const GO_SUM: &str = include_str!("../../../../tests/control-plane/go.sum");
/// Changes where the way of building does, so that what was built otherwise is not taken.
const RECIPE: &str = "1";
/// The programs, the packages that they are, in the order in which they share most of what is compiled.
const PROGRAMS: [(&str, &str); 6] = [
    ("etcd", "go.etcd.io/etcd/server/v3"),
    ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    (
        "kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
    ),
    ("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
    ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    ("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
];

/// The programs of a control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// etcd.
    pub etcd: PathBuf,
    /// kube-apiserver.
    pub kube_apiserver: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// kube-controller-manager; without it no controller moves anything.
    pub kube_controller_manager: Option<PathBuf>,
    /// kube-scheduler; without it Pods are bound to no node.
    pub kube_scheduler: Option<PathBuf>,
    /// kwok; without it no Pod runs.
    pub kwok: Option<PathBuf>,
}

/// The Go module of test tools in a checkout.
#[derive(Clone, Debug)]
pub struct Module(PathBuf);

impl Module {
    /// The one below the root of a checkout.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self(root.join("tests/control-plane"))
    }
}

impl Tools {
    /// The programs, where they can be had without building; `None` where `cargo xtask control-plane up` has to build them.
    ///
    /// # Errors
    /// Where `$KUBEBUILDER_ASSETS` names a folder that lacks a program.
    pub fn ready() -> Result<Option<Self>> {
        let built = folder().is_dir().then(folder);
        match std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty()) {
            Some(assets) => Self::assets(Path::new(&assets), built.as_deref()).map(Some),
            None => Ok(built.map(|folder| Self::built(&folder))),
        }
    }

    /// The programs, built where they are not there yet, which takes ten minutes on two idle cores. `tell` hears of progress.
    ///
    /// # Errors
    /// Where Go is not installed or cannot build.
    pub fn build(module: &Module, tell: &mut dyn FnMut(&str)) -> Result<Self> {
        let folder = folder();
        let parent = folder.parent().context("the cache folder has no parent")?;
        if !folder.is_dir() {
            fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
            let lock = fs::File::create(folder.with_extension("lock"))?;
            if lock.try_lock().is_err() {
                tell("another process is building the control plane: waiting for it");
                lock.lock()?;
            }
            if !folder.is_dir() {
                build(module, &folder, tell)?;
            }
        }
        Self::ready()?.context("what was built is gone")
    }

    /// Whether Pods come to run: there are controllers, a scheduler, and what takes the place of kubelets.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.kube_controller_manager.is_some() && self.kube_scheduler.is_some() && self.kwok.is_some()
    }

    fn built(folder: &Path) -> Self {
        Self {
            etcd: folder.join("etcd"),
            kube_apiserver: folder.join("kube-apiserver"),
            kubectl: folder.join("kubectl"),
            kube_controller_manager: Some(folder.join("kube-controller-manager")),
            kube_scheduler: Some(folder.join("kube-scheduler")),
            kwok: Some(folder.join("kwok")),
        }
    }

    /// etcd, kube-apiserver and kubectl of `assets`; the rest from there too, or as built.
    fn assets(assets: &Path, built: Option<&Path>) -> Result<Self> {
        let there = |name: &str| Some(assets.join(name)).filter(|path| path.is_file());
        let must = |name: &str| {
            there(name).with_context(|| {
                format!(
                    "$KUBEBUILDER_ASSETS is {}, where there is no {name}; name a folder with etcd, kube-apiserver and \
                     kubectl, or unset it",
                    assets.display()
                )
            })
        };
        let may = |name: &str| there(name).or_else(|| built.map(|folder| folder.join(name)));
        Ok(Self {
            etcd: must("etcd")?,
            kube_apiserver: must("kube-apiserver")?,
            kubectl: must("kubectl")?,
            kube_controller_manager: may("kube-controller-manager"),
            kube_scheduler: may("kube-scheduler"),
            kwok: may("kwok"),
        })
    }
}

/// Where the programs of exactly these versions are kept.
fn folder() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    let cache = cache
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(std::env::temp_dir);
    let mut digest = Sha256::new();
    for part in [RECIPE, GO_MOD, GO_SUM] {
        digest.update(part);
        digest.update([0]);
    }
    cache
        .join("plumb/control-plane")
        .join(&hex(&digest.finalize())[..16])
}

fn build(module: &Module, folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    let version = kubernetes_version()?;
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    let linker = format!(
        "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
    );
    for (name, package) in PROGRAMS {
        tell(&format!("building {name}"));
        let status = Command::new("go")
            .args(["build", "-trimpath", "-ldflags", &linker, "-o"])
            .arg(partial.join(name))
            .arg(package)
            .current_dir(&module.0)
            // The same for all, or they share less of what is compiled.
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=readonly")
            .status()
            .context("go cannot be run; install Go 1.26 or newer, or set KUBEBUILDER_ASSETS or KUBECONFIG")?;
        if !status.success() {
            bail!(
                "{name} could not be built: go build {package} in {} ended with {status}",
                module.0.display()
            );
        }
    }
    fs::rename(&partial, folder).with_context(|| format!("{} cannot be made", folder.display()))
}

/// The version of Kubernetes that the module pins.
fn kubernetes_version() -> Result<&'static str> {
    let line = GO_MOD.lines().find_map(|line| {
        line.trim()
            .trim_start_matches("require ")
            .strip_prefix("k8s.io/kubernetes ")
    });
    let version = line.and_then(|rest| rest.split_whitespace().next());
    version.context("tests/control-plane/go.mod does not say which k8s.io/kubernetes")
}
