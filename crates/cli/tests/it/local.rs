//! Commands that need no cluster.

use std::fs;

use crate::world::run;

#[tokio::test]
async fn the_reference_of_commands_is_current_for_those_of_this_crate() {
    let reference = plumb_cli::reference(&[]);
    for heading in [
        "## plumb app rollback",
        "## plumb drift",
        "## plumb kustomize build",
        "## plumb edit",
    ] {
        assert!(reference.contains(&format!("{heading}\n")), "{heading}");
    }
    assert!(
        reference.contains("Usage: plumb app rollback [OPTIONS] <NAME> [ID]"),
        "{reference}"
    );
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
