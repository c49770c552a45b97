//! The built controller as a process: what it costs, and what its page says.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

use super::{ground::Ground, live::wait};

/// The controller; ends when dropped.
pub(super) struct Controller {
    child: Child,
    page: String,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
}

impl Controller {
    pub(super) async fn start(plumb: &Path, kubeconfig: &Path, folder: &Path) -> Result<Self> {
        let log = folder.join("controller.log");
        let output = File::create(&log)?;
        let child = Command::new(plumb)
            .args(["controller", "--listen", "127.0.0.1:0", "--kubeconfig"])
            .arg(kubeconfig)
            .arg("--mirrors")
            .arg(folder.join("mirrors"))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut controller = Self {
            child,
            page: String::new(),
            client,
        };
        controller.page = page(&log).await?;
        Ok(controller)
    }

    /// Processor time so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(self.proc("stat"))?;
        // After the name in parentheses; fields 14 and 15 of proc(5), in hundredths of a second on Linux.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .context("stat")?
            .split_whitespace()
            .collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
        let ticks = ticks(11).zip(ticks(12)).context("stat")?;
        Ok(Duration::from_millis((ticks.0 + ticks.1) * 10))
    }

    /// Resident memory, MiB.
    pub(super) fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(self.proc("status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("status")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Tells of a push, as a forge does.
    pub(super) async fn push(&self, ground: &Ground) -> Result<()> {
        let body = json!({"ref": "refs/heads/main", "after": ground.head()?,
            "repository": {"clone_url": ground.url(), "html_url": ground.url()}});
        let request = http::Request::post(format!("{}/hooks/git", self.page))
            .header("content-type", "application/json")
            .header("x-github-event", "push")
            .body(Full::from(body.to_string()))?;
        let response = self.client.request(request).await?;
        if !response.status().is_success() {
            bail!("the webhook answers {}", response.status());
        }
        Ok(())
    }

    /// Waits until so many units were looked at by this run, and all are Synced.
    pub(super) async fn all_synced(&self, wanted: usize) -> Result<()> {
        self.all(wanted, |app| app["sync"] == "Synced").await
    }

    /// Waits until all units are at a commit.
    pub(super) async fn all_at(&self, wanted: usize, commit: &str) -> Result<()> {
        let short = commit.get(..7).context("a commit")?;
        self.all(wanted, |app| app["revision"].to_string().contains(short))
            .await
    }

    /// Waits until it has nothing to do for a while.
    pub(super) async fn settle(&self) -> Result<()> {
        let mut quiet = 0;
        let mut before = self.cpu()?;
        while quiet < 4 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.cpu()?;
            quiet = if now - before < Duration::from_millis(20) {
                quiet + 1
            } else {
                0
            };
            before = now;
        }
        Ok(())
    }

    async fn all(&self, wanted: usize, is: impl Fn(&Value) -> bool) -> Result<()> {
        let outcome = wait("all units", Duration::from_millis(40), async || {
            let apps = self.apps().await?;
            Ok(apps.len() == wanted && apps.iter().all(&is))
        })
        .await;
        if outcome.is_err() {
            let apps = self.apps().await?;
            let other = apps.iter().find(|app| !is(app));
            let other = other.map(Value::to_string).unwrap_or_default();
            return outcome.with_context(|| format!("{} units, not {wanted}; {other}", apps.len()));
        }
        outcome
    }

    async fn apps(&self) -> Result<Vec<Value>> {
        let listed = self.get("/api/v1/apps").await?;
        listed["apps"].as_array().cloned().context("the list of apps")
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let request = http::Request::get(format!("{}{path}", self.page)).body(Full::default())?;
        let response = self.client.request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of the page, once it is told.
async fn page(log: &Path) -> Result<String> {
    let found = async || {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("page"))
            .map(str::trim);
        line.map(|line| line.trim_end_matches('/').to_owned())
    };
    wait("the page", Duration::from_millis(5), async || {
        Ok(found().await.is_some())
    })
    .await?;
    found().await.context("the page")
}
