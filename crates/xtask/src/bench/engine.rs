//! `cargo xtask bench engine`: the built controller on a real control plane, beside a bare loop of the same writes.
//!
//! One run: apps from nothing, a commit to one of them, a commit to all, drift, idling, deletion; then more apps, at rest and
//! after a restart. What the server was asked is read from its own metrics.

mod controller;
mod ground;
mod live;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use controller::Controller;
use ground::{Ground, Removal};
use live::Requests;
use plumb_testkit::{
    api::Api,
    control_plane::{ControlPlane, Module, Tools},
    install,
};

/// Where the apps go.
const NAMESPACE: &str = "bench";
/// Where the bare loop writes.
const BARE: &str = "bare";

/// What `bench engine` may be told.
#[derive(clap::Args)]
pub(crate) struct EngineArguments {
    /// How many apps there are first
    #[arg(long, default_value_t = 200)]
    apps: usize,
    /// How many there are at rest and at a restart; 0 leaves that out
    #[arg(long, default_value_t = 1000)]
    many: usize,
    /// How many commits and drifts are timed
    #[arg(long, default_value_t = 60)]
    samples: usize,
    /// The program; without, the release build, made anew
    #[arg(long)]
    plumb: Option<PathBuf>,
    /// How long it idles, in seconds
    #[arg(long, default_value_t = 30)]
    idle: u64,
}

/// How long the writes take by themselves.
#[derive(Clone, Copy)]
struct Bare {
    applies: Duration,
    deletions: Duration,
}

/// One bench.
struct Bench<'a> {
    arguments: &'a EngineArguments,
    plumb: PathBuf,
    kubeconfig: PathBuf,
    api: Api,
    folder: PathBuf,
}

/// Runs it and prints what it took.
pub(crate) fn engine(root: &Path, arguments: &EngineArguments) -> Result<()> {
    let plumb = match &arguments.plumb {
        Some(plumb) => plumb.clone(),
        None => super::release(root)?,
    };
    let tools = Tools::build(&Module::of(root), &mut |line| println!("{line}"))?;
    let folder = tempfile::tempdir().context("a folder for the bench")?;
    let plane = ControlPlane::start(&tools, &folder.path().join("plane"))?;
    let kubeconfig = plane.kubeconfig();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let bench = Bench {
            arguments,
            plumb,
            api: Api::open(&kubeconfig).await?,
            kubeconfig,
            folder: folder.path().to_owned(),
        };
        bench.run().await
    });
    plane.stop()?;
    outcome
}

impl Bench<'_> {
    async fn run(&self) -> Result<()> {
        install::definitions(&self.plumb, &self.kubeconfig)?;
        for namespace in ["argocd", NAMESPACE, BARE] {
            self.api.create(&ground::namespace(namespace)).await?;
        }
        let bare = self.bare_loop().await?;
        let apps = self.arguments.apps;
        let mut ground = Ground::new(&self.folder.join("repository"), apps, 1)?;
        for app in 0..apps {
            self.api
                .create(&ground.application(app, Removal::Foreground))
                .await?;
        }
        let before = Requests::read(&self.api).await?;
        let began = Instant::now();
        let controller = Controller::start(&self.plumb, &self.kubeconfig, &self.folder).await?;
        live::objects(&self.api, NAMESPACE, 3 * apps).await?;
        let objects = began.elapsed();
        controller.all_synced(apps).await?;
        let synced = began.elapsed();
        let cpu = controller.cpu()?;
        let asked = Requests::read(&self.api).await?.since(&before);
        row(
            &format!("{apps} apps from nothing, objects there"),
            &format!(
                "{} = {:.2} x a bare loop ({})",
                seconds(objects),
                ratio(objects, bare.applies),
                seconds(bare.applies)
            ),
        );
        row(
            &format!("{apps} apps from nothing, all Synced"),
            &format!("{}; {:.1} CPU-s; {asked}", seconds(synced), cpu.as_secs_f64()),
        );
        controller.settle().await?;
        self.idle(&controller, apps).await?;
        self.commits(&controller, &mut ground).await?;
        self.drifts(&ground).await?;
        self.prune(&controller, &ground, bare).await?;
        drop(controller);
        if self.arguments.many > 0 {
            self.many().await?;
        }
        Ok(())
    }

    /// The same objects, applied and deleted by nobody in particular, eight at a time; the faster of two runs.
    async fn bare_loop(&self) -> Result<Bare> {
        let objects: Vec<_> = (0..self.arguments.apps)
            .flat_map(|app| ground::objects(app, BARE, "x"))
            .collect();
        let mut fastest = Bare {
            applies: Duration::MAX,
            deletions: Duration::MAX,
        };
        for _ in 0..2 {
            let began = Instant::now();
            live::apply_all(&self.api, &objects).await?;
            fastest.applies = fastest.applies.min(began.elapsed());
            let began = Instant::now();
            live::delete_all(&self.api, BARE).await?;
            fastest.deletions = fastest.deletions.min(began.elapsed());
        }
        Ok(fastest)
    }

    async fn idle(&self, controller: &Controller, apps: usize) -> Result<()> {
        let (before, cpu) = (Requests::read(&self.api).await?, controller.cpu()?);
        tokio::time::sleep(Duration::from_secs(self.arguments.idle)).await;
        let cores = (controller.cpu()? - cpu).as_secs_f64() / self.arguments.idle as f64;
        let asked = Requests::read(&self.api).await?.since(&before);
        row(
            &format!("idle, {apps} apps"),
            &format!("{cores:.4} cores, {:.0} MiB; {asked}", controller.memory()?),
        );
        Ok(())
    }

    async fn commits(&self, controller: &Controller, ground: &mut Ground) -> Result<()> {
        let mut took = Vec::new();
        for sample in 0..self.arguments.samples {
            let app = (sample * 37) % self.arguments.apps;
            let value = format!("v{sample}");
            ground.commit_one(app, &value)?;
            let began = Instant::now();
            controller.push(ground).await?;
            live::value(&self.api, NAMESPACE, app, &value).await?;
            took.push(began.elapsed());
        }
        row("a commit (hook) to one app, applied", &spread(&mut took));
        ground.commit_all("all")?;
        let began = Instant::now();
        controller.push(ground).await?;
        live::values(&self.api, NAMESPACE, "all", self.arguments.apps).await?;
        row("a commit to all apps, last applied", &seconds(began.elapsed()));
        controller.settle().await
    }

    async fn drifts(&self, ground: &Ground) -> Result<()> {
        let mut took = Vec::new();
        for sample in 0..self.arguments.samples {
            let app = (sample * 53) % self.arguments.apps;
            // Corrections that come too fast look like a fight, and are slowed down.
            tokio::time::sleep(Duration::from_millis(20)).await;
            took.push(live::heal(&self.api, NAMESPACE, app, ground.value(app)).await?);
        }
        row("drift, healed", &spread(&mut took));
        let at_once = (0..20).map(|sample| {
            let app = (sample * 7 + 3) % self.arguments.apps;
            live::heal(&self.api, NAMESPACE, app, ground.value(app))
        });
        let mut took = futures::future::try_join_all(at_once).await?;
        row("20 drifts at once, healed", &spread(&mut took));
        Ok(())
    }

    /// Twice: as Argo CD's finalizer asks, which waits until the garbage collector has taken what belonged to an object, and
    /// in the background, as Flux does it.
    async fn prune(&self, controller: &Controller, ground: &Ground, bare: Bare) -> Result<()> {
        let apps = self.arguments.apps;
        let gone = self.delete(apps).await?;
        row(
            &format!("{apps} apps deleted, objects gone"),
            &format!(
                "{} = {:.2} x a bare loop ({})",
                seconds(gone),
                ratio(gone, bare.deletions),
                seconds(bare.deletions)
            ),
        );
        controller.all_synced(0).await?;
        for app in 0..apps {
            self.api
                .create(&ground.application(app, Removal::Background))
                .await?;
        }
        controller.all_synced(apps).await?;
        controller.settle().await?;
        let gone = self.delete(apps).await?;
        row(
            &format!("{apps} apps deleted in the background, objects gone"),
            &seconds(gone),
        );
        controller.all_synced(0).await
    }

    async fn delete(&self, apps: usize) -> Result<Duration> {
        let began = Instant::now();
        live::delete_applications(&self.api, apps).await?;
        live::objects(&self.api, NAMESPACE, 0).await?;
        Ok(began.elapsed())
    }

    async fn many(&self) -> Result<()> {
        let many = self.arguments.many;
        let mut ground = Ground::new(&self.folder.join("many"), many, 0)?;
        for app in 0..many {
            self.api
                .create(&ground.application(app, Removal::Foreground))
                .await?;
        }
        let controller = Controller::start(&self.plumb, &self.kubeconfig, &self.folder).await?;
        let began = Instant::now();
        controller.all_synced(many).await?;
        row(
            &format!("{many} apps from nothing, all Synced"),
            &seconds(began.elapsed()),
        );
        controller.settle().await?;
        self.idle(&controller, many).await?;
        let before = Requests::read(&self.api).await?;
        let cpu = controller.cpu()?;
        ground.commit_nothing()?;
        let began = Instant::now();
        controller.push(&ground).await?;
        controller.all_at(many, &ground.head()?).await?;
        let took = began.elapsed();
        controller.settle().await?;
        let asked = Requests::read(&self.api).await?.since(&before);
        let cpu = controller.cpu()? - cpu;
        row(
            &format!("a commit that changes none of {many} apps"),
            &format!("{}, {:.2} CPU-s; {asked}", seconds(took), cpu.as_secs_f64()),
        );
        drop(controller);
        let before = Requests::read(&self.api).await?;
        let began = Instant::now();
        let controller = Controller::start(&self.plumb, &self.kubeconfig, &self.folder).await?;
        controller.all_synced(many).await?;
        let took = began.elapsed();
        let asked = Requests::read(&self.api).await?.since(&before);
        row(
            &format!("restart with {many} apps, first full truth"),
            &format!("{}; {asked}", seconds(took)),
        );
        Ok(())
    }
}

fn row(what: &str, came: &str) {
    println!("{what:<48} {came}");
}

fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// The middle and the worst but one in a hundred.
fn spread(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let at = |share: f64| {
        let index = ((took.len() - 1) as f64 * share).ceil();
        took.get(index as usize)
            .map_or(0.0, |took| took.as_secs_f64() * 1000.0)
    };
    format!(
        "p50 {:.0} ms, p99 {:.0} ms ({} times)",
        at(0.5),
        at(0.99),
        took.len()
    )
}
