//! The program under test, as a process that can be killed at any moment.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};

/// The controller.
pub(super) struct Controller {
    plumb: PathBuf,
    folder: PathBuf,
    kubeconfig: PathBuf,
    log: PathBuf,
    child: Victim,
}

/// Somebody who can be killed from elsewhere.
#[derive(Clone, Default)]
pub(super) struct Victim(Arc<Mutex<Option<Child>>>);

impl Victim {
    /// Kills it as `kill -9` does.
    pub(super) fn kill(&self) {
        if let Some(mut child) = self.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether it is there.
    pub(super) fn lives(&self) -> bool {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn take(&self) -> Option<Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Controller {
    pub(super) fn new(plumb: &Path, folder: &Path, server: SocketAddr) -> Result<Self> {
        let kubeconfig = folder.join("through-proxy");
        let document = serde_json::json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": format!("http://{server}")}}],
            "users": [{"name": "c", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]});
        std::fs::write(&kubeconfig, document.to_string())?;
        Ok(Self {
            plumb: plumb.to_owned(),
            folder: folder.to_owned(),
            kubeconfig,
            log: folder.join("controller.log"),
            child: Victim::default(),
        })
    }

    pub(super) fn start(&self) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.plumb);
        command.stdout(log.try_clone()?).stderr(log);
        self.spawn(command)
    }

    /// Starts it where no file can grow beyond a few kB, which is to a program what a full disk is.
    pub(super) fn start_without_room(&self) -> Result<()> {
        let mut command = Command::new("sh");
        // Ignored, the signal becomes the error of the write.
        command
            .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
            .arg(&self.plumb)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.spawn(command)
    }

    fn spawn(&self, mut command: Command) -> Result<()> {
        command
            .args(["controller", "--listen", "127.0.0.1:0", "--poll-interval", "1"])
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .arg("--mirrors")
            .arg(self.folder.join("mirrors"))
            .arg("--ledger")
            .arg(self.ledger())
            .env("HOME", &self.folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        let child = command.spawn().context("the controller does not start")?;
        *self.child.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    /// The folder of its ledger.
    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    pub(super) fn victim(&self) -> Victim {
        self.child.clone()
    }

    pub(super) fn stop(&self) {
        self.child.kill();
    }

    /// What it said last.
    pub(super) fn log_tail(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(&self.log)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(3000)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_default()
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.stop();
    }
}
