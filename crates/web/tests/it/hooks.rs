//! Webhooks of the forges, signed well, badly and not at all.

use aws_lc_rs::hmac;
use plumb_web::WebOptions;
use serde_json::{Value, json};

use crate::{
    client::{Answer, send},
    world::{SECRET, World},
};

const BODY: &str =
    r#"{"ref": "refs/heads/main", "repository": {"clone_url": "https://forge.example/o/r.git"}}"#;

async fn signed() -> World {
    World::with(WebOptions {
        hook_secret: Some(SECRET.to_owned()),
        ..WebOptions::default()
    })
    .await
}

async fn hook(world: &World, lines: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![("Content-Type", "application/json"), ("Host", "plumb.example")];
    all.extend(lines);
    send(world.address(), "POST", "/hooks/git", &all, body).await
}

fn signature(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, BODY.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_forge_is_heard_and_followers_are_told() {
    let world = signed().await;
    let good = signature(SECRET);
    for lines in [
        [
            ("X-GitHub-Event", "push"),
            ("X-Hub-Signature-256", &format!("sha256={good}")),
        ],
        [("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Token", SECRET)],
        [("X-Gitea-Event", "push"), ("X-Gitea-Signature", &good)],
        [("X-Forgejo-Event", "push"), ("X-Forgejo-Signature", &good)],
    ] {
        let mut pushes = world.line.board.pushes();
        let answer = hook(&world, &lines, BODY).await;
        assert_eq!(answer.status, 202, "{lines:?}: {}", answer.body);
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(
            told,
            json!({"repositories": ["https://forge.example/o/r.git"], "followers": 1})
        );
        assert_eq!(pushes.try_recv().unwrap().urls, ["https://forge.example/o/r.git"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_and_missing_signatures_are_refused() {
    let world = signed().await;
    let mut pushes = world.line.board.pushes();
    let bad = signature("another secret");
    for lines in [
        vec![("X-GitHub-Event", "push")],
        vec![("X-GitHub-Event", "push"), ("X-Hub-Signature-256", "sha256=")],
        vec![("X-GitHub-Event", "push"), ("X-Hub-Signature-256", &*bad)],
        vec![("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Token", "open")],
        vec![("X-Gitea-Event", "push"), ("X-Gitea-Signature", &bad)],
        vec![("X-Forgejo-Event", "push"), ("X-Forgejo-Signature", &bad)],
    ] {
        let answer = hook(&world, &lines, BODY).await;
        assert_eq!(answer.status, 401, "{lines:?}");
        answer.has("secret at the forge");
    }
    let (good, changed) = (
        format!("sha256={}", signature(SECRET)),
        BODY.replace("o/r", "o/x"),
    );
    assert_eq!(
        hook(&world, &[("X-Hub-Signature-256", &good)], &changed)
            .await
            .status,
        401,
        "another body"
    );
    assert!(pushes.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_push_tells_nobody() {
    let world = World::start().await;
    let mut pushes = world.line.board.pushes();
    assert_eq!(
        hook(&world, &[("X-GitHub-Event", "ping")], r#"{"zen": "x"}"#)
            .await
            .status,
        202
    );
    assert_eq!(
        hook(&world, &[("X-GitHub-Event", "push")], r#"{"something": "else"}"#)
            .await
            .status,
        400
    );
    assert_eq!(hook(&world, &[], "not JSON").await.status, 400);
    assert_eq!(
        hook(&world, &[("Origin", "http://evil.example")], BODY)
            .await
            .status,
        403
    );
    assert!(pushes.try_recv().is_err());
    let large = format!("{{\"x\": \"{}\"}}", "x".repeat(5 << 20));
    assert_eq!(hook(&world, &[], &large).await.status, 413);
}
