//! Functions as shell scripts.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use plumb_charts::{Functions, Limits};
use plumb_kustomize::{ExecFunction, FunctionOutput, HostError};
use plumb_model::TreePath;

/// Runs a script with this body in a folder of its own.
fn run(body: &str, path: &str, limits: Limits) -> Result<FunctionOutput, HostError> {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("app");
    fs::create_dir(&folder).unwrap();
    let script = folder.join("f.sh");
    fs::write(&script, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let function = ExecFunction {
        path: path.to_owned(),
        arguments: vec!["a b".to_owned(), "$HOME".to_owned()],
        environment: vec!["X=1".to_owned()],
        folder: TreePath::root().child("app"),
    };
    Functions::new(root.path())
        .with_limits(limits)
        .run(&function, "input\n", &|| false)
}

fn limits(millis: u64, output: usize) -> Limits {
    Limits {
        timeout: Duration::from_millis(millis),
        output,
    }
}

#[test]
fn a_function_is_run_in_its_folder_without_a_shell() {
    let body = "cat; echo \"$1,$2,$X,$(basename \"$(pwd)\")\"; echo note >&2";
    let output = run(body, "./f.sh", Limits::default()).unwrap();
    assert_eq!(output.text, "input\na b,$HOME,1,app\n");
    assert_eq!(output.notes, "note\n");
}

#[test]
fn what_goes_wrong_is_told() {
    let error = |body: &str, path: &str| run(body, path, Limits::default()).err().unwrap().0;
    assert_eq!(error("echo bad >&2; exit 3", "./f.sh"), "exit status 3: bad");
    assert!(error("", "./nothere").starts_with("fork/exec ./nothere: no such file"));
    assert!(error("", "f.sh").contains("executable file not found in $PATH"));
}

#[test]
fn a_run_ends_and_its_output_too() {
    let error = |body: &str, limits: Limits| run(body, "./f.sh", limits).err().unwrap().0;
    let slow = error("sleep 60 & sleep 60", limits(200, 1 << 20));
    assert!(slow.contains("did not end within 200ms"), "{slow}");
    let loud = error("yes", limits(20_000, 1 << 20));
    assert!(loud.contains("prints more than 1 MiB"), "{loud}");
    // One that reads nothing and prints nothing is none the worse.
    assert_eq!(run("exit 0", "./f.sh", Limits::default()).unwrap().text, "");
}
