//! Where signing in leads to, and what tokens look like.

use super::*;

#[test]
fn only_places_of_ours_are_led_to() {
    for ours in ["/", "/apps/a/b/c?x=1", "/api/v1/apps"] {
        assert_eq!(place(ours), ours);
    }
    for other in [
        "",
        "x",
        "//x",
        "/\\x",
        "https://x",
        "/a\nb",
        "/sign-in",
        "/sign-out",
        "javascript:alert(1)",
    ] {
        assert_eq!(place(other), "/", "{other:?}");
    }
}

#[test]
fn tokens_are_never_shown() {
    let token = Token::new("s3cret");
    assert_eq!(format!("{token:?}"), "Token(<hidden>)");
    assert!(!format!("{:?}", SignIn::Once(OnceSignIn::new().unwrap())).contains("once="));
}
