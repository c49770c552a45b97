//! Faults: the built controller is killed, cut off, lied to and fought with, and must always end where Git is.
//!
//! The controller reaches the API server through a [`proxy`] that knows every request, so it can be killed before or after any
//! write without a word about that in the program itself. Git is changed by [`ground`]; after each round [`check`] compares
//! what is there with what Git says, and what the custom resources say of themselves.
//!
//! **Invariant:** a round is decided by the seed; what it finds is told with seed, round and fault.
//! **Start at** [`run`].

mod check;
mod controller;
mod fault;
mod ground;
mod ledger;
mod proxy;
mod random;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use crate::{
    api::Api,
    remote::{Mood, Remote},
};

use controller::Controller;
use fault::Fault;
use ground::Ground;
use proxy::Proxy;
use random::Random;

/// How it is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// The built program.
    pub plumb: PathBuf,
    /// The cluster: a kubeconfig with all rights; `None` = a dev cluster of its own.
    pub kubeconfig: Option<PathBuf>,
    /// So many kills.
    pub kills: u32,
    /// So many rounds of each other fault.
    pub rounds: u32,
    /// Decides everything.
    pub seed: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Kills that hit.
    pub kills: u32,
    /// Rounds of other faults.
    pub rounds: u32,
    /// Commits made.
    pub commits: u32,
    /// The longest time from the end of a fault until all was as Git says.
    pub slowest: Duration,
}

/// Does all rounds; the first after which something is not as it must be ends it.
///
/// # Errors
/// What was not as it must be, after which fault.
pub fn run(options: &Options, mut tell: impl FnMut(&str)) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut report = Report::default();
        for place in [Place::Here, Place::Elsewhere] {
            let mut arena = Arena::open(options, place, report).await?;
            let outcome = match place {
                Place::Here => arena.rounds(options, &mut tell).await,
                Place::Elsewhere => arena.remote_rounds(options, &mut tell).await,
            };
            let outcome = match outcome {
                Ok(()) => arena.judge_ledger(&options.plumb).await,
                wrong => wrong,
            };
            let mut log = arena.controller.log_tail();
            if outcome.is_err() {
                log += &check::statuses(&arena.admin).await;
            }
            report = arena.close().await;
            outcome.with_context(|| format!("the controller said last:\n{log}"))?;
        }
        Ok(report)
    })
}

/// Where the repository is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A folder of this machine.
    Here,
    /// Behind HTTP.
    Elsewhere,
}

/// Everything that takes part.
struct Arena {
    folder: tempfile::TempDir,
    server: Option<plumb_devcluster::DevCluster>,
    admin: Api,
    proxy: Proxy,
    remote: Option<Remote>,
    ground: Ground,
    controller: Controller,
    report: Report,
}

impl Arena {
    async fn open(options: &Options, place: Place, report: Report) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (server, kubeconfig) = match &options.kubeconfig {
            Some(kubeconfig) => (None, kubeconfig.clone()),
            None => {
                let server = dev_cluster(&folder.path().join("cluster"), 0).await?;
                let kubeconfig = server.kubeconfig().to_owned();
                (Some(server), kubeconfig)
            }
        };
        let admin = Api::open(&kubeconfig).await?;
        let proxy = Proxy::start(admin.clone()).await?;
        let remote = match place {
            Place::Here => None,
            Place::Elsewhere => Some(Remote::start(folder.path()).await?),
        };
        let url = remote.as_ref().map(|remote| remote.url(ground::REPOSITORY));
        let ground = Ground::new(folder.path(), url, options.seed)?;
        let controller = Controller::new(&options.plumb, folder.path(), proxy.address())?;
        let mut arena = Self {
            folder,
            server,
            admin,
            proxy,
            remote,
            ground,
            controller,
            report,
        };
        crate::install::definitions(&options.plumb, &kubeconfig)?;
        for object in arena.ground.setup() {
            arena.admin.create(&object).await?;
        }
        arena.controller.start()?;
        arena.settle("the start").await?;
        Ok(arena)
    }

    /// The ledger must tell what the statuses do, once.
    async fn judge_ledger(&self, plumb: &Path) -> Result<()> {
        self.controller.stop();
        ledger::judge(plumb, &self.controller.ledger(), &self.admin)
            .await
            .context("of the ledger")
    }

    /// Kills, and the other faults evenly among them.
    async fn rounds(&mut self, options: &Options, tell: &mut impl FnMut(&str)) -> Result<()> {
        let mut random = Random::new(options.seed);
        let others = Fault::others(options.kubeconfig.is_none());
        let each = (options.kills / (options.rounds.max(1) * u32::try_from(others.len())?)).max(1);
        let mut left = std::iter::repeat_n(others, options.rounds as usize).flatten();
        let mut tries = 0;
        while self.report.kills < options.kills {
            for _ in 0..each {
                tries += 1;
                let fault = Fault::kill(&mut random);
                self.round(fault, &mut random)
                    .await
                    .with_context(|| at(options.seed, tries, fault))?;
                if self.report.kills >= options.kills {
                    break;
                }
            }
            if let Some(fault) = left.next() {
                self.other(fault, &mut random, tell)
                    .await
                    .with_context(|| at(options.seed, tries, fault))?;
            }
        }
        for fault in left {
            self.other(fault, &mut random, tell)
                .await
                .with_context(|| at(options.seed, tries, fault))?;
        }
        Ok(())
    }

    async fn remote_rounds(&mut self, options: &Options, tell: &mut impl FnMut(&str)) -> Result<()> {
        let mut random = Random::new(options.seed);
        for round in 1..=options.rounds {
            for fault in Fault::remote() {
                self.other(fault, &mut random, tell)
                    .await
                    .with_context(|| at(options.seed, round, fault))?;
            }
        }
        Ok(())
    }

    /// A round of a fault that is no kill.
    async fn other(&mut self, fault: Fault, random: &mut Random, tell: &mut impl FnMut(&str)) -> Result<()> {
        tell(&format!("{} kills so far; now {fault}", self.report.kills));
        self.round(fault, random).await?;
        self.report.rounds += 1;
        Ok(())
    }

    fn remote_mood(&self, mood: Mood) {
        if let Some(remote) = &self.remote {
            remote.set_mood(mood);
        }
    }

    /// Something changes in Git while the fault is there; then it goes, and all must come right.
    async fn round(&mut self, fault: Fault, random: &mut Random) -> Result<()> {
        fault.happen(self, random).await?;
        self.settle(&fault.to_string()).await
    }

    /// Changes Git in a way that can be applied.
    fn commit(&mut self) -> Result<()> {
        self.report.commits += 1;
        self.ground.commit()
    }

    async fn settle(&mut self, after: &str) -> Result<()> {
        let began = Instant::now();
        check::settled(&self.admin, &self.ground)
            .await
            .with_context(|| format!("after {after}"))?;
        self.report.slowest = self.report.slowest.max(began.elapsed());
        Ok(())
    }

    /// Ends the dev cluster and starts it again with what it had kept.
    async fn restart_server(&mut self) -> Result<()> {
        let Some(server) = self.server.take() else {
            return Ok(());
        };
        let port = server.address().port();
        server.stop().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let server = dev_cluster(&self.folder.path().join("cluster"), port).await?;
        self.admin.reopen(server.kubeconfig()).await?;
        self.server = Some(server);
        Ok(())
    }

    async fn close(mut self) -> Report {
        self.controller.stop();
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        self.report
    }
}

async fn dev_cluster(directory: &Path, port: u16) -> Result<plumb_devcluster::DevCluster> {
    let options = plumb_devcluster::Options {
        address: ([127, 0, 0, 1], port).into(),
        directory: directory.to_owned(),
        data_file: Some(directory.join("data")),
        ..plumb_devcluster::Options::default()
    };
    std::fs::create_dir_all(directory)?;
    Ok(plumb_devcluster::DevCluster::start(options).await?)
}

fn at(seed: u64, round: u32, fault: Fault) -> String {
    format!("seed {seed}, round {round}: {fault}")
}
