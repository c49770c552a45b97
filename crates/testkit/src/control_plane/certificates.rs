//! The certificates of one control plane: an authority, and what it signs.
//!
//! **Invariant:** private keys are readable by their owner only. **Start at** [`Authority::new`].

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use sha2::{Digest as _, Sha256};

/// Names that a server here is reached by.
const SERVER_NAMES: [&str; 6] = [
    "127.0.0.1",
    "10.96.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// A server on loopback, which is also a client of others.
    Server,
    /// A client only.
    Client,
}

/// Signs the certificates of a control plane; all files are in one folder.
pub(super) struct Authority {
    folder: PathBuf,
    path: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "plumb test control plane");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let path = folder.join("authority.crt");
        fs::write(&path, issuer.pem())?;
        Ok(Self {
            folder: folder.to_owned(),
            path,
            issuer,
        })
    }

    /// The file of its own certificate.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a certificate for `name`; the files of it and of its key.
    pub(super) fn issue(&self, name: &str, usage: Usage, group: Option<&str>) -> Result<(PathBuf, PathBuf)> {
        let names = SERVER_NAMES.iter().filter(|_| usage == Usage::Server);
        let mut params = CertificateParams::new(names.map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, name);
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match usage {
            Usage::Server => vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
            Usage::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
        };
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let file = name.replace(':', "-");
        let (certificate_path, key_path) = (
            self.folder.join(format!("{file}.crt")),
            self.folder.join(format!("{file}.key")),
        );
        fs::write(&certificate_path, certificate.pem())?;
        write_private(&key_path, &key.serialize_pem())?;
        Ok((certificate_path, key_path))
    }

    /// Makes a key that no certificate is about; the files of it and of its public half.
    pub(super) fn key_pair(&self, name: &str) -> Result<(PathBuf, PathBuf)> {
        let key = KeyPair::generate()?;
        let (private, public) = (
            self.folder.join(format!("{name}.key")),
            self.folder.join(format!("{name}.pub")),
        );
        write_private(&private, &key.serialize_pem())?;
        fs::write(&public, key.public_key_pem())?;
        Ok((private, public))
    }
}

/// A bearer token that nobody can guess: made of a key that is thrown away.
pub(super) fn token() -> Result<String> {
    let key = KeyPair::generate()?;
    Ok(hex(&Sha256::digest(key.serialize_der())))
}

/// Writes a file that only its owner may read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(file.write_all(text.as_bytes())?)
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
