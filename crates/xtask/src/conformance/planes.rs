//! Clusters with nothing in them: a new control plane each time, or the user's own, emptied.
//!
//! A new one costs four seconds, most of them waiting, so the next is started while the last is in use; emptying one
//! takes longer. **Start at** [`Planes::fresh`].

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use plumb_testkit::control_plane::{ControlPlane, Kubeconfig, Tools};

use crate::control_plane;

/// How long namespaces and objects may take to be gone.
const GONE: Duration = Duration::from_secs(120);

/// Gives out clusters.
pub(super) struct Planes {
    folder: PathBuf,
    source: Source,
}

enum Source {
    /// Control planes of our own, and the one that is being started.
    Own {
        tools: Tools,
        count: usize,
        next: Option<JoinHandle<Result<ControlPlane>>>,
    },
    /// The user's cluster.
    Existing(Kubeconfig),
}

/// A cluster with nothing in it.
pub(super) enum Plane {
    /// One that ends with its use.
    Own(ControlPlane),
    /// One that is emptied after its use.
    Existing(PathBuf),
}

impl Plane {
    pub(super) fn kubeconfig(&self) -> PathBuf {
        match self {
            Self::Own(plane) => plane.kubeconfig(),
            Self::Existing(path) => path.clone(),
        }
    }
}

impl Planes {
    pub(super) fn new(root: &Path) -> Result<Self> {
        let source = match control_plane::existing() {
            Some(path) => {
                let kubectl = Tools::ready()?.map_or_else(|| PathBuf::from("kubectl"), |tools| tools.kubectl);
                let cluster = Kubeconfig::new(&kubectl, path);
                must_be_empty(&cluster)?;
                println!("== conformance: on the cluster of {}", cluster.path.display());
                Source::Existing(cluster)
            }
            None => Source::Own {
                tools: control_plane::tools(root)?,
                count: 0,
                next: None,
            },
        };
        Ok(Self {
            folder: root.join("target/conformance"),
            source,
        })
    }

    /// A cluster with nothing in it; it goes back by [`Self::done`].
    pub(super) fn fresh(&mut self) -> Result<Plane> {
        match &mut self.source {
            Source::Existing(cluster) => Ok(Plane::Existing(cluster.path.clone())),
            Source::Own { tools, count, next } => {
                let mut start = || {
                    *count += 1;
                    // Two are enough: the one before the last has ended.
                    let folder = self.folder.join(format!("plane-{}", *count % 2));
                    let tools = tools.clone();
                    std::thread::spawn(move || ControlPlane::start(&tools, &folder))
                };
                let this = next.take().unwrap_or_else(&mut start);
                let plane = this
                    .join()
                    .ok()
                    .context("a control plane could not be started")??;
                *next = Some(start());
                Ok(Plane::Own(plane))
            }
        }
    }

    /// Takes a cluster back.
    pub(super) fn done(&mut self, plane: Plane) -> Result<()> {
        match (plane, &self.source) {
            (Plane::Own(plane), _) => plane.stop(),
            (Plane::Existing(_), Source::Existing(cluster)) => empty(cluster),
            (Plane::Existing(_), Source::Own { .. }) => Ok(()),
        }
    }

    /// The folder of kubectl in the version of the control plane, where there is one.
    pub(super) fn programs(&self) -> Vec<PathBuf> {
        let kubectl = self.kubectl();
        kubectl
            .parent()
            .filter(|folder| folder.is_absolute())
            .map(Path::to_owned)
            .into_iter()
            .collect()
    }

    /// kubectl.
    pub(super) fn kubectl(&self) -> PathBuf {
        match &self.source {
            Source::Own { tools, .. } => tools.kubectl.clone(),
            Source::Existing(cluster) => cluster.kubectl.clone(),
        }
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        if let Source::Own { next: Some(next), .. } = &mut self.source {
            let next = std::mem::replace(next, std::thread::spawn(|| bail!("nothing")));
            // What did start ends with its value.
            drop(next.join());
        }
        let _ = std::fs::remove_dir(&self.folder);
    }
}

/// Fails where others use the cluster: all that is in it would be removed.
fn must_be_empty(cluster: &Kubeconfig) -> Result<()> {
    let found = leftovers(cluster)?;
    if found.is_empty() {
        return Ok(());
    }
    bail!(
        "the cluster of {} is not empty, and would be emptied: it has {}{}. Name an empty one, or unset KUBECONFIG",
        cluster.path.display(),
        found[..found.len().min(5)].join(", "),
        if found.len() > 5 { " and more" } else { "" }
    )
}

/// What is in the cluster beside what Kubernetes itself puts there.
fn leftovers(cluster: &Kubeconfig) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let names = |kind: &str| cluster.output(&["get", kind, "-o", "name"]);
    for name in names("namespaces")?.lines() {
        let short = name.trim_start_matches("namespace/");
        if short != "default" && !short.starts_with("kube-") {
            found.push(name.to_owned());
        }
    }
    found.extend(names("customresourcedefinitions")?.lines().map(str::to_owned));
    let here = cluster.output(&[
        "get",
        "all,configmaps,secrets,pvc,ingresses,networkpolicies",
        "-n",
        "default",
        "-o",
        "name",
    ])?;
    let own = ["service/kubernetes", "configmap/kube-root-ca.crt"];
    found.extend(
        here.lines()
            .filter(|name| !own.contains(name))
            .map(|name| format!("{name} in default")),
    );
    Ok(found)
}

/// Removes all that was not there before; the caller has seen that the cluster was empty.
fn empty(cluster: &Kubeconfig) -> Result<()> {
    let began = Instant::now();
    loop {
        let found = leftovers(cluster)?;
        if found.is_empty() {
            return Ok(());
        }
        if began.elapsed() > GONE {
            bail!(
                "the cluster could not be emptied: it still has {}",
                found.join(", ")
            );
        }
        release(cluster)?;
        for name in found {
            let (object, namespace) = match name.strip_suffix(" in default") {
                Some(object) => (object, "default"),
                None => (&*name, ""),
            };
            let mut command = Command::new(&cluster.kubectl);
            command.arg("--kubeconfig").arg(&cluster.path);
            command.args([
                "delete",
                object,
                "--wait=false",
                "--ignore-not-found",
                "-n",
                namespace,
            ]);
            // What cannot be deleted now is tried again until the time is over.
            let _ = command.output()?;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Takes the finalizers off custom resources whose controller has ended.
fn release(cluster: &Kubeconfig) -> Result<()> {
    let definitions = cluster.output(&[
        "get",
        "customresourcedefinitions",
        "-o",
        "jsonpath={.items[*].metadata.name}",
    ])?;
    for kind in definitions.split_whitespace() {
        let format = "jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{\"\\n\"}{end}";
        // A definition may go while we look.
        let objects = cluster
            .output(&["get", kind, "-A", "-o", format])
            .unwrap_or_default();
        for (namespace, name) in objects.lines().filter_map(|line| line.split_once(' ')) {
            let nothing = r#"{"metadata":{"finalizers":null}}"#;
            let _ = cluster.output(&[
                "patch",
                kind,
                name,
                "-n",
                namespace,
                "--type=merge",
                "-p",
                nothing,
            ]);
        }
    }
    Ok(())
}
