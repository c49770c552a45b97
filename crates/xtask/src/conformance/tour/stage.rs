//! Where a tour plays: a folder and an environment for each cluster, and the embedded cluster.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use super::normal::normal;

/// A command that takes longer is ended, and has failed.
const LONGEST: Duration = Duration::from_secs(90);

/// What came of a command, made comparable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) text: String,
    pub(super) exit: i32,
}

/// A folder in which commands reach one cluster.
pub(super) struct Stage {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Stage {
    /// With a copy of the tour's files.
    pub(super) fn new(kubeconfig: &Path, programs: &[PathBuf], files: &Path) -> Result<Self> {
        let folder = TempDir::new()?;
        for entry in fs::read_dir(files).with_context(|| files.display().to_string())? {
            let path = entry?.path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap_or_default()))?;
        }
        let installed = std::env::var("PATH").unwrap_or_default();
        let folders = programs.iter().map(|folder| folder.display().to_string());
        let path = folders.chain([installed]).collect::<Vec<_>>().join(":");
        let environment = vec![
            ("PATH", path),
            ("HOME", folder.path().display().to_string()),
            ("KUBECONFIG", kubeconfig.display().to_string()),
            ("NO_COLOR", "1".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        Ok(Self { folder, environment })
    }

    /// Runs a command; its output and its errors as they come, made comparable.
    pub(super) fn run(&self, command: &str) -> Result<Came> {
        let said = tempfile::tempfile()?;
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .spawn()?;
        let began = Instant::now();
        let exit = loop {
            if let Some(status) = child.try_wait()? {
                break status.code().unwrap_or(-1);
            }
            if began.elapsed() > LONGEST {
                child.kill()?;
                child.wait()?;
                break -1;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let output = read(said)?;
        let text = String::from_utf8_lossy(&output);
        Ok(Came {
            text: normal(&text.replace(&*self.folder.path().to_string_lossy(), "FOLDER")),
            exit,
        })
    }
}

/// All that a file holds.
fn read(mut file: fs::File) -> Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An embedded cluster in a process of its own; ends when dropped.
pub(super) struct Embedded {
    folder: TempDir,
    child: Child,
}

impl Embedded {
    pub(super) fn start(plumb: &Path) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut child = Command::new(plumb)
            .args(["dev-cluster", "--port", "0", "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child
            .stdout
            .take()
            .context("the embedded cluster has no output")?;
        let this = Self { folder, child };
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.starts_with("Ctrl-C") {
                return Ok(this);
            }
        }
        bail!("the embedded cluster did not start")
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
