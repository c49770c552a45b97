//! Programs that run in the background, each with a log and a file that holds its process id.
//!
//! **Invariant:** a process id from a file is only believed while that process names our folder in its arguments.
//! **Start at** [`Programs::start`].

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// How long a program that is killed may take to be gone.
const GONE: Duration = Duration::from_secs(10);
/// So many lines of a log are shown where its program ended.
const LAST_LINES: usize = 8;

/// The programs of one folder that this process started.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    children: Vec<(&'static str, Child)>,
}

impl Programs {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        for name in ["pids", "logs"] {
            fs::create_dir_all(folder.join(name))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            children: Vec::new(),
        })
    }

    /// Starts a program that goes on after us, but is told of Ctrl-C while we run: it is in our process group.
    pub(super) fn start(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        let log = fs::File::create(log(&self.folder, name))?;
        let child = command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be run", command.get_program().display()))?;
        fs::write(pids(&self.folder).join(name), child.id().to_string())?;
        self.children.push((name, child));
        Ok(())
    }

    /// Fails where one has ended, with the end of its log.
    pub(super) fn must_run(&mut self) -> Result<()> {
        for (name, child) in &mut self.children {
            if let Some(status) = child.try_wait()? {
                let text = fs::read_to_string(log(&self.folder, name)).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
                bail!("{name} ended with {status}; its log ends with:\n{last}");
            }
        }
        Ok(())
    }

    /// Whether any log says this.
    pub(super) fn logs_say(&self, what: &str) -> bool {
        let mut texts = self
            .children
            .iter()
            .map(|(name, _)| fs::read_to_string(log(&self.folder, name)));
        texts.any(|text| text.is_ok_and(|text| text.contains(what)))
    }

    /// Kills all and waits for them: what they would still write is thrown away anyway.
    pub(super) fn end(&mut self) {
        for (_, child) in &mut self.children {
            let _ = child.kill();
        }
        for (_, child) in &mut self.children {
            let _ = child.wait();
        }
        self.children.clear();
    }
}

/// Whether the folder was made by [`Programs::new`].
pub(super) fn is_ours(folder: &Path) -> bool {
    pids(folder).is_dir()
}

/// Whether every program that was started here still runs.
pub(super) fn all_run(folder: &Path) -> bool {
    let known = known(folder).unwrap_or_default();
    !known.is_empty() && known.iter().all(|pid| pid.is_some())
}

/// Kills what was started here, by whichever process.
pub(super) fn end_all(folder: &Path) -> Result<()> {
    let running: Vec<Pid> = known(folder)?.into_iter().flatten().collect();
    for pid in &running {
        // One that ended in between is what we want.
        let _ = kill_process(*pid, Signal::KILL);
    }
    let began = Instant::now();
    for pid in running {
        while test_kill_process(pid).is_ok() && names_folder(pid, folder) {
            if began.elapsed() > GONE {
                bail!("process {} does not end", pid.as_raw_nonzero());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}

/// The processes of the files; `None` for one that runs no more.
fn known(folder: &Path) -> Result<Vec<Option<Pid>>> {
    let mut known = Vec::new();
    if !is_ours(folder) {
        return Ok(known);
    }
    for entry in fs::read_dir(pids(folder))? {
        let text = fs::read_to_string(entry?.path())?;
        let pid = text.trim().parse().ok().and_then(Pid::from_raw);
        known.push(pid.filter(|pid| names_folder(*pid, folder)));
    }
    Ok(known)
}

/// Whether the process runs with our folder in its arguments; the id may belong to another by now.
fn names_folder(pid: Pid, folder: &Path) -> bool {
    let output = Command::new("ps")
        .args(["-o", "args=", "-ww", "-p", &pid.as_raw_nonzero().to_string()])
        .output();
    let arguments = match fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())) {
        Ok(arguments) => arguments,
        Err(_) => output.map(|output| output.stdout).unwrap_or_default(),
    };
    String::from_utf8_lossy(&arguments).contains(&*folder.to_string_lossy())
}

fn pids(folder: &Path) -> PathBuf {
    folder.join("pids")
}

fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join("logs").join(format!("{name}.log"))
}
