use super::*;

fn secret(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()))
        .collect()
}

#[test]
fn secrets_of_both_kinds_are_understood() {
    let flux = secret(&[
        ("username", "me\n"),
        ("password", "pw"),
        ("caFile", "PEM"),
        ("known_hosts", "h k"),
    ]);
    let flux = Credentials::from_secret_data(&flux).unwrap();
    assert_eq!(flux.username.as_deref(), Some("me"));
    assert_eq!(flux.password.as_deref(), Some("pw"));
    assert_eq!(flux.ca_certificate.as_deref(), Some("PEM"));
    assert_eq!(flux.ssh_passphrase, None);
    let argo = secret(&[
        ("sshPrivateKey", "KEY"),
        ("insecure", "true"),
        ("url", "x"),
        ("type", "git"),
    ]);
    let argo = Credentials::from_secret_data(&argo).unwrap();
    assert_eq!(argo.ssh_identity.as_deref(), Some("KEY"));
    assert!(argo.insecure_tls && argo.insecure_host_key);
}

#[test]
fn a_value_that_is_no_text_is_refused_without_being_shown() {
    let data = BTreeMap::from([("password".to_owned(), vec![0xff, 0xfe])]);
    let error = Credentials::from_secret_data(&data).unwrap_err();
    assert_eq!(
        error.to_string(),
        "credentials: the value of \"password\" is not text"
    );
}

#[test]
fn debug_shows_nothing() {
    let data = secret(&[
        ("username", "someone"),
        ("password", "hunter2"),
        ("identity", "KEY"),
    ]);
    let shown = format!("{:?}", Credentials::from_secret_data(&data).unwrap());
    assert!(
        !shown.contains("hunter2") && !shown.contains("KEY") && !shown.contains("someone"),
        "{shown}"
    );
}

#[test]
fn a_change_of_any_field_changes_the_fingerprint() {
    let one = Credentials {
        username: Some("a".into()),
        ..Credentials::default()
    };
    let other = Credentials {
        password: Some("a".into()),
        ..Credentials::default()
    };
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.fingerprint(), Credentials::default().fingerprint());
}
