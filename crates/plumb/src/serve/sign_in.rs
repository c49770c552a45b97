//! How people sign in to the controller's page: the flags, and what is made of them.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use plumb_web::{OidcSignIn, ProxySignIn, SessionLength, SignIn, Token};

/// How people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Not at all: whoever reaches the page may do everything
    None,
    /// With a token that the cluster accepts
    Token,
    /// By what a proxy in front of the page says in headers
    Header,
    /// At an OpenID provider
    Oidc,
}

// How people sign in.
#[derive(Args, Debug)]
pub(crate) struct SignInFlags {
    /// How people sign in; what they then see and do is up to the cluster's own rules
    #[arg(
        long,
        value_enum,
        default_value = "none",
        value_name = "HOW",
        help_heading = "Page"
    )]
    sign_in: Mode,
    /// Address at which browsers find the page, where a proxy is in front: `https://plumb.example.org`
    #[arg(long, value_name = "URL", help_heading = "Page")]
    public_url: Option<String>,
    /// How long a session lasts at most, in seconds
    #[arg(long, default_value_t = 43200, value_name = "SECONDS", help_heading = "Page")]
    session_length: u64,
    /// How long a session lasts that is not used, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS", help_heading = "Page")]
    session_idle: u64,
    /// Header in which the proxy says who somebody is
    #[arg(
        long,
        default_value = "X-Forwarded-User",
        value_name = "NAME",
        help_heading = "Page"
    )]
    proxy_user_header: String,
    /// Header in which the proxy says in which groups, with commas between
    #[arg(
        long,
        default_value = "X-Forwarded-Groups",
        value_name = "NAME",
        help_heading = "Page"
    )]
    proxy_groups_header: String,
    /// Address that the proxy comes from; may be said several times
    #[arg(long, value_name = "IP", help_heading = "Page")]
    proxy_address: Vec<IpAddr>,
    /// File with the secret that the proxy sends in X-Plumb-Proxy-Secret
    #[arg(long, value_name = "FILE", help_heading = "Page")]
    proxy_secret_file: Option<PathBuf>,
    /// The OpenID provider, as it calls itself: `https://login.example.org`
    #[arg(long, value_name = "URL", help_heading = "Page")]
    oidc_issuer: Option<String>,
    /// Who Plumb is to the provider
    #[arg(long, value_name = "ID", help_heading = "Page")]
    oidc_client_id: Option<String>,
    /// File with the secret that proves it; without, Plumb is a public client
    #[arg(long, value_name = "FILE", help_heading = "Page")]
    oidc_client_secret_file: Option<PathBuf>,
    /// What the provider is asked for, with commas between
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "openid,email,profile,groups",
        value_name = "SCOPES",
        help_heading = "Page"
    )]
    oidc_scopes: Vec<String>,
    /// Claim that is the name of the user, as the cluster's rules have it
    #[arg(long, default_value = "email", value_name = "CLAIM", help_heading = "Page")]
    oidc_username_claim: String,
    /// What is put before the name, as the API server does
    #[arg(long, default_value = "", value_name = "PREFIX", help_heading = "Page")]
    oidc_username_prefix: String,
    /// Claim that holds the groups
    #[arg(long, default_value = "groups", value_name = "CLAIM", help_heading = "Page")]
    oidc_groups_claim: String,
    /// What is put before each group, as the API server does
    #[arg(long, default_value = "", value_name = "PREFIX", help_heading = "Page")]
    oidc_groups_prefix: String,
}

impl SignInFlags {
    /// How people sign in to a page at `listen`.
    pub(crate) fn read(&self, listen: SocketAddr, insecure: bool) -> anyhow::Result<SignIn> {
        let open = !listen.ip().is_loopback();
        ensure!(
            !open || self.sign_in != Mode::None || insecure,
            "--listen {listen}: nobody has to sign in, so the page is served on loopback only; say how people sign in \
             (--sign-in), or say --insecure-listen"
        );
        ensure!(
            !open || self.sign_in == Mode::None || self.public_url.is_some(),
            "--listen {listen}: browsers keep sessions of this page by TLS only; put a proxy that speaks it in front, and \
             say where browsers find it (--public-url https://...)"
        );
        Ok(match self.sign_in {
            Mode::None => SignIn::None,
            Mode::Token => SignIn::Token,
            Mode::Header => SignIn::Header(self.proxy()?),
            Mode::Oidc => SignIn::Oidc(Arc::new(self.oidc()?)),
        })
    }

    /// How long sessions last.
    pub(crate) fn sessions(&self) -> SessionLength {
        SessionLength {
            whole: Duration::from_secs(self.session_length.max(1)),
            idle: Duration::from_secs(self.session_idle.max(1)),
        }
    }

    /// Where browsers find the page.
    pub(crate) fn public_url(&self) -> Option<String> {
        self.public_url.clone()
    }

    fn proxy(&self) -> anyhow::Result<ProxySignIn> {
        let name = |flag: &str, name: &str| {
            let parsed = name.parse();
            parsed.with_context(|| format!("--{flag} {name}: this is no name of a header"))
        };
        let secret = secret("proxy-secret-file", self.proxy_secret_file.as_deref())?;
        let proxy = ProxySignIn {
            user: name("proxy-user-header", &self.proxy_user_header)?,
            groups: Some(name("proxy-groups-header", &self.proxy_groups_header)?),
            addresses: self.proxy_address.clone(),
            secret: match secret {
                Some(secret) => Some((name("proxy-secret-header", "x-plumb-proxy-secret")?, secret)),
                None => None,
            },
        };
        ensure!(
            proxy.is_named(),
            "--sign-in header: anybody could send such a header; say which proxy's counts, by its address \
             (--proxy-address) or by a secret that it sends (--proxy-secret-file)"
        );
        Ok(proxy)
    }

    fn oidc(&self) -> anyhow::Result<OidcSignIn> {
        let needed = |flag: &str, value: &Option<String>| {
            let value = value.clone();
            value.with_context(|| format!("--sign-in oidc needs --{flag}"))
        };
        let issuer = needed("oidc-issuer", &self.oidc_issuer)?;
        let client = needed("oidc-client-id", &self.oidc_client_id)?;
        let secret = secret("oidc-client-secret-file", self.oidc_client_secret_file.as_deref())?;
        let mut oidc = OidcSignIn::new(&issuer, &client, secret);
        oidc.scopes.clone_from(&self.oidc_scopes);
        oidc.name = (
            self.oidc_username_claim.clone(),
            self.oidc_username_prefix.clone(),
        );
        oidc.groups = (self.oidc_groups_claim.clone(), self.oidc_groups_prefix.clone());
        Ok(oidc)
    }
}

fn secret(flag: &str, path: Option<&Path>) -> anyhow::Result<Option<Token>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("--{flag} {} cannot be read", path.display()))?;
    let text = text.trim();
    ensure!(!text.is_empty(), "--{flag} {}: the file is empty", path.display());
    Ok(Some(Token::new(text)))
}
