//! Which servers are trusted, and how we show who we are.

use std::sync::{Arc, OnceLock};

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::{Credentials, GitError, GitOptions};

/// The system's certificates, read once.
static SYSTEM: OnceLock<Vec<Certificate<'static>>> = OnceLock::new();

/// How to speak TLS with these credentials.
pub(super) fn tls(url: &str, credentials: &Credentials, options: &GitOptions) -> Result<TlsConfig, GitError> {
    let mut roots = system().to_vec();
    for pem in [&credentials.ca_certificate, &options.ca_certificates]
        .into_iter()
        .flatten()
    {
        let before = roots.len();
        roots.extend(certificates(url, pem)?);
        if roots.len() == before {
            return Err(refused(url, "the CA holds no PEM certificate"));
        }
    }
    // Without a system store, as in a bare container, the well-known authorities that are built in.
    let roots = if roots.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::new_with_certs(&roots)
    };
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(roots)
        .client_cert(client(url, credentials)?)
        .disable_verification(credentials.insecure_tls)
        .build())
}

fn system() -> &'static [Certificate<'static>] {
    SYSTEM.get_or_init(|| {
        let loaded = rustls_native_certs::load_native_certs();
        loaded
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect()
    })
}

fn certificates(url: &str, pem: &str) -> Result<Vec<Certificate<'static>>, GitError> {
    let mut found = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|_| refused(url, "a certificate is no valid PEM"))?
        {
            found.push(certificate);
        }
    }
    Ok(found)
}

fn client(url: &str, credentials: &Credentials) -> Result<Option<ClientCert>, GitError> {
    let (Some(certificate), Some(key)) = (&credentials.client_certificate, &credentials.client_key) else {
        return Ok(None);
    };
    let chain = certificates(url, certificate)?;
    let key = PrivateKey::from_pem(key.as_bytes())
        .map_err(|_| refused(url, "the private key of the client certificate is no valid PEM"))?;
    // The client that we use would end the program on a pair that does not fit; so it is tried before.
    fits(&chain, &key).map_err(|why| refused(url, &why))?;
    Ok(Some(ClientCert::new_with_certs(&chain, key)))
}

fn fits(chain: &[Certificate<'static>], key: &PrivateKey<'static>) -> Result<(), String> {
    let certificates = chain.iter().map(|part| part.der().to_vec().into()).collect();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.der().to_vec())?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    rustls::sign::CertifiedKey::from_der(certificates, key, &provider)
        .map(drop)
        .map_err(|error| format!("the client certificate and its key: {error}"))
}

fn refused(url: &str, why: &str) -> GitError {
    GitError::Tls {
        url: url.to_owned(),
        why: why.to_owned(),
    }
}
