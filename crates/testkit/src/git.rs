//! The real git, as a harness uses it: nobody's configuration, and always the same author.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

/// Runs git in `folder`; what it printed, trimmed.
///
/// # Errors
/// When there is no git, or it does not end well.
pub fn run(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        // Nothing may be at work in the background when a folder goes.
        .args(["-c", "gc.auto=0"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {said}", arguments.join(" "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
