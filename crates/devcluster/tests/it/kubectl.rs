//! A tour with the real kubectl, over TLS.

use plumb_devcluster::{DevCluster, Options};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

const MANIFEST: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'nginx:1.25'}]
";

struct Kubectl<'a>(&'a Path);

impl Kubectl<'_> {
    /// Runs kubectl in the namespace `tour`; gives what it wrote and whether it was content.
    fn try_run(&self, line: &str, input: &str) -> (String, bool) {
        let mut child = Command::new("kubectl")
            .args(["--namespace", "tour", "--kubeconfig"])
            .arg(self.0)
            .arg(format!(
                "--cache-dir={}",
                self.0.with_extension("cache").display()
            ))
            .args(line.split(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("an input"), input.as_bytes())
            .expect("it reads");
        let output = child.wait_with_output().expect("kubectl ends");
        let text = [output.stdout, output.stderr].concat();
        (
            String::from_utf8_lossy(&text).into_owned(),
            output.status.success(),
        )
    }

    fn run(&self, line: &str, input: &str, expected: &str) {
        let (text, success) = self.try_run(line, input);
        assert!(
            success && text.contains(expected),
            "kubectl {line}: expected {expected:?} in\n{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_finds_its_way() {
    if Command::new("kubectl")
        .args(["version", "--client"])
        .output()
        .is_err()
    {
        println!("skipped: kubectl not found");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        directory: folder.path().to_owned(),
        pod_ready_delay: Duration::from_millis(50),
        ..Options::default()
    };
    let cluster = DevCluster::start(options).await.expect("the cluster starts");
    let path = cluster.kubeconfig().to_owned();
    let tour = tokio::task::spawn_blocking(move || tour(&Kubectl(&path)));
    tour.await.expect("the tour ends well");
    cluster.stop().await;
}

fn tour(kubectl: &Kubectl<'_>) {
    kubectl.run("create namespace tour", "", "namespace/tour created");
    kubectl.run("api-resources", "", "deployments                         deploy");
    kubectl.run("apply -f -", MANIFEST, "deployment.apps/web created");
    kubectl.run(
        "rollout status deployment/web --timeout=20s",
        "",
        "successfully rolled out",
    );
    kubectl.run("get deployments", "", "web    2/2     2            2");
    kubectl.run("get pods -o wide", "", "1/1     Running   0");
    kubectl.run("get deployment web -o yaml", "", "progressDeadlineSeconds: 600");
    kubectl.run("apply -f -", MANIFEST, "deployment.apps/web unchanged");
    let newer = MANIFEST.replace("1.25", "1.26");
    let (diff, same) = kubectl.try_run("diff -f -", &newer);
    assert!(!same && diff.contains("+      - image: nginx:1.26"), "{diff}");
    kubectl.run("apply -f -", &newer, "deployment.apps/web configured");
    kubectl.run(
        "apply --server-side --force-conflicts -f -",
        &newer,
        "serverside-applied",
    );
    kubectl.run("diff --server-side -f -", &newer, "");
    kubectl.run("scale deployment/web --replicas=3", "", "scaled");
    kubectl.run(
        "wait --for=condition=Available deployment/web --timeout=20s",
        "",
        "condition met",
    );
    kubectl.run(
        "patch deployment web -p {\"spec\":{\"paused\":true}}",
        "",
        "patched",
    );
    kubectl.run("label deployment web tier=front", "", "labeled");
    kubectl.run("annotate deployment web note=x", "", "annotated");
    kubectl.run(
        "explain deployment.spec.strategy.type",
        "",
        "FIELD: type <string>",
    );
    kubectl.run(
        "create configmap settings --from-literal=a=b",
        "",
        "configmap/settings created",
    );
    kubectl.run(
        "create secret generic word --from-literal=a=b",
        "",
        "secret/word created",
    );
    kubectl.run(
        "create deployment other --image=nginx --replicas=0",
        "",
        "deployment.apps/other created",
    );
    kubectl.run("get deployment other -o jsonpath={.spec.replicas}", "", "0");
    kubectl.run(
        "describe deployment web",
        "",
        "StrategyType:           RollingUpdate",
    );
    kubectl.run("auth can-i create pods", "", "yes");
    kubectl.run("auth whoami", "", "kubernetes-admin");
    kubectl.run("get all", "", "deployment.apps/web");
    kubectl.run("delete deployment web --timeout=20s", "", "deleted");
    let (text, success) = kubectl.try_run("get deployment web", "");
    assert!(
        !success && text.contains("deployments.apps \"web\" not found"),
        "{text}"
    );
    kubectl.run("delete namespace tour --timeout=20s", "", "deleted");
}
