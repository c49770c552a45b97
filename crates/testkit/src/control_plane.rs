//! A real control plane for tests: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on loopback.
//!
//! ```text
//! let Some(tools) = Tools::ready()? else { skipped };      // or Tools::build, which takes minutes the first time
//! let plane = ControlPlane::start(&tools, folder)?;        // answers, has a node, and Pods become ready
//! plane.access()                                           // server, authority, client certificate and key, token
//! drop(plane)                                              // all of it ends, and the folder goes
//! ```
//!
//! **Invariant:** everything listens on 127.0.0.1 only, behind TLS; what was started is ended by process id.
//! **Absent:** running containers: kwok says that Pods run and Jobs complete. **Start at** [`ControlPlane::start`].

mod certificates;
mod kubectl;
mod process;
mod start;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use process::Programs;
use start::Start;

pub use kubectl::{Access, Kubeconfig};
pub use tools::{Module, Tools};

/// How often a start is tried again where a port was taken between being found and being used.
const TRIES: usize = 3;
/// The user of the client certificate: the name that kubeadm gives its administrator.
pub const USER: &str = "kubernetes-admin";
/// The node that every Pod is bound to.
pub const NODE: &str = "plumb-dev";

/// A running control plane; ends when dropped, unless it is left running.
#[derive(Debug)]
pub struct ControlPlane {
    folder: PathBuf,
    access: Access,
    programs: Option<Programs>,
}

impl ControlPlane {
    /// Starts one with no objects but its own; its files go to `folder`, which is emptied first. What runs there is ended.
    ///
    /// # Errors
    /// Where a program does not start or does not become ready: the last lines of its log.
    pub fn start(tools: &Tools, folder: &Path) -> Result<Self> {
        // Programs run in the folder, and their arguments must tell that they are ours.
        let folder = &std::path::absolute(folder)?;
        let mut tries = 0;
        loop {
            tries += 1;
            end(folder)?;
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            let mut programs = Programs::new(folder)?;
            match Start::new(tools, folder)?.all(&mut programs) {
                Ok(access) => {
                    return Ok(Self {
                        folder: folder.to_owned(),
                        access,
                        programs: Some(programs),
                    });
                }
                Err(error) => {
                    let taken = programs.logs_say("address already in use");
                    programs.end();
                    if !taken || tries == TRIES {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// How clients reach it.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The administrator's kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        kubeconfig(&self.folder)
    }

    /// Leaves it running after this process; [`end`] ends it.
    pub fn leave_running(mut self) {
        self.programs = None;
    }

    /// Ends it, and removes its folder.
    ///
    /// # Errors
    /// Where the folder cannot be removed.
    pub fn stop(mut self) -> Result<()> {
        self.programs = None;
        end(&self.folder)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Some(mut programs) = self.programs.take() {
            programs.end();
            // What is left of a folder that cannot be removed is removed by the next start.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The kubeconfig of the control plane in `folder`.
#[must_use]
pub fn kubeconfig(folder: &Path) -> PathBuf {
    folder.join("kubeconfig")
}

/// Whether all programs of the control plane in `folder` run.
#[must_use]
pub fn runs(folder: &Path) -> bool {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    kubeconfig(&folder).is_file() && process::all_run(&folder)
}

/// Ends the control plane in `folder`, whoever started it, and removes the folder; nothing where there is none.
///
/// # Errors
/// Where a program does not end or the folder cannot be removed.
pub fn end(folder: &Path) -> Result<()> {
    let folder = &std::path::absolute(folder)?;
    if !folder.exists() {
        return Ok(());
    }
    if !process::is_ours(folder) && fs::read_dir(folder)?.next().is_some() {
        bail!(
            "{} is no folder of a control plane; it would be emptied, so name another",
            folder.display()
        );
    }
    process::end_all(folder)?;
    fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_plane_comes_up_runs_pods_and_leaves_nothing() {
        let Some(tools) = Tools::ready().unwrap().filter(Tools::moves) else {
            println!("skipped: no control plane is built; cargo xtask control-plane up builds one");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("plane");
        let plane = ControlPlane::start(&tools, &folder).unwrap();
        assert!(runs(&folder));
        let cluster = Kubeconfig::new(&tools.kubectl, plane.kubeconfig());
        cluster.output(&["run", "web", "--image=web"]).unwrap();
        cluster
            .output(&["wait", "--for=condition=Ready", "pod/web", "--timeout=30s"])
            .unwrap();
        plane.stop().unwrap();
        assert!(!folder.exists() && !runs(&folder));
    }

    #[test]
    fn a_folder_of_others_is_not_emptied() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("precious"), "").unwrap();
        assert!(
            end(folder.path())
                .unwrap_err()
                .to_string()
                .contains("is no folder of a control plane")
        );
        assert!(folder.path().join("precious").exists());
    }
}
