//! Repositories behind HTTP are mirrored, and what the other end does wrong is told.

use std::{
    io::Read as _,
    net::TcpListener,
    time::{Duration, Instant},
};

use base64::Engine as _;
use plumb_git::{Credentials, GitError, Repositories};
use plumb_model::{CommitId, Reference, Tree as _, TreeError};

use crate::{
    fixture::{Fixture, path},
    http_server::{Behaviour, HttpServer, authority},
};

fn serve(fixture: &Fixture, behaviour: Behaviour) -> HttpServer {
    HttpServer::start(&fixture.scratch(""), behaviour)
}

fn url(server: &HttpServer) -> String {
    format!("http://127.0.0.1:{}/repo/.git", server.port)
}

fn basic(text: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

#[test]
fn a_mirror_follows_its_remote() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    fixture.git("tag -a v1.0.0 -m one");
    fixture.git("branch gone");
    let server = serve(&fixture, Behaviour::default());
    let repository = fixture.repositories().repository(&url(&server), None).unwrap();
    let head = repository.resolve(&Reference::Head).unwrap();
    assert_eq!((&head.commit, head.name.as_deref()), (&first, Some("main")));
    assert_eq!(
        repository
            .resolve(&Reference::SemVer("^1".into()))
            .unwrap()
            .commit,
        first
    );
    assert_eq!(
        &repository.tree(&first).unwrap().read(&path("a")).unwrap()[..],
        b"1"
    );
    assert_eq!(repository.local_path(), None);
    let before = server.count();
    assert!(!repository.refresh().unwrap().changed);
    assert_eq!(server.count() - before, 2, "the handshake and one listing");

    let second = fixture.commit("a", "2");
    fixture.git("branch -D gone");
    fixture.git("branch gone/below");
    assert!(repository.refresh().unwrap().changed);
    assert_eq!(repository.resolve(&Reference::Head).unwrap().commit, second);
    assert!(repository.resolve(&Reference::Branch("gone".into())).is_err());
    assert_eq!(
        repository
            .resolve(&Reference::Branch("gone/below".into()))
            .unwrap()
            .commit,
        second
    );
    assert!(repository.is_ancestor(&first, &second).unwrap());

    fixture.git("reset -q --hard HEAD~1");
    let forced = fixture.commit("b", "3");
    assert!(repository.refresh().unwrap().changed);
    assert_eq!(
        repository
            .resolve(&Reference::Branch("main".into()))
            .unwrap()
            .commit,
        forced
    );
    assert!(!repository.is_ancestor(&second, &forced).unwrap());
}

#[test]
fn a_mirror_outlives_its_process() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let server = serve(&fixture, Behaviour::default());
    let open = || fixture.repositories().repository(&url(&server), None).unwrap();
    open().refresh().unwrap();
    // As a crash leaves it.
    let mirror = std::fs::read_dir(fixture.scratch("mirrors"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(mirror.join("0/packed-refs.lock"), "").unwrap();
    let before = server.count();
    let repository = open();
    assert_eq!(repository.resolve(&Reference::Head).unwrap().commit, first);
    assert_eq!(server.count() - before, 2, "nothing is fetched again");
    let second = fixture.commit("a", "2");
    assert!(repository.refresh().unwrap().changed);
    assert_eq!(repository.resolve(&Reference::Head).unwrap().commit, second);
}

#[test]
fn what_no_branch_holds_is_fetched_when_asked_for() {
    let fixture = Fixture::new();
    let kept = fixture.commit("a", "1");
    let lost = fixture.commit("a", "2");
    fixture.git("update-ref refs/pull/7/head HEAD");
    fixture.git("reset -q --hard HEAD~1");
    let server = serve(&fixture, Behaviour::default());
    let repository = fixture.repositories().repository(&url(&server), None).unwrap();
    assert_eq!(repository.resolve(&Reference::Head).unwrap().commit, kept);
    let by_id = repository.resolve(&Reference::Commit(lost.clone())).unwrap();
    assert_eq!((by_id.commit, by_id.name), (lost.clone(), None));
    assert_eq!(
        &repository.tree(&lost).unwrap().read(&path("a")).unwrap()[..],
        b"2"
    );
    let name = Reference::Name("refs/pull/7/head".into());
    assert_eq!(repository.resolve(&name).unwrap().commit, lost);
    fixture.git("update-ref refs/pull/7/head main");
    assert!(
        repository.refresh().unwrap().changed,
        "a name that was asked for is followed"
    );
    assert_eq!(repository.resolve(&name).unwrap().commit, kept);
    for absent in [
        Reference::Commit(CommitId::parse(&"12".repeat(20)).unwrap()),
        Reference::Name("refs/pull/8/head".into()),
    ] {
        let error = repository.resolve(&absent).unwrap_err();
        assert!(matches!(error, GitError::ReferenceNotFound { .. }), "{error}");
    }
    assert!(!repository.refresh().unwrap().changed);
}

#[test]
fn empty_and_detached_and_sha256_remotes_are_followed() {
    let fixture = Fixture::new();
    let server = serve(&fixture, Behaviour::default());
    let repositories = fixture.repositories();
    let repository = repositories.repository(&url(&server), None).unwrap();
    let error = repository.resolve(&Reference::Head).unwrap_err();
    assert!(error.to_string().ends_with("the repository is empty"), "{error}");
    fixture.commit("a", "1");
    fixture.git("checkout -q --detach");
    let detached = fixture.commit("a", "2");
    assert!(repository.refresh().unwrap().changed);
    let head = repository.resolve(&Reference::Head).unwrap();
    assert_eq!((head.commit, head.name.as_deref()), (detached, Some("HEAD")));

    let folder = fixture.scratch("sha256");
    std::fs::create_dir(&folder).unwrap();
    let git = |words: &str| crate::fixture::git_in(&folder, &words.split(' ').collect::<Vec<_>>());
    git("init -q -b main --object-format=sha256");
    git("commit -q --allow-empty -m one");
    let other = url(&server).replace("/repo/", "/sha256/");
    let repository = repositories.repository(&other, None).unwrap();
    assert_eq!(
        repository.resolve(&Reference::Head).unwrap().commit.as_str(),
        git("rev-parse HEAD")
    );
}

#[test]
fn passwords_and_tokens_open_and_their_lack_is_told_without_showing_them() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let behaviour = |authorization: String| Behaviour {
        authorization: Some(authorization),
        ..Behaviour::default()
    };
    let server = serve(&fixture, behaviour(basic("me:hunter2")));
    let repositories = fixture.repositories();
    let credentials = |password: &str| Credentials {
        username: Some("me".into()),
        password: Some(password.into()),
        ..Credentials::default()
    };
    let try_with = |url: &str, credentials: Option<&Credentials>| {
        repositories
            .repository(url, credentials)
            .unwrap()
            .resolve(&Reference::Head)
    };
    assert_eq!(
        try_with(&url(&server), Some(&credentials("hunter2")))
            .unwrap()
            .commit,
        first
    );
    let in_url = url(&server).replace("://", "://me:hunter2@");
    assert_eq!(try_with(&in_url, None).unwrap().commit, first);
    let wrong = try_with(&url(&server).replace("://", "://me:letmein@"), None).unwrap_err();
    assert!(matches!(wrong, GitError::Authentication { .. }), "{wrong}");
    assert!(!format!("{wrong} {wrong:?}").contains("letmein"), "{wrong:?}");
    let none = try_with(&url(&server), None).unwrap_err();
    assert!(
        none.to_string()
            .contains("credentials are needed, and none were given"),
        "{none}"
    );

    let server = serve(&fixture, behaviour("Bearer t0ken".to_owned()));
    let token = Credentials {
        bearer_token: Some("t0ken".into()),
        ..Credentials::default()
    };
    assert_eq!(try_with(&url(&server), Some(&token)).unwrap().commit, first);
}

#[test]
fn a_custom_authority_is_trusted_and_an_unknown_one_is_not() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let (ca, config) = authority();
    let behaviour = Behaviour {
        tls: Some(config),
        ..Behaviour::default()
    };
    let server = serve(&fixture, behaviour);
    let url = format!("https://localhost:{}/repo/.git", server.port);
    let repositories = fixture.repositories();
    let try_with = |credentials: Credentials| {
        repositories
            .repository(&url, Some(&credentials))?
            .resolve(&Reference::Head)
    };
    let unknown = try_with(Credentials::default()).unwrap_err();
    assert!(matches!(unknown, GitError::Tls { .. }), "{unknown}");
    let trusting = Credentials {
        ca_certificate: Some(ca),
        ..Credentials::default()
    };
    assert_eq!(try_with(trusting).unwrap().commit, first);
    let careless = Credentials {
        insecure_tls: true,
        ..Credentials::default()
    };
    assert_eq!(try_with(careless).unwrap().commit, first);
    let broken = Credentials {
        ca_certificate: Some("not a certificate".into()),
        ..Credentials::default()
    };
    assert!(matches!(try_with(broken), Err(GitError::Tls { .. })));
}

#[test]
fn redirects_are_followed_on_the_same_host_only() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "1");
    let redirect = |to: &str| Behaviour {
        redirect: Some(("/old".to_owned(), to.to_owned())),
        authorization: Some(basic("me:pw")),
        ..Behaviour::default()
    };
    let credentials = Credentials {
        username: Some("me".into()),
        password: Some("pw".into()),
        ..Credentials::default()
    };
    let repositories = fixture.repositories();
    let follow = |to: &str| {
        let server = serve(&fixture, redirect(to));
        let url = format!("http://127.0.0.1:{}/old/.git", server.port);
        repositories
            .repository(&url, Some(&credentials))
            .unwrap()
            .resolve(&Reference::Head)
    };
    assert_eq!(follow("http://127.0.0.1:{port}/repo").unwrap().commit, first);
    assert_eq!(follow("/repo").unwrap().commit, first);
    for refused in [
        "http://localhost:{port}/repo",
        "http://127.0.0.1:1/repo",
        "file:///etc",
        "/old",
    ] {
        let error = follow(refused).unwrap_err();
        assert!(error.to_string().contains("redirected"), "{refused}: {error}");
    }
}

#[test]
fn a_missing_repository_is_told() {
    let fixture = Fixture::new();
    let server = serve(&fixture, Behaviour::default());
    let url = format!("http://127.0.0.1:{}/none", server.port);
    let error = fixture
        .repositories()
        .repository(&url, None)
        .unwrap()
        .refresh()
        .unwrap_err();
    assert!(matches!(error, GitError::RepositoryNotFound { .. }), "{error}");
    let nobody = "http://127.0.0.1:1/repo";
    let error = fixture
        .repositories()
        .repository(nobody, None)
        .unwrap()
        .refresh()
        .unwrap_err();
    assert!(
        matches!(error, GitError::Network { .. }) && error.is_transient(),
        "{error}"
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let fixture = Fixture::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            held.push(stream);
        }
    });
    for scheme in ["http", "https"] {
        let mut options = fixture.options();
        options.timeout = Duration::from_secs(30);
        options.idle_timeout = Duration::from_millis(400);
        let repositories = Repositories::new(options).unwrap();
        let url = format!("{scheme}://127.0.0.1:{port}/repo");
        let start = Instant::now();
        let error = repositories
            .repository(&url, None)
            .unwrap()
            .refresh()
            .unwrap_err();
        assert!(matches!(error, GitError::Timeout { .. }), "{error}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[test]
fn a_server_that_drips_is_given_up_in_the_end() {
    let fixture = Fixture::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                use std::io::Write as _;
                let _ = stream.read(&mut [0; 1024]);
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n";
                let _ = stream.write_all(head.as_bytes());
                // A line of 65,520 bytes, for which nobody waits an hour.
                let _ = stream.write_all(b"fff0");
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
    let mut options = fixture.options();
    options.timeout = Duration::from_millis(800);
    let repositories = Repositories::new(options).unwrap();
    let start = Instant::now();
    let url = format!("http://127.0.0.1:{port}/repo");
    let error = repositories
        .repository(&url, None)
        .unwrap()
        .refresh()
        .unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}: {error}",
        start.elapsed()
    );
}

#[test]
fn more_than_the_limit_is_not_received() {
    let fixture = Fixture::new();
    // Not to be compressed.
    let mut noise = String::new();
    let mut state = 1_u64;
    for _ in 0..40_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.push_str(&format!("{:x}", state >> 33));
    }
    fixture.commit("noise", &noise);
    let server = serve(&fixture, Behaviour::default());
    let mut options = fixture.options();
    options.max_fetch_bytes = 50_000;
    let repositories = Repositories::new(options).unwrap();
    let error = repositories
        .repository(&url(&server), None)
        .unwrap()
        .refresh()
        .unwrap_err();
    assert!(matches!(error, GitError::Limit { .. }), "{error}");
}

#[test]
fn a_file_over_the_limit_does_not_keep_the_others_from_coming() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path().join("large"), vec![b'x'; 70 << 20]).unwrap();
    let commit = fixture.commit("small", "1");
    let server = serve(&fixture, Behaviour::default());
    let mut options = fixture.options();
    options.max_object_bytes = 1 << 20;
    let repositories = Repositories::new(options).unwrap();
    let repository = repositories.repository(&url(&server), None).unwrap();
    let tree = repository.tree(&commit).unwrap();
    assert_eq!(&tree.read(&path("small")).unwrap()[..], b"1");
    assert!(matches!(
        tree.read(&path("large")),
        Err(TreeError::TooLarge { .. })
    ));
}

#[test]
fn many_packs_become_one() {
    let fixture = Fixture::new();
    fixture.commit("a", "0");
    let server = serve(&fixture, Behaviour::default());
    let repository = fixture.repositories().repository(&url(&server), None).unwrap();
    let mut trees = Vec::new();
    for number in 1..60 {
        let commit = fixture.commit("a", &number.to_string());
        repository.refresh().unwrap();
        trees.push((number, repository.tree(&commit).unwrap()));
    }
    let mirror = std::fs::read_dir(fixture.scratch("mirrors"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert!(mirror.join("1/HEAD").exists(), "the next generation took over");
    for (number, tree) in &trees {
        assert_eq!(tree.read(&path("a")).unwrap(), number.to_string().as_bytes());
    }
    drop((trees, repository));
    assert!(
        !mirror.join("0").exists(),
        "the old generation goes with its last reader"
    );
}
