//! The certificates of one run: an authority, the server's, and an administrator's.
//!
//! **Invariant:** private keys exist in memory and in the run's own directory only.
//! **Start at** [`issue`].

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::net::IpAddr;

/// PEM texts of one run.
#[derive(Clone)]
pub(crate) struct Certificates {
    /// The authority's certificate.
    pub(crate) authority: String,
    /// The server's certificate.
    pub(crate) server: String,
    /// The server's key.
    pub(crate) server_key: String,
    /// The administrator's certificate.
    pub(crate) client: String,
    /// The administrator's key.
    pub(crate) client_key: String,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificates")
    }
}

/// Makes an authority and what it signs.
pub(crate) fn issue(address: IpAddr, user: &str) -> Result<Certificates, rcgen::Error> {
    let authority = authority()?;
    let names = [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
    ]
    .map(str::to_owned);
    let mut names = names.to_vec();
    names.extend([address.to_string(), "127.0.0.1".to_owned()]);
    names.dedup();
    let (server, server_key) = leaf(
        &authority,
        names,
        ("kube-apiserver", None),
        ExtendedKeyUsagePurpose::ServerAuth,
    )?;
    let (client, client_key) = leaf(
        &authority,
        Vec::new(),
        (user, Some("kubeadm:cluster-admins")),
        ExtendedKeyUsagePurpose::ClientAuth,
    )?;
    Ok(Certificates {
        authority: authority.pem(),
        server,
        server_key,
        client,
        client_key,
    })
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "plumb dev cluster");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(
    authority: &CertifiedIssuer<'static, KeyPair>,
    names: Vec<String>,
    (common, organization): (&str, Option<&str>),
    usage: ExtendedKeyUsagePurpose,
) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common);
    if let Some(organization) = organization {
        params
            .distinguished_name
            .push(DnType::OrganizationName, organization);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
