//! Ways to sign in, and ways that people try to get in without.

use std::time::Duration;

use plumb_web::{OnceSignIn, Page, ProxySignIn, SessionLength, SignIn, Token, WebError, WebOptions};

use crate::{
    client::{form_token, get, get_as, send, submit, submit_as},
    live::Events,
    rights::{account, allow, token},
    world::{APP, World},
};

pub(crate) async fn world(sign_in: SignIn) -> World {
    World::with(WebOptions {
        sign_in,
        ..WebOptions::default()
    })
    .await
}

fn path(once: &OnceSignIn) -> String {
    once.paths().borrow().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_works_once_and_then_another_does() {
    let once = OnceSignIn::new().unwrap();
    let world = world(SignIn::Once(once.clone())).await;
    let stranger = get(world.address(), APP).await;
    assert_eq!(stranger.status, 303);
    assert_eq!(
        stranger.header("location"),
        "/sign-in?back=%2Fapps%2Fapplication%2Fargocd%2Fshop"
    );
    let first = path(&once);
    // A browser that guesses where somebody will go uses nothing up.
    let guessed = send(
        world.address(),
        "GET",
        &first,
        &[("Sec-Purpose", "prefetch;prerender")],
        "",
    )
    .await;
    assert_eq!((guessed.status, path(&once) == first), (401, true));
    let answer = get(world.address(), &first).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/"),
        "{}",
        answer.body
    );
    let line = answer.header("set-cookie").to_owned();
    assert!(
        line.contains("HttpOnly") && line.contains("SameSite=Lax") && !line.contains("Secure"),
        "{line}"
    );
    get_as(world.address(), &answer.cookie(), "/").await.has("shop");
    let again = get(world.address(), &first).await;
    assert_eq!((again.status, again.header("set-cookie")), (401, ""));
    again.has("used already").lacks(first.split('=').nth(1).unwrap());
    assert_ne!(path(&once), first);
    assert_eq!(get(world.address(), &path(&once)).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_show_the_key_and_change_nothing_with_it() {
    let once = OnceSignIn::new().unwrap();
    let world = world(SignIn::Once(once.clone())).await;
    let (good, bad) = (
        format!("Bearer {}", once.key()),
        format!("Bearer {}", "0".repeat(64)),
    );
    for (key, status) in [(&good, 200), (&bad, 401)] {
        let answer = send(
            world.address(),
            "GET",
            "/api/v1/apps",
            &[("Authorization", key)],
            "",
        )
        .await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let origin = format!("http://{}", world.address());
    let lines = [
        ("Authorization", &*good),
        ("Origin", &origin),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let answer = send(
        world.address(),
        "POST",
        &format!("{APP}/rollback/0"),
        &lines,
        "token=",
    )
    .await;
    assert_eq!(answer.status, 401);
    assert!(world.hold().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_foreign_cookies_open_nothing() {
    let once = OnceSignIn::new().unwrap();
    let world = world(SignIn::Once(once.clone())).await;
    let good = get(world.address(), &path(&once)).await.cookie();
    let (name, value) = good.split_once('=').unwrap();
    let (id, tag) = value.split_once('.').unwrap();
    let turned: String = tag.chars().map(|it| if it == '0' { '1' } else { '0' }).collect();
    for forged in [
        format!("{name}={id}"),
        format!("{name}={id}."),
        format!("{name}={id}.{turned}"),
        format!("{name}={}.{tag}", "0".repeat(64)),
        format!("{name}="),
        format!("{name}-oidc={value}"),
        // One of two could be anybody's.
        format!("{good}; {good}"),
    ] {
        assert_eq!(
            get_as(world.address(), &forged, "/").await.status,
            303,
            "{forged}"
        );
    }
    assert_eq!(get_as(world.address(), &good, "/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_themselves_and_lead_back() {
    let once = OnceSignIn::new().unwrap();
    let world = World::with(WebOptions {
        sign_in: SignIn::Once(once.clone()),
        sessions: SessionLength {
            whole: Duration::from_millis(2500),
            idle: Duration::from_millis(900),
        },
        ..WebOptions::default()
    })
    .await;
    let idle = get(world.address(), &path(&once)).await.cookie();
    let busy = get(world.address(), &path(&once)).await.cookie();
    let page = get_as(world.address(), &idle, APP).await;
    let form = format!("token={}", form_token(&page));
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(350)).await;
        assert_eq!(
            get_as(world.address(), &busy, "/").await.status,
            200,
            "what is used goes on"
        );
    }
    let answer = get_as(world.address(), &idle, &format!("{APP}/diff")).await;
    assert_eq!(
        answer.header("location"),
        "/sign-in?back=%2Fapps%2Fapplication%2Fargocd%2Fshop%2Fdiff"
    );
    let late = submit_as(world.address(), &idle, &format!("{APP}/rollback/0"), &form).await;
    assert_eq!(late.status, 401);
    late.has("Nothing was done");
    assert!(world.hold().await.is_null());
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert_eq!(
        get_as(world.address(), &busy, "/").await.status,
        303,
        "and ends all the same"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_one_session_is_none_of_another() {
    let once = OnceSignIn::new().unwrap();
    let world = world(SignIn::Once(once.clone())).await;
    let mine = get(world.address(), &path(&once)).await.cookie();
    let theirs = get(world.address(), &path(&once)).await.cookie();
    let (one, two) = (
        form_token(&get_as(world.address(), &mine, APP).await),
        form_token(&get_as(world.address(), &mine, APP).await),
    );
    assert_ne!(one, two, "pages are compressed, so tokens must not repeat");
    let action = format!("{APP}/rollback/0");
    let answer = submit_as(world.address(), &theirs, &action, &format!("token={one}")).await;
    assert_eq!(answer.status, 403);
    assert!(world.hold().await.is_null());
    let answer = submit_as(world.address(), &mine, &action, &format!("token={one}")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_the_cluster_open_and_others_do_not() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    for bad in ["", "nonsense", "a.b.c", "t%0d%0aHost: x", &token("nobody")] {
        let answer = submit(world.address(), "/sign-in", &format!("token={bad}&back=/")).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (401, ""), "{bad}");
        if bad.len() > 8 {
            answer.lacks(bad);
        }
    }
    for (back, to) in [
        (APP, APP),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/sign-in", "/"),
    ] {
        let form = format!("token={}&back={back}", token("kim"));
        let answer = submit(world.address(), "/sign-in", &form).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, to),
            "{}",
            answer.body
        );
    }
    let form = format!("token={}", token("kim"));
    let foreign = [
        ("Origin", "http://evil.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        send(world.address(), "POST", "/sign-in", &foreign, &form)
            .await
            .status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_everywhere() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    allow(&world, "kim", &["get", "list"]).await;
    let form = format!("token={}", token("kim"));
    let cookie = submit(world.address(), "/sign-in", &form).await.cookie();
    let page = get_as(world.address(), &cookie, "/").await;
    page.has("system:serviceaccount:shop:kim").has("Sign out");
    let mut events = Events::open_as(&world, &cookie, "sort=need").await;
    events.next("reset").await;
    let answer = submit_as(world.address(), &cookie, "/sign-out", "token=").await;
    assert_eq!(answer.status, 403, "nobody is signed out by another site");
    let form = format!("token={}", form_token(&page));
    let answer = submit_as(world.address(), &cookie, "/sign-out", &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/sign-in?out=true")
    );
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    events.next("bye").await;
    assert_eq!(
        get_as(world.address(), &cookie, "/").await.status,
        303,
        "the old cookie opens nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    let mut seen = Vec::new();
    for _ in 0..13 {
        seen.push(submit(world.address(), "/sign-in", "token=guess").await.status);
    }
    assert_eq!(seen[..10], [401; 10]);
    assert!(seen[10..].contains(&429), "{seen:?}");
    let held = submit(world.address(), "/sign-in", &format!("token={}", token("kim"))).await;
    assert_eq!(held.status, 429);
    assert!(held.header("retry-after").parse::<u64>().unwrap() <= 7);
    let api = send(
        world.address(),
        "GET",
        "/api/v1/apps",
        &[("Authorization", "Bearer x")],
        "",
    )
    .await;
    assert_eq!(api.status, 429, "programs guess no faster");
}

fn proxy(addresses: &[&str], secret: Option<&str>) -> SignIn {
    SignIn::Header(ProxySignIn {
        user: "x-forwarded-user".parse().unwrap(),
        groups: Some("x-forwarded-groups".parse().unwrap()),
        addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(),
        secret: secret.map(|it| ("x-plumb-proxy-secret".parse().unwrap(), Token::new(it))),
    })
}

const KIM: (&str, &str) = ("X-Forwarded-User", "kim@example.org");

#[tokio::test(flavor = "multi_thread")]
async fn only_the_named_proxy_says_who_somebody_is() {
    let far = world(proxy(&["10.1.2.3"], None)).await;
    let answer = send(far.address(), "GET", "/", &[KIM], "").await;
    assert_eq!(answer.status, 403, "it comes from another address");
    answer.lacks("shop");

    let world = world(proxy(&["127.0.0.1"], Some("s3cret"))).await;
    let secret = ("X-Plumb-Proxy-Secret", "s3cret");
    for lines in [
        vec![KIM],
        vec![KIM, ("X-Plumb-Proxy-Secret", "guess")],
        vec![KIM, secret, secret],
        vec![secret],
        vec![("X-Forwarded-User", " "), secret],
        vec![KIM, ("X-Forwarded-User", "root@example.org"), secret],
        vec![("X-Forwarded-User", "system:admin"), secret],
        vec![
            ("X-Forwarded-User", "system:serviceaccount:kube-system:x"),
            secret,
        ],
    ] {
        let answer = send(world.address(), "GET", "/", &lines, "").await;
        assert_eq!(answer.status, 403, "{lines:?}");
        answer.lacks("s3cret");
    }
    // A group of the cluster's own is not taken from a proxy: `system:masters` may do everything.
    let lines = [KIM, secret, ("X-Forwarded-Groups", "dev, system:masters")];
    let answer = send(world.address(), "GET", "/", &lines, "").await;
    assert_eq!(answer.status, 200);
    answer
        .has("kim@example.org")
        .lacks("href=\"/apps/application/argocd/shop\"");
    let one = send(world.address(), "GET", APP, &lines, "").await;
    assert_eq!(one.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_is_checked_and_makes_cookies_secure() {
    let options = |url: &str| WebOptions {
        sign_in: SignIn::Token,
        public_url: Some(url.to_owned()),
        ..WebOptions::default()
    };
    let world = World::with(options("https://plumb.example.org")).await;
    account(&world, "kim").await;
    let form = format!("token={}", token("kim"));
    let lines = |origin: &'static str| {
        [
            ("Host", "plumb.example.org"),
            ("Origin", origin),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]
    };
    let answer = send(
        world.address(),
        "POST",
        "/sign-in",
        &lines("https://plumb.example.org"),
        &form,
    )
    .await;
    let line = answer.header("set-cookie").to_owned();
    assert!(
        line.starts_with("__Host-plumb-") && line.ends_with("; Secure"),
        "{line}"
    );
    let foreign = send(
        world.address(),
        "POST",
        "/sign-in",
        &lines("https://evil.example"),
        &form,
    )
    .await;
    assert_eq!(foreign.status, 403);
    let other = send(world.address(), "GET", "/", &[("Host", "evil.example")], "").await;
    assert_eq!(other.status, 403);
    for wrong in [
        "http://plumb.example.org",
        "plumb.example.org",
        "https://x/y",
        "ftp://x",
        "https://a@b",
    ] {
        let error = Page::start(options(wrong), world.line.clone()).await.unwrap_err();
        assert!(matches!(error, WebError::PublicUrl(_)), "{wrong}");
    }
}
