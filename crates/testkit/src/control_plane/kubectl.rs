//! How a control plane is reached: addresses and keys, kubeconfigs, and kubectl for the first objects.
//!
//! **Start at** [`Access`].

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NODE, certificates::write_private};

/// The group of the administrator, as kubeadm names it.
pub(super) const ADMINISTRATORS: &str = "kubeadm:cluster-admins";

/// How clients reach an API server: PEM texts, and a bearer token that does as well as the certificate.
#[derive(Clone)]
pub struct Access {
    /// `https://127.0.0.1:PORT`.
    pub server: String,
    /// The authority that signed the server's certificate.
    pub authority: String,
    /// The client's certificate.
    pub certificate: String,
    /// The client's key.
    pub key: String,
    /// The administrator's token.
    pub token: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and tokens stay out of logs.
        f.debug_struct("Access")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Writes a kubeconfig with the client certificate.
    pub(super) fn write(&self, path: &Path, user: &str) -> Result<()> {
        let encode = |pem: &str| STANDARD.encode(pem);
        let name = "plumb-control-plane";
        // JSON is YAML, and needs no quoting of our own.
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{ "name": name, "cluster": {
                "server": self.server, "certificate-authority-data": encode(&self.authority),
            } }],
            "users": [{ "name": user, "user": {
                "client-certificate-data": encode(&self.certificate), "client-key-data": encode(&self.key),
            } }],
            "contexts": [{ "name": name, "context": { "cluster": name, "user": user } }],
        });
        write_private(path, &serde_json::to_string_pretty(&config)?)
    }
}

/// A kubectl, and the kubeconfig that it uses.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    /// The program.
    pub kubectl: PathBuf,
    /// The kubeconfig.
    pub path: PathBuf,
}

impl Kubeconfig {
    /// They belong together from here on.
    #[must_use]
    pub fn new(kubectl: &Path, path: PathBuf) -> Self {
        Self {
            kubectl: kubectl.to_owned(),
            path,
        }
    }

    /// What kubectl prints.
    ///
    /// # Errors
    /// Where kubectl fails: what it says.
    pub fn output(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("{} cannot be run", self.kubectl.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("kubectl {}: {}", arguments.join(" "), said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Creates an object; one that is there is left.
    ///
    /// # Errors
    /// Where the server refuses it.
    pub fn create(&self, object: &Value) -> Result<()> {
        let mut child = self
            .command(&[
                "apply",
                "--server-side",
                "--field-manager=control-plane",
                "-f",
                "-",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().context("kubectl has no input")?;
        input.write_all(object.to_string().as_bytes())?;
        drop(input);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{} {}: {}",
                object["kind"],
                object["metadata"]["name"],
                said.trim()
            );
        }
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(&self.path).args(arguments);
        command
    }
}

/// The binding that kubeadm makes for its administrators; the embedded cluster's user is one of them.
pub(super) fn administrators() -> Value {
    let group = ADMINISTRATORS;
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": group },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group }],
    })
}

/// The node that kwok plays.
pub(super) fn node() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": NODE, "labels": {
            "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "node-role.kubernetes.io/control-plane": "",
        } },
    })
}
