//! Custom resource definitions, installed by the built program itself.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

/// Installs what `plumb` reads into the cluster of a kubeconfig.
///
/// # Errors
/// When the program does not end well.
pub fn definitions(plumb: &Path, kubeconfig: &Path) -> Result<()> {
    let output = Command::new(plumb)
        .args(["crds", "--install", "--kubeconfig"])
        .arg(kubeconfig)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("plumb crds --install: {said}");
    }
    Ok(())
}
