//! Signatures, tokens of forms, buckets and what is seen.

use std::net::IpAddr;

use plumb_model::UnitKind;

use super::*;
use crate::gate::keys::masked;

#[test]
fn what_is_signed_for_one_use_is_not_for_another() {
    let (keys, others) = (Keys::new().unwrap(), Keys::new().unwrap());
    let signed = keys.sign("session", "a.b");
    assert_eq!(keys.open("session", &signed), Some("a.b"));
    assert_eq!(keys.open("oidc", &signed), None);
    assert_eq!(others.open("session", &signed), None);
    assert_eq!(keys.open("session", &signed.replace("a.b", "a.c")), None);
    for odd in ["", ".", "a", "a.zz", "a.é", "a.123"] {
        assert_eq!(keys.open("session", odd), None, "{odd}");
    }
}

#[test]
fn tokens_look_different_and_are_the_same() {
    let token = Keys::new().unwrap().form("kim");
    let (one, two) = (masked(&token), masked(&token));
    assert_ne!(one, two);
    assert_eq!(unmasked(&one), Some(token.clone()));
    assert_eq!(unmasked(&two), Some(token));
    assert_eq!(masked(""), "");
    for odd in ["", "00", &"0".repeat(64), "zz", "é"] {
        assert_eq!(unmasked(odd), None, "{odd}");
    }
}

#[test]
fn guesses_of_one_address_hold_up_nobody_else() {
    let throttle = Throttle::default();
    let at = |text: &str| Some(text.parse::<IpAddr>().unwrap());
    for _ in 0..10 {
        assert!(throttle.may_try(at("10.0.0.1")).is_ok());
        throttle.failed(at("10.0.0.1"));
    }
    let slow = throttle.may_try(at("10.0.0.1")).unwrap_err();
    assert!((1..=7).contains(&slow.seconds()), "{slow:?}");
    assert!(
        throttle.may_try(at("::ffff:10.0.0.1")).is_err(),
        "the same address otherwise written"
    );
    assert!(throttle.may_try(at("10.0.0.2")).is_ok());
    for n in 0..10 {
        throttle.failed(at(&format!("2001:db8::{n}")));
    }
    assert!(
        throttle.may_try(at("2001:db8::ffff")).is_err(),
        "one network is one guesser"
    );
    assert!(throttle.may_try(at("2001:db9::1")).is_ok());
}

#[test]
fn changes_are_held_up_before_reads() {
    let throttle = Throttle::default();
    let all = |method: &Method, times: u32| {
        (0..times)
            .filter(|_| throttle.asks("kim", method).is_ok())
            .count()
    };
    assert!((30..=31).contains(&all(&Method::POST, 60)));
    assert_eq!(all(&Method::GET, 300), 300);
    assert!(all(&Method::GET, 300) < 60);
    assert!(throttle.asks("bo", &Method::POST).is_ok());
    assert!(
        (0..1000).all(|_| throttle.asks("", &Method::POST).is_ok()),
        "the owner waits for nobody"
    );
}

#[test]
fn nothing_is_seen_but_what_is_told() {
    let id = |kind, namespace: &str| UnitId {
        kind,
        namespace: namespace.to_owned(),
        name: "x".to_owned(),
    };
    assert!(!Sight::default().sees(&id(UnitKind::Application, "a")));
    assert!(Sight::everything().sees(&id(UnitKind::Kustomization, "a")));
    assert!(visitor().is_none(), "outside of a request there is nobody");
}
