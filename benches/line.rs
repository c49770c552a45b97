//! How fast the line is, measured on the built program: commit to applied, drift to healed, and what a look at 200 apps
//! that have not changed costs. Run with `cargo bench -p plumb`; absolute times depend on the machine.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement prints what it finds, and ends where it cannot go on"
)]

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use plumb_cluster::{Cluster, ConnectOptions};
use plumb_git::{Author, commit_files};
use serde_json::json;

const ROUNDS: usize = 60;
const APPS: usize = 200;

struct Demo {
    child: Child,
    lines: Receiver<(Instant, String)>,
    repository: PathBuf,
    page: String,
}

fn main() {
    // `cargo test` runs benches too, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the demo");
    let mut demo = Demo::start(folder.path());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let options = ConnectOptions {
        kubeconfig: Some(folder.path().join("kubeconfig")),
        ..ConnectOptions::default()
    };
    let cluster = runtime
        .block_on(Cluster::connect(options))
        .expect("the demo's cluster");
    report(
        "commit to applied",
        (0..ROUNDS).map(|round| demo.commit_to_applied(round)).collect(),
    );
    report(
        "drift to healed",
        (0..ROUNDS)
            .map(|round| runtime.block_on(demo.drift_to_healed(&cluster, round)))
            .collect(),
    );
    demo.unchanged(&runtime, &cluster);
    let status = std::fs::read_to_string(format!("/proc/{}/status", demo.child.id())).unwrap_or_default();
    let memory = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS: unknown here");
    println!(
        "memory with {APPS} apps more: {}",
        memory.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    );
    demo.child.kill().expect("the demo is ours to end");
    let _ = demo.child.wait();
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plumb"))
            .args(["demo", "--port", "0", "--dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that was just built");
        let output = child.stdout.take().expect("its output is piped");
        let (told, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = told.send((Instant::now(), line));
            }
        });
        let mut demo = Self {
            child,
            lines,
            repository: folder.join("repo"),
            page: String::new(),
        };
        loop {
            let (_, line) = demo
                .lines
                .recv_timeout(Duration::from_secs(60))
                .expect("the demo starts");
            if let Some(page) = line.trim().strip_prefix("page") {
                demo.page = page
                    .trim()
                    .trim_start_matches("http://")
                    .trim_end_matches('/')
                    .to_owned();
            }
            if line == "Ctrl-C ends it." {
                break;
            }
        }
        demo.settle();
        demo
    }

    /// Waits until nothing is said for a while.
    fn settle(&self) {
        while self.lines.recv_timeout(Duration::from_millis(600)).is_ok() {}
    }

    /// When a line comes that says `what` of `app`.
    fn wait_for(&self, app: &str, what: &str) -> Instant {
        loop {
            let (at, line) = self
                .lines
                .recv_timeout(Duration::from_secs(30))
                .expect("the demo goes on");
            if line.contains(&format!(" {app} ")) && line.contains(what) {
                return at;
            }
        }
    }

    fn commit(&self, files: &[(String, String)], message: &str) {
        let files: Vec<(&str, Option<&[u8]>)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), Some(text.as_bytes())))
            .collect();
        let author = Author {
            name: "Bench".to_owned(),
            email: "bench@example.com".to_owned(),
            seconds: None,
        };
        commit_files(&self.repository, "main", &files, message, &author).expect("a commit");
    }

    fn commit_to_applied(&self, round: usize) -> Duration {
        let path = "apps/frontend/production/kustomization.yaml";
        let text = std::fs::read_to_string(self.repository.join(path)).expect("the overlay");
        let changed = text
            .lines()
            .map(|line| {
                if line.contains("LOG_LEVEL") {
                    format!("      - LOG_LEVEL=level-{round}")
                } else {
                    line.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join("\n");
        let began = Instant::now();
        self.commit(&[(path.to_owned(), changed)], "Change the log level");
        let took = self
            .wait_for("frontend-production", "applied")
            .duration_since(began);
        self.settle();
        took
    }

    async fn drift_to_healed(&self, cluster: &Cluster, round: usize) -> Duration {
        // Corrections that come too often are held back on purpose, so the rounds are spread over apps and time.
        let app = ["frontend", "backend", "myapp"][round % 3];
        let unit = if app == "myapp" {
            "my-app".to_owned()
        } else {
            format!("{app}-production")
        };
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": app, "namespace": "production"}, "spec": {"replicas": 1}});
        let how = plumb_cluster::ServerSideApply {
            manager: "someone",
            force: true,
            dry_run: false,
            subresource: None,
        };
        let began = Instant::now();
        cluster
            .server_side_apply(&deployment, how)
            .await
            .expect("a drift");
        let took = self.wait_for(&unit, "healed").duration_since(began);
        tokio::time::sleep(Duration::from_millis(1800)).await;
        took
    }

    /// With many apps more, a push that changes nothing: what is rendered, what is written.
    fn unchanged(&self, runtime: &tokio::runtime::Runtime, cluster: &Cluster) {
        let template = std::fs::read_to_string(self.repository.join("config/argocd/frontend-staging.yaml"))
            .expect("an app");
        let files: Vec<(String, String)> = (0..APPS)
            .map(|index| {
                let name = format!("bench-{index}");
                let text = template.replace("name: frontend-staging", &format!("name: {name}"));
                (
                    format!("config/argocd/{name}.yaml"),
                    text.replace("namespace: staging", &format!("namespace: {name}")),
                )
            })
            .collect();
        let began = Instant::now();
        self.commit(&files, "Add many apps");
        let mut left = APPS;
        let mut last = began;
        while left > 0 {
            let (at, line) = self
                .lines
                .recv_timeout(Duration::from_secs(60))
                .expect("the demo goes on");
            if line.contains(" bench-") && line.contains("applied") {
                (left, last) = (left - 1, at);
            }
        }
        println!(
            "{APPS} new apps of 3 objects: {:.2} s until the last is applied",
            (last - began).as_secs_f64()
        );
        self.settle();
        let version = || runtime.block_on(marker(cluster));
        let before = version();
        let body = r#"{"ref":"refs/heads/main","repository":{"clone_url":"https://github.com/org/repo"}}"#;
        let mut hook = TcpStream::connect(&self.page).expect("the page");
        let request = format!(
            "POST /hooks/git HTTP/1.1\r\nHost: {}\r\nX-GitHub-Event: push\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.page,
            body.len()
        );
        hook.write_all(request.as_bytes()).expect("a push");
        std::thread::sleep(Duration::from_secs(2));
        let rendered = self
            .lines
            .try_iter()
            .filter(|(_, line)| line.contains("rendered"))
            .count();
        let writes = version() - before - 1;
        println!("a push that changes nothing, {APPS} apps: {rendered} rendered, {writes} API writes");
    }
}

/// The version that the next write to the cluster gets.
async fn marker(cluster: &Cluster) -> u64 {
    let now = Instant::now();
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "marker", "namespace": "default"},
        "data": {"at": format!("{now:?}")}});
    let how = plumb_cluster::ServerSideApply {
        manager: "bench",
        force: true,
        dry_run: false,
        subresource: None,
    };
    let made = cluster.server_side_apply(&body, how).await.expect("a marker");
    made["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a version")
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share).round() as usize;
        times[index].as_secs_f64() * 1000.0
    };
    println!(
        "{what}: p50 {:.1} ms, p99 {:.1} ms, {} rounds",
        at(0.5),
        at(0.99),
        times.len()
    );
}
