//! Signed records are as Git signs commits.

use std::{fs, path::Path, process::Command};

use plumb_history::{AllowedSigners, FindingKind, Ledger, LedgerOptions, Signer, VerifyOptions};

use crate::fixture::{git, push};

/// A new key; `None` where there is no `ssh-keygen`.
fn key(folder: &Path, name: &str, kind: &str) -> Option<String> {
    let path = folder.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", "plumb", "-f"])
        .arg(&path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no ssh-keygen program");
        return None;
    }
    Some(fs::read_to_string(path).expect("a key"))
}

fn signed_ledger(folder: &Path, key: &str) -> Ledger {
    let options = LedgerOptions {
        signer: Some(Signer::from_openssh(key).expect("a key")),
        ..LedgerOptions::default()
    };
    Ledger::open(folder, options).expect("it opens")
}

#[test]
fn git_and_we_accept_what_is_signed_and_only_that() {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in ["ed25519", "ecdsa"] {
        let ledger_folder = folder.path().join(kind);
        let Some(ours) = key(folder.path(), &format!("{kind}-ours"), kind) else {
            return;
        };
        let other = key(folder.path(), &format!("{kind}-other"), kind).expect("the program is there");
        let ledger = signed_ledger(&ledger_folder, &ours);
        assert!(push(&ledger, 1, 1, 2).signed);
        let last = push(&ledger, 1, 2, 2);
        assert!(ledger.entry(last.id).expect("it is there").signed);
        let line = |key: &str| {
            Signer::from_openssh(key)
                .expect("a key")
                .allowed_signer("plumb@example.com")
                .expect("a line")
        };
        let allowed = folder.path().join(format!("{kind}-allowed"));
        fs::write(&allowed, line(&ours) + "\n").expect("written");
        let config = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
        if let Some(told) = git(
            &ledger_folder,
            &["-c", &config, "verify-commit", "-v", "refs/plumb/ledger/main"],
        ) {
            assert!(
                told.contains("Good \"git\" signature for plumb@example.com"),
                "{told}"
            );
            let log = git(
                &ledger_folder,
                &["-c", &config, "log", "--format=%G?", "refs/plumb/ledger/main"],
            );
            assert_eq!(log.as_deref(), Some("G\nG\n"));
            git(&ledger_folder, &["fsck", "--strict"]);
        }
        let verify = |line: &str| {
            let signers = AllowedSigners::parse(line).expect("understood");
            let options = VerifyOptions {
                signers: Some(&signers),
                ..VerifyOptions::default()
            };
            ledger.verify(&options).expect("a report")
        };
        let report = verify(&format!("# ours\n\n{}\n", line(&ours)));
        assert!(report.is_good() && report.signed == 2, "{report:?}");
        let report = verify(&line(&other));
        assert_eq!(
            report.findings.iter().map(|f| f.kind).collect::<Vec<_>>(),
            [FindingKind::Signature; 2]
        );
        assert!(!verify(&line(&ours).replace("\"git\"", "\"file\"")).is_good());
    }
}

#[test]
fn what_is_not_signed_is_found_where_it_has_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = crate::fixture::open(folder.path());
    push(&ledger, 1, 1, 2);
    let signers = AllowedSigners::default();
    let options = VerifyOptions {
        signers: Some(&signers),
        ..VerifyOptions::default()
    };
    let report = ledger.verify(&options).expect("a report");
    assert_eq!(report.findings[0].why, "it is not signed");
}

#[test]
fn keys_that_cannot_be_used_are_refused_without_a_word_of_them() {
    let error = Signer::from_openssh("-----BEGIN hunter2-----").expect_err("no key");
    assert!(
        error.to_string().starts_with("the key that signs the ledger: ")
            && !error.to_string().contains("hunter2")
    );
    for (line, told) in [
        ("alone", "allowed signers, line 1: expected PRINCIPALS"),
        (
            "a cert-authority ssh-ed25519 AAAA",
            "allowed signers, line 1: of the options only",
        ),
    ] {
        let error = AllowedSigners::parse(line).expect_err("not understood");
        assert!(error.to_string().starts_with(told), "{error}");
    }
}
