//! Commands that need no cluster.

use std::fs;

use crate::world::run;

/// The page that `PLUMB_BLESS=1` writes. The binary adds its own commands to it, and holds all of it to account.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../api/cli.md");

#[test]
fn the_reference_of_commands_is_current() {
    let now = plumb_cli::reference(&[]);
    let sections = |text: &str| {
        text.split("\n## ")
            .skip(1)
            .map(|it| it.trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    let name = |section: &str| section.lines().next().unwrap_or_default().to_owned();
    let ours = sections(&now);
    let names: Vec<String> = ours.iter().map(|section| name(section)).collect();
    let there = fs::read_to_string(REFERENCE).unwrap_or_default();
    if std::env::var_os("PLUMB_BLESS").is_some() {
        let others = sections(&there)
            .into_iter()
            .filter(|section| !names.contains(&name(section)));
        let others: String = others.map(|section| format!("\n## {section}\n")).collect();
        return fs::write(REFERENCE, now + &others).unwrap();
    }
    let there = sections(&there);
    // The first is the program as a whole, which names the binary's commands too.
    for section in ours.iter().filter(|section| name(section) != "plumb") {
        assert!(
            there.contains(section),
            "api/cli.md is old (PLUMB_BLESS=1 renews it): {section}"
        );
    }
}

#[tokio::test]
async fn errors_have_the_codes_of_the_program_that_is_stood_in_for() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().to_str().unwrap();
    let plumb = run(&["build", &format!("{empty}/nothing")]).await;
    let kustomize = run(&["kustomize", "build", empty]).await;
    assert_eq!((plumb.code, kustomize.code), (2, 1), "{plumb:?} {kustomize:?}");
    assert!(kustomize.err.starts_with("Error: "), "{}", kustomize.err);
    assert_eq!(run(&["kustomize", "build", "--no-such-flag"]).await.code, 1);
    assert_eq!(run(&["kustomize", "version"]).await.out, "v5.8.2\n");
    assert_eq!(run(&["app"]).await.code, 2);
}

#[tokio::test]
async fn a_polyrepo_is_laid_out_and_builds() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    assert_eq!(
        run(&["init", "polyrepo", root, "--url", "https://example.com/org"])
            .await
            .code,
        0
    );
    let built = run(&[
        "build",
        &format!("{root}/app-frontend/manifests/overlays/production"),
    ])
    .await;
    assert_eq!(built.code, 0, "{built:?}");
    assert!(built.out.contains("replicas: 5"), "{}", built.out);
    let file = dir.path().join("out.yaml");
    let path = format!("{root}/app-frontend/manifests/overlays/production");
    let written = run(&["kustomize", "build", &path, "-o", file.to_str().unwrap()]).await;
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    assert_eq!(fs::read_to_string(file).unwrap(), built.out);
    let again = run(&["init", "polyrepo", root]).await;
    assert_eq!(again.code, 2);
    assert!(again.err.contains("nothing was written"), "{}", again.err);
}

#[tokio::test]
async fn definitions_and_completions_are_printed() {
    let crds = run(&["crds"]).await;
    assert_eq!(crds.out.matches("kind: CustomResourceDefinition").count(), 4);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completion", shell]).await;
        assert!(script.code == 0 && script.out.contains("rollback"), "{shell}");
    }
}
