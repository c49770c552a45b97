//! Repositories behind SSH are mirrored from hosts that are known, with keys that they accept.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use plumb_git::{Credentials, GitError, Repositories};
use plumb_model::{Reference, Tree as _};
use russh::keys::{Algorithm, EcdsaCurve, PublicKey, ssh_key::LineEnding};

use crate::{
    fixture::{Fixture, path},
    ssh_server::{SshServer, key},
};

fn known(server: &SshServer, key: &PublicKey) -> String {
    format!("[127.0.0.1]:{} {}\n", server.port, key.to_openssh().unwrap())
}

fn url(server: &SshServer) -> String {
    format!("ssh://git@127.0.0.1:{}/repo", server.port)
}

#[test]
fn a_mirror_follows_its_remote_with_each_kind_of_key() {
    for algorithm in [
        Algorithm::Ed25519,
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
        Algorithm::Rsa { hash: None },
    ] {
        let fixture = Fixture::new();
        let first = fixture.commit("a", "1");
        let identity = key(algorithm.clone());
        let server = SshServer::start(fixture.scratch(""), identity.public_key().clone());
        let credentials = Credentials {
            ssh_identity: Some(identity.to_openssh(LineEnding::LF).unwrap().to_string()),
            known_hosts: Some(known(&server, &server.host_key)),
            ..Credentials::default()
        };
        let repository = fixture
            .repositories()
            .repository(&url(&server), Some(&credentials))
            .unwrap();
        let head = repository.resolve(&Reference::Head);
        let head = head.unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
        assert_eq!((&head.commit, head.name.as_deref()), (&first, Some("main")));
        assert!(!repository.refresh().unwrap().changed);
        // More than the window of a channel, and not to be compressed.
        let mut noise = String::new();
        let mut state = 1_u64;
        while noise.len() < 6 << 20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.push_str(&format!("{state:x}"));
        }
        let second = fixture.commit("large", &noise);
        assert!(repository.refresh().unwrap().changed);
        let tree = repository.tree(&second).unwrap();
        assert_eq!(tree.size(&path("large")).unwrap(), noise.len() as u64);
    }
}

#[test]
fn strangers_on_either_side_are_refused() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    let identity = key(Algorithm::Ed25519);
    let server = SshServer::start(fixture.scratch(""), identity.public_key().clone());
    let good = Credentials {
        ssh_identity: Some(identity.to_openssh(LineEnding::LF).unwrap().to_string()),
        known_hosts: Some(known(&server, &server.host_key)),
        ..Credentials::default()
    };
    let repositories = fixture.repositories();
    let try_with = |credentials: Credentials| {
        repositories
            .repository(&url(&server), Some(&credentials))?
            .refresh()
    };

    let unknown = Credentials {
        known_hosts: None,
        ..good.clone()
    };
    let error = try_with(unknown.clone()).unwrap_err();
    assert!(
        matches!(&error, GitError::HostKey { why, .. } if why.contains("not in known_hosts")),
        "{error}"
    );
    let other = Credentials {
        known_hosts: Some(known(&server, key(Algorithm::Ed25519).public_key())),
        ..good.clone()
    };
    let error = try_with(other).unwrap_err();
    assert!(
        matches!(&error, GitError::HostKey { why, .. } if why.contains("not its key")),
        "{error}"
    );
    let careless = Credentials {
        insecure_host_key: true,
        ..unknown
    };
    assert!(try_with(careless).is_ok());

    let stranger = key(Algorithm::Ed25519)
        .to_openssh(LineEnding::LF)
        .unwrap()
        .to_string();
    let error = try_with(Credentials {
        ssh_identity: Some(stranger),
        ..good.clone()
    })
    .unwrap_err();
    assert!(matches!(error, GitError::Authentication { .. }), "{error}");
    let error = try_with(Credentials {
        ssh_identity: None,
        ..good.clone()
    })
    .unwrap_err();
    assert!(
        error.to_string().contains("an SSH private key is needed"),
        "{error}"
    );
    let error = try_with(Credentials {
        ssh_identity: Some("not a key".into()),
        ..good.clone()
    })
    .unwrap_err();
    assert!(matches!(error, GitError::Credentials { .. }), "{error}");

    let missing = url(&server).replace("/repo", "/none");
    let error = repositories
        .repository(&missing, Some(&good))
        .unwrap()
        .refresh()
        .unwrap_err();
    assert!(matches!(error, GitError::RepositoryNotFound { .. }), "{error}");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let fixture = Fixture::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut options = fixture.options();
    options.idle_timeout = Duration::from_millis(400);
    let repositories = Repositories::new(options).unwrap();
    let start = Instant::now();
    let repository = repositories
        .repository(&format!("ssh://git@127.0.0.1:{port}/repo"), None)
        .unwrap();
    let error = repository.refresh().unwrap_err();
    assert!(matches!(error, GitError::Timeout { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}
