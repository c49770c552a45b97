//! Running a program within limits.
//!
//! A program runs in a process group of its own, so that what it started ends with it.

use std::{
    ffi::OsStr,
    io::{Read, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant},
};

/// How much of what a program says to people is kept.
const NOTES: usize = 64 << 10;
/// Longest time between two looks at a program that runs.
const LOOK: Duration = Duration::from_millis(20);
/// How long to wait for the last of the output of a program that has ended.
const LAST: Duration = Duration::from_secs(2);

/// Whether nobody waits any more.
pub type Cancelled<'a> = &'a dyn Fn() -> bool;

/// What one run may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time.
    pub timeout: Duration,
    /// Longest output, in bytes.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            output: 64 << 20,
        }
    }
}

/// What a program printed.
pub(crate) struct Printed {
    pub(crate) output: String,
    pub(crate) notes: String,
}

/// Why a program gave nothing.
pub(crate) enum Failed {
    /// It is not there.
    NotFound,
    /// It ended with an error, having said this.
    Ended {
        /// As Go's programs write it: `exit status 1`.
        status: String,
        notes: String,
    },
    /// Something else.
    Other(String),
}

/// Runs `command` with `input`.
pub(crate) fn run(
    command: &mut Command,
    input: Vec<u8>,
    limits: &Limits,
    cancelled: Cancelled<'_>,
) -> Result<Printed, Failed> {
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let child = spawned.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failed::NotFound,
        _ => Failed::Other(error.to_string()),
    })?;
    let name = command.get_program().to_owned();
    let mut running = Running::new(child, input, limits.output);
    let status = running.end(&name, limits, cancelled)?;
    let output = running.output(&name, limits)?;
    let notes = String::from_utf8_lossy(&running.stderr.recv_timeout(LAST).unwrap_or_default()).into_owned();
    if !status.success() {
        return Err(Failed::Ended {
            status: shown(status),
            notes: notes.trim().to_owned(),
        });
    }
    let output = String::from_utf8(output)
        .map_err(|_| Failed::Other(format!("{}: its output is not UTF-8 text", name.display())))?;
    Ok(Printed { output, notes })
}

/// A program that runs, with threads that feed it and listen to it.
struct Running {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    is_over: Arc<AtomicBool>,
}

impl Running {
    fn new(mut child: Child, input: Vec<u8>, most: usize) -> Self {
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read what it is given is no failure.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let is_over = Arc::<AtomicBool>::default();
        Self {
            stdout: listen(child.stdout.take(), most, Some(Arc::clone(&is_over))),
            stderr: listen(child.stderr.take(), NOTES, None),
            child,
            is_over,
        }
    }

    /// Waits for its end.
    fn end(&mut self, name: &OsStr, limits: &Limits, cancelled: Cancelled<'_>) -> Result<ExitStatus, Failed> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(error) => return Err(self.kill(error.to_string())),
            }
            if cancelled() {
                return Err(self.kill("cancelled".to_owned()));
            }
            if began.elapsed() > limits.timeout {
                let timeout = limits.timeout;
                return Err(self.kill(format!("{} did not end within {timeout:?}", name.display())));
            }
            if self.is_over.load(Ordering::Relaxed) {
                return Err(self.kill(too_much(name, limits)));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LOOK);
        }
    }

    fn output(&mut self, name: &OsStr, limits: &Limits) -> Result<Vec<u8>, Failed> {
        let output = self.stdout.recv_timeout(LAST);
        if self.is_over.load(Ordering::Relaxed) {
            return Err(Failed::Other(too_much(name, limits)));
        }
        output.map_err(|_| {
            // Something that it started still holds the output.
            self.kill(format!("{} has ended, but its output has not", name.display()))
        })
    }

    /// Ends it and all that it started.
    fn kill(&mut self, why: String) -> Failed {
        let group = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        Failed::Other(why)
    }
}

/// Reads until the end; tells `is_over` when there is more than `most`, and else drops what is more.
fn listen(
    stream: Option<impl Read + Send + 'static>,
    most: usize,
    is_over: Option<Arc<AtomicBool>>,
) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        let mut stream = stream;
        while let Some(Ok(read @ 1..)) = stream.as_mut().map(|stream| stream.read(&mut buffer)) {
            let room = most - kept.len();
            kept.extend_from_slice(&buffer[..read.min(room)]);
            if read > room
                && let Some(is_over) = &is_over
            {
                is_over.store(true, Ordering::Relaxed);
                break;
            }
        }
        let _ = sender.send(kept);
    });
    receiver
}

fn too_much(name: &OsStr, limits: &Limits) -> String {
    format!("{} prints more than {} MiB", name.display(), limits.output >> 20)
}

fn shown(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}
