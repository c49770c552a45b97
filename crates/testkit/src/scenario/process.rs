//! The programs that a scenario runs.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::Setting;
use crate::remote::Remote;

/// How long the demo may take to be ready.
const READY: Duration = Duration::from_secs(60);

/// What came of a command.
pub(super) struct Came {
    pub(super) text: String,
    pub(super) exit: i32,
}

/// Where a scenario plays: a folder, an environment, maybe a demo.
pub(super) struct Stage {
    folder: TempDir,
    environment: Vec<(String, String)>,
    demo: Option<Child>,
    /// What the Git server runs in.
    server: Option<tokio::runtime::Runtime>,
}

impl Stage {
    pub(super) fn new(setting: &Setting) -> Result<Self> {
        let folder = TempDir::new()?;
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin)?;
        for name in ["plumb", "kustomize"] {
            std::os::unix::fs::symlink(&setting.plumb, bin.join(name))?;
        }
        let installed = std::env::var("PATH").unwrap_or_default();
        let folders = std::iter::once(&bin)
            .chain(&setting.programs)
            .map(|folder| folder.display().to_string());
        let path = folders.chain([installed]).collect::<Vec<_>>().join(":");
        let home = folder.path().display().to_string();
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut environment = vec![
            set("PATH", &path),
            set("HOME", &home),
            set("NO_COLOR", "1"),
            set("GIT_CONFIG_GLOBAL", "/dev/null"),
            set("GIT_CONFIG_NOSYSTEM", "1"),
            set("GIT_AUTHOR_NAME", "Ada"),
            set("GIT_AUTHOR_EMAIL", "ada@example.com"),
            set("GIT_COMMITTER_NAME", "Ada"),
            set("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ];
        if let Some(kubeconfig) = &setting.kubeconfig {
            environment.push(set("PLUMB_DEMO_KUBECONFIG", &kubeconfig.display().to_string()));
        }
        Ok(Self {
            folder,
            environment,
            demo: None,
            server: None,
        })
    }

    /// Starts the demo and waits until it says that it is ready.
    pub(super) fn demo(&mut self, arguments: &str) -> Result<()> {
        self.stop()?;
        let command = format!("exec plumb demo --dir demo --port 0 {arguments}");
        let mut child = self
            .command(&command)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let output = child.stdout.take().context("the demo has no output")?;
        let (told, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody listening any more is no reason to stop reading: the demo must not block on its output.
                let _ = told.send(line);
            }
        });
        self.demo = Some(child);
        let directory = self.folder.path().join("demo");
        self.set("KUBECONFIG", directory.join("kubeconfig").display().to_string());
        self.set("REPO", directory.join("repo").display().to_string());
        loop {
            let line = match lines.recv_timeout(READY) {
                Ok(line) => line,
                Err(_) => bail!("the demo ended or was not ready within {} s", READY.as_secs()),
            };
            let line = line.trim();
            if let Some(page) = line.strip_prefix("page") {
                // What is behind it works once only, and is for browsers.
                let address = page.trim().split("/sign-in").next().unwrap_or_default();
                self.set("PAGE", address.trim_end_matches('/').to_owned());
            }
            if line == "Ctrl-C ends it." {
                return Ok(());
            }
        }
    }

    /// Serves the repositories below the folder over HTTP, to fetch from and to push to, until the scenario ends.
    pub(super) fn serve_git(&mut self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let remote = runtime.block_on(Remote::start(self.folder.path()))?;
        self.set("GIT_SERVER", remote.url("").trim_end_matches('/').to_owned());
        self.server = Some(runtime);
        Ok(())
    }

    /// Ends the demo as Ctrl-C would; it must end well.
    pub(super) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.demo.take() else {
            return Ok(());
        };
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()?;
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            bail!("the demo ended with {status}")
        }
    }

    pub(super) fn run(&self, command: &str) -> Result<Came> {
        let output = self.command(&format!("exec 2>&1; {command}")).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Came {
            text,
            exit: output.status.code().unwrap_or(-1),
        })
    }

    fn command(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        shell.envs(self.environment.iter().map(|(name, value)| (name, value)));
        shell
    }

    fn set(&mut self, name: &str, value: String) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(child) = &mut self.demo {
            // A scenario that failed must not leave its demo behind.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The folder that holds the scenarios of this repository.
#[allow(dead_code, reason = "used by the tests of this crate")]
pub(super) fn scenarios() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"))
}
