//! The original program, where there is one.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use super::Answer;

/// The original, and the folder that it works in.
pub(super) struct Original {
    program: String,
    root: PathBuf,
}

impl Original {
    /// The original, to work in a folder of that name; says so when there is none.
    pub(super) fn find(name: &str) -> Option<Self> {
        let program = std::env::var("PLUMB_KUSTOMIZE").unwrap_or_else(|_| "kustomize".to_owned());
        let version = Command::new(&program).arg("version").output().ok();
        if !version.is_some_and(|output| output.stdout.starts_with(b"v5.8.2")) {
            println!("skipped: no kustomize v5.8.2 on the path or in PLUMB_KUSTOMIZE");
            return None;
        }
        let root = std::env::temp_dir().join(format!("plumb-edits-{name}-{}", std::process::id()));
        Some(Self { program, root })
    }

    /// Where the edits are made.
    pub(super) fn folder(&self) -> PathBuf {
        self.root.join("case")
    }

    pub(super) fn answer(&self, files: &BTreeMap<String, String>, argv: &[String]) -> Result<Answer, String> {
        let folder = self.folder();
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for (path, text) in files {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&folder)).map_err(|error| error.to_string())?;
            fs::write(file, text).map_err(|error| error.to_string())?;
        }
        let output = Command::new(&self.program)
            .args(argv)
            .current_dir(&folder)
            .output()
            .map_err(|error| error.to_string())?;
        let mut after = BTreeMap::new();
        for path in files.keys().map(String::as_str).chain(["kustomization.yaml"]) {
            if let Ok(content) = fs::read(folder.join(path)) {
                after.insert(path.to_owned(), String::from_utf8_lossy(&content).into_owned());
            }
        }
        Ok(Answer {
            is_done: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: plain(&String::from_utf8_lossy(&output.stderr)),
            files: after,
        })
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// What it says beside: without times, and without the lines on usage that follow an error.
fn plain(text: &str) -> String {
    let text = text.split("Usage:\n").next().unwrap_or_default();
    let lines = text.trim_end().lines().map(without_time);
    lines.map(|line| format!("{line}\n")).collect()
}

fn without_time(line: &str) -> &str {
    let bytes = line.as_bytes();
    let is_time = bytes.len() > 20
        && bytes[4] == b'/'
        && bytes[7] == b'/'
        && bytes[10] == b' '
        && bytes[13] == b':'
        && bytes[..4].iter().all(u8::is_ascii_digit);
    if is_time { &line[20..] } else { line }
}
