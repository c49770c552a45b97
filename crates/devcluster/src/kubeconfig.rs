//! The file through which clients find the server.
//!
//! **Invariant:** readable by its owner only: it holds a private key.
//! **Start at** [`write()`].

use crate::certificates::Certificates;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::{
    fs, io,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Name of the cluster, the context and the user's cluster in the file.
const NAME: &str = "plumb-dev";

/// Writes `<directory>/kubeconfig`.
pub(crate) fn write(
    directory: &Path,
    address: SocketAddr,
    certificates: &Certificates,
) -> io::Result<PathBuf> {
    fs::create_dir_all(directory)?;
    let encode = |pem: &str| STANDARD.encode(pem);
    let user = crate::review::USER;
    // JSON is YAML, and needs no quoting of our own.
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": NAME,
        "clusters": [{ "name": NAME, "cluster": {
            "server": format!("https://{address}"), "certificate-authority-data": encode(&certificates.authority),
        } }],
        "users": [{ "name": user, "user": {
            "client-certificate-data": encode(&certificates.client), "client-key-data": encode(&certificates.client_key),
        } }],
        "contexts": [{ "name": NAME, "context": { "cluster": NAME, "user": user } }],
    });
    let path = directory.join("kubeconfig");
    let text = serde_json::to_string_pretty(&config)?;
    private(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // A file that was there keeps its mode, so it goes first.
    if path.exists() {
        fs::remove_file(path)?;
    }
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}
