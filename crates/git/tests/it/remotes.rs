//! What a build reads beside its own repository.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    time::Duration,
};

use plumb_git::{Remotes, Repositories};
use plumb_kustomize::{Host as _, RemoteRepository};
use plumb_model::EntryKind;

use crate::{
    fixture::{Fixture, git_in, path},
    http_server::{Behaviour, HttpServer},
};

fn asked(url: &str, reference: &str) -> RemoteRepository {
    RemoteRepository {
        url: url.to_owned(),
        reference: reference.to_owned(),
        submodules: true,
        ..RemoteRepository::default()
    }
}

fn remotes(fixture: &Fixture) -> Remotes {
    Remotes::new(Arc::new(fixture.repositories())).with_local(true)
}

#[test]
fn references_are_those_of_git_fetch() {
    let fixture = Fixture::new();
    let first = fixture.commit("a.yaml", "a: 1\n");
    fixture.git("tag v1");
    fixture.git("branch both");
    let second = fixture.commit("a.yaml", "a: 2\n");
    fixture.git("tag both");
    fixture.git("tag v1.9.0");
    fixture.git(&format!("update-ref refs/pull/7/head {first}"));
    let remotes = remotes(&fixture);
    let url = format!("file://{}", fixture.path().display());
    for (reference, commit) in [
        ("", &second),
        ("HEAD", &second),
        ("main", &second),
        ("v1", &first),
        ("both", &second),
        ("refs/heads/both", &first),
        ("heads/both", &first),
        ("pull/7/head", &first),
        (first.as_str(), &first),
    ] {
        let checkout = remotes
            .repository(&asked(&url, reference))
            .map_err(|error| error.0);
        let checkout = checkout.unwrap_or_else(|error| panic!("{reference:?}: {error}"));
        assert_eq!(checkout.commit, commit.as_str(), "{reference:?}");
    }
    let error = remotes.repository(&asked(&url, "mian")).err().unwrap();
    assert!(
        error.0.contains("\"mian\" not found; near are \"main\""),
        "{error}"
    );
}

#[test]
fn a_mirror_is_not_refreshed_twice_and_a_known_commit_needs_no_network() {
    let fixture = Fixture::new();
    let first = fixture.commit("base/a.yaml", "a: 1\n");
    let server = HttpServer::start(&fixture.scratch(""), Behaviour::default());
    let url = format!("http://127.0.0.1:{}/repo", server.port);
    let remotes = Remotes::new(Arc::new(fixture.repositories()));
    let checkout = remotes.repository(&asked(&url, "main")).unwrap();
    assert_eq!(checkout.commit, first.as_str());
    assert_eq!(&checkout.tree.read(&path("base/a.yaml")).unwrap()[..], b"a: 1\n");
    let requests = server.count();
    remotes.repository(&asked(&url, "main")).unwrap();
    remotes.repository(&asked(&url, "")).unwrap();
    assert_eq!(server.count(), requests, "asked again");

    let second = fixture.commit("base/a.yaml", "a: 2\n");
    let impatient = remotes.clone().with_max_age(Duration::ZERO);
    assert_eq!(
        impatient.repository(&asked(&url, "main")).unwrap().commit,
        second.as_str()
    );
    assert_eq!(impatient.commit(&url, "main").unwrap(), second);
    drop((remotes, impatient, checkout));

    // Another process: the mirror is there, and nothing is asked.
    let requests = server.count();
    let remotes = Remotes::new(Arc::new(fixture.repositories())).with_max_age(Duration::ZERO);
    let checkout = remotes.repository(&asked(&url, first.as_str())).unwrap();
    assert_eq!(&checkout.tree.read(&path("base/a.yaml")).unwrap()[..], b"a: 1\n");
    assert_eq!(server.count(), requests, "asked though the commit is here");
}

#[test]
fn a_timeout_is_kept() {
    let fixture = Fixture::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let remotes = Remotes::new(Arc::new(fixture.repositories()));
    let slow = RemoteRepository {
        timeout: Some(1),
        ..asked(&format!("http://ann:s3cret@127.0.0.1:{port}/x"), "main")
    };
    let error = remotes.repository(&slow).err().unwrap().0;
    assert!(error.contains("no answer within 1s"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn this_machine_is_read_only_where_that_is_allowed() {
    let fixture = Fixture::new();
    fixture.commit("a.yaml", "a: 1\n");
    let remotes = Remotes::new(Arc::new(fixture.repositories()));
    let url = format!("file://{}", fixture.path().display());
    let error = remotes.repository(&asked(&url, "")).err().unwrap().0;
    assert!(
        error.contains("a repository of this machine is not read here"),
        "{error}"
    );
}

#[test]
fn submodules_are_folders() {
    let inner = Fixture::new();
    inner.commit("deep.yaml", "deep: 1\n");
    let middle = Fixture::new();
    middle.commit("app/x.yaml", "x: 1\n");
    let add = |fixture: &Fixture, url: &str, place: &str| {
        let words = [
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            url,
            place,
        ];
        git_in(&fixture.path(), &words);
    };
    add(&middle, inner.path().to_str().unwrap(), "libs/inner");
    middle.commit("more.yaml", "m: 1\n");
    let outer = Fixture::new();
    outer.commit("kustomization.yaml", "resources: [sub/app]\n");
    add(&outer, &format!("file://{}", middle.path().display()), "sub");
    outer.commit("last.yaml", "l: 1\n");

    let url = format!("file://{}", outer.path().display());
    let tree = remotes(&outer).repository(&asked(&url, "")).unwrap().tree;
    assert_eq!(
        tree.entry(&path("sub")).unwrap().unwrap().kind,
        EntryKind::Directory
    );
    assert_eq!(&tree.read(&path("sub/app/x.yaml")).unwrap()[..], b"x: 1\n");
    assert_eq!(
        &tree.read(&path("sub/libs/inner/deep.yaml")).unwrap()[..],
        b"deep: 1\n"
    );
    assert_eq!(tree.size(&path("sub/app/x.yaml")).unwrap(), 5);
    assert_eq!(tree.entry(&path("sub/nothing")).unwrap(), None);
    let names = |at: &str| -> Vec<(String, EntryKind)> {
        let listing = tree.list(&path(at)).unwrap();
        listing
            .into_iter()
            .map(|(name, entry)| (name.into(), entry.kind))
            .collect()
    };
    assert!(names("").contains(&("sub".into(), EntryKind::Directory)));
    assert!(names("sub").contains(&("app".into(), EntryKind::Directory)));
    assert!(names("sub/libs").contains(&("inner".into(), EntryKind::Directory)));

    let without = RemoteRepository {
        submodules: false,
        ..asked(&url, "")
    };
    let tree = remotes(&outer).repository(&without).unwrap().tree;
    assert_eq!(
        tree.entry(&path("sub")).unwrap().unwrap().kind,
        EntryKind::Submodule
    );
    assert_eq!(tree.entry(&path("sub/app")).unwrap(), None);
}

#[test]
fn a_submodule_cannot_lead_to_this_machine() {
    let secret = Fixture::new();
    let commit = secret.commit("secret.yaml", "s: 1\n");
    let fixture = Fixture::new();
    let text = format!(
        "[submodule \"x\"]\n\tpath = x\n\turl = file://{}\n",
        secret.path().display()
    );
    fixture.commit(".gitmodules", &text);
    fixture.git(&format!("update-index --add --cacheinfo 160000,{commit},x"));
    git_in(&fixture.path(), &["commit", "-q", "-m", "Add x"]);
    let server = HttpServer::start(&fixture.scratch(""), Behaviour::default());
    let url = format!("http://127.0.0.1:{}/repo", server.port);
    let error = remotes(&fixture).repository(&asked(&url, "")).err().unwrap().0;
    assert!(error.contains("is a repository of this machine"), "{error}");
}

/// Answers every request alike, once per answer.
fn serve(answers: Vec<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

fn answer(status: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n{body}")
}

#[test]
fn files_on_the_web_are_read() {
    let fixture = Fixture::new();
    let remotes = Remotes::new(Arc::<Repositories>::new(fixture.repositories()));
    let redirect = answer("302 Found", "Location: /there\r\n", "");
    let port = serve(vec![redirect, answer("200 OK", "", "kind: A\n")]);
    let content = remotes.file(&format!("http://127.0.0.1:{port}/a.yaml")).unwrap();
    assert_eq!(&content[..], b"kind: A\n");

    let port = serve(vec![answer("404 Not Found", "", "no")]);
    let url = format!("http://ann:s3cret@127.0.0.1:{port}/a.yaml?token=t0ken");
    let error = remotes.file(&url).err().unwrap().0;
    assert!(error.contains("HTTP 404"), "{error}");
    assert!(!error.contains("s3cret") && !error.contains("t0ken"), "{error}");

    let many = vec![answer("302 Found", "Location: /again\r\n", ""); 20];
    let port = serve(many);
    let error = remotes
        .file(&format!("http://127.0.0.1:{port}/a"))
        .err()
        .unwrap()
        .0;
    assert!(error.contains("redirected too often"), "{error}");

    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", 40 << 20);
    let port = serve(vec![huge]);
    let error = remotes
        .file(&format!("http://127.0.0.1:{port}/a"))
        .err()
        .unwrap()
        .0;
    assert!(
        error.contains("over the limit of 32 MiB") || error.contains("a:"),
        "{error}"
    );
}
