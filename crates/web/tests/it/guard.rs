//! Who may change something: only forms of our own.

use crate::{
    client::{get, send, submit},
    world::{APP, World},
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[tokio::test(flavor = "multi_thread")]
async fn forms_without_our_token_are_refused() {
    let world = World::start().await;
    for form in [
        "",
        "token=",
        "token=0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        let answer = submit(world.address(), &format!("{APP}/rollback/0"), form).await;
        assert_eq!(answer.status, 403, "{form}");
        answer.has("token");
    }
    assert!(world.hold().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_other_origins_are_refused() {
    let world = World::start().await;
    let own = format!("http://{}", world.address());
    let form = format!("token={}", world.token().await);
    let foreign: [&[(&str, &str)]; 4] = [
        &[FORM],
        &[FORM, ("Origin", "http://evil.example")],
        &[FORM, ("Origin", "null")],
        &[FORM, ("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
    ];
    for lines in foreign {
        let answer = send(
            world.address(),
            "POST",
            &format!("{APP}/rollback/0"),
            lines,
            &form,
        )
        .await;
        assert_eq!(answer.status, 403, "{lines:?}");
        answer.has("Origin");
    }
    assert!(world.hold().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_names_that_point_here_are_refused() {
    let world = World::start().await;
    for path in ["/", APP, "/api/v1/apps", "/events"] {
        let answer = send(world.address(), "GET", path, &[("Host", "evil.example")], "").await;
        assert_eq!(answer.status, 403, "{path}");
        answer.lacks("shop").has("this machine only");
    }
    let local = format!("localhost:{}", world.address().port());
    assert_eq!(
        send(world.address(), "GET", "/", &[("Host", &local)], "")
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_by_a_link() {
    let world = World::start().await;
    for action in ["sync", "refresh", "release"] {
        assert_eq!(
            get(world.address(), &format!("{APP}/{action}")).await.status,
            405,
            "{action}"
        );
    }
}
