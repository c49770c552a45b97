//! The embedded cluster held against a real one: the same requests to both, and the same answers.
//!
//! Sequences of requests are made from seeds, replayed on etcd with kube-apiserver and on the embedded cluster, both
//! without controllers, and the answers are compared once uids, times, versions and generated names are replaced.
//!
//! **Invariant:** the same seed makes the same requests on every machine; the real server is right.
//! **Start at** [`run`].

mod client;
mod compare;
mod generate;
mod kept;
mod normalise;
mod random;
mod replay;
mod request;
mod shrink;

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use client::Client;
use plumb_devcluster::{DevCluster, Options as DevOptions};
use serde_json::Value;

pub use compare::Difference;
pub use request::Request;

use crate::control_plane::{Access, ControlPlane, Tools};

/// What to replay.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many sequences.
    pub sequences: u64,
    /// The seed of the first; the next has the next.
    pub seed: u64,
    /// These seeds and no others, where there are any.
    pub only: Vec<u64>,
    /// How many run at the same time.
    pub at_once: usize,
    /// At most so many are made short before they are told.
    pub told: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sequences: 2000,
            seed: 1,
            only: Vec::new(),
            at_once: 12,
            told: 20,
        }
    }
}

impl Options {
    fn seed_at(&self, at: u64) -> Option<u64> {
        if self.only.is_empty() {
            (at < self.sequences).then(|| self.seed.wrapping_add(at))
        } else {
            self.only.get(usize::try_from(at).ok()?).copied()
        }
    }
}

/// A sequence whose answers differ.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What such differences have in common.
    pub class: String,
    /// The requests, made short where this is among the first; the answers to the last one differ.
    pub requests: Vec<Request>,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many sequences were replayed.
    pub sequences: usize,
    /// How many requests there were in them.
    pub requests: usize,
    /// What differs and has no reason to.
    pub failures: Vec<Failure>,
    /// Seeds that differed once, and not when replayed again.
    pub unsteady: Vec<u64>,
    /// Seeds for which a server did not answer, and why.
    pub broken: Vec<(u64, String)>,
    /// How often each known difference was met, by its reason.
    pub kept: BTreeMap<&'static str, usize>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.class)?;
        for request in &self.requests {
            writeln!(f, "  {}", request.to_string().replace('\n', "\n  "))?;
        }
        let shown = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), Value::to_string)
        };
        for difference in self.differences.iter().take(12) {
            writeln!(
                f,
                "    {}\n      real:     {}\n      embedded: {}",
                difference.path,
                shown(&difference.real),
                shown(&difference.embedded)
            )?;
        }
        Ok(())
    }
}

/// Starts both servers, replays the sequences, and tells what differs; files go to `folder`.
///
/// # Errors
/// Where a server does not start or does not answer.
pub fn run(tools: &Tools, folder: &Path, options: &Options) -> Result<Report> {
    let mut tools = tools.clone();
    (tools.kube_controller_manager, tools.kube_scheduler, tools.kwok) = (None, None, None);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let dev = DevOptions {
        directory: folder.join("embedded"),
        controllers: false,
        ..DevOptions::default()
    };
    let embedded = runtime.block_on(DevCluster::start(dev))?;
    let plane = ControlPlane::start(&tools, &folder.join("real"))?;
    let both = Both {
        real: Client::new(plane.access(), options.at_once)?,
        embedded: Client::new(&access(embedded.kubeconfig())?, options.at_once)?,
        count: AtomicU64::new(0),
        kept: Mutex::default(),
    };
    let report = both.all(options);
    drop(plane);
    runtime.block_on(embedded.stop());
    report
}

/// How the embedded cluster is reached.
fn access(kubeconfig: &Path) -> Result<Access> {
    let config: Value = serde_json::from_str(&fs::read_to_string(kubeconfig)?)?;
    let (cluster, user) = (&config["clusters"][0]["cluster"], &config["users"][0]["user"]);
    let pem = |value: &Value| -> Result<String> {
        let text = STANDARD.decode(value.as_str().context("the kubeconfig is ours")?)?;
        Ok(String::from_utf8(text)?)
    };
    Ok(Access {
        server: cluster["server"].as_str().unwrap_or_default().to_owned(),
        authority: pem(&cluster["certificate-authority-data"])?,
        certificate: pem(&user["client-certificate-data"])?,
        key: pem(&user["client-key-data"])?,
        token: String::new(),
    })
}

/// The two servers.
struct Both {
    real: Client,
    embedded: Client,
    /// Numbers the namespaces.
    count: AtomicU64,
    kept: Mutex<BTreeMap<&'static str, usize>>,
}

impl Both {
    fn all(&self, options: &Options) -> Result<Report> {
        let next = AtomicU64::new(0);
        let (requests, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let report = Mutex::new(Report::default());
        let classes = Mutex::new(BTreeMap::<String, usize>::new());
        let work = || -> Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(seed) = options.seed_at(at) else {
                    return Ok(());
                };
                let sequence = generate::sequence(seed);
                requests.fetch_add(sequence.len(), Ordering::Relaxed);
                let failure = match self.judge(seed, &sequence) {
                    Ok(Some(failure)) => failure,
                    Ok(None) => continue,
                    Err(error) => {
                        let why = format!("{error:#}");
                        report
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .broken
                            .push((seed, why));
                        continue;
                    }
                };
                if !self.lasts(seed, &sequence, &failure)? {
                    report
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .unsteady
                        .push(seed);
                    continue;
                }
                let first = {
                    let mut classes = classes.lock().unwrap_or_else(PoisonError::into_inner);
                    let count = classes.entry(failure.class.clone()).or_default();
                    *count += 1;
                    *count == 1
                };
                let failure = if first && told.fetch_add(1, Ordering::Relaxed) < options.told {
                    self.short(failure)?
                } else {
                    failure
                };
                report
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .failures
                    .push(failure);
            }
        };
        thread::scope(|scope| -> Result<()> {
            let workers: Vec<_> = (0..options.at_once).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                worker
                    .join()
                    .map_err(|_| anyhow::anyhow!("a worker ended early"))??;
            }
            Ok(())
        })?;
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.sequences = if options.only.is_empty() {
            usize::try_from(options.sequences)?
        } else {
            options.only.len()
        };
        report.requests = requests.into_inner();
        report.kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        report.failures.sort_by_key(|failure| failure.seed);
        report.unsteady.sort_unstable();
        Ok(report)
    }

    /// Does it differ in the same way each time? What a server thinks of by itself puts things in an order by chance.
    fn lasts(&self, seed: u64, sequence: &[Request], failure: &Failure) -> Result<bool> {
        let generated = sequence
            .iter()
            .filter(|request| request.is_named_by_server())
            .count();
        let tries = if generated > 1 { 6 } else { 2 };
        for _ in 0..tries {
            let again = self.judge(seed, sequence)?;
            if again.is_none_or(|again| again.class != failure.class) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first request of a sequence that the servers answer differently, with those before it.
    fn judge(&self, seed: u64, requests: &[Request]) -> Result<Option<Failure>> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("q{seed}x{number}q");
        let mut requests = requests.to_vec();
        requests.extend(replay::last_looks(&requests));
        let (real, embedded) = thread::scope(|scope| -> Result<_> {
            let real = scope.spawn(|| replay::replay(&self.real, &requests, &namespace));
            let embedded = replay::replay(&self.embedded, &requests, &namespace)?;
            let real = real
                .join()
                .map_err(|_| anyhow::anyhow!("a worker ended early"))??;
            Ok((normalise::normalise(&real), normalise::normalise(&embedded)))
        })?;
        for at in 0..requests.len() {
            if normalise::is_forgotten(&real[at]) && !normalise::is_forgotten(&embedded[at]) {
                self.note(kept::FORGOTTEN);
                continue;
            }
            // Nothing that follows on a type that is gone can be compared.
            if normalise::is_gone(&embedded[at]) != normalise::is_gone(&real[at])
                && kept::is_leaving(&requests[..at])
            {
                self.note(kept::LEAVING);
                return Ok(None);
            }
            let mut found = compare::differences(&real[at], &embedded[at]);
            found.retain(|difference| match kept::reason(&requests[at], difference) {
                Some(reason) => {
                    self.note(reason);
                    false
                }
                None => true,
            });
            if !found.is_empty() {
                return Ok(Some(Failure {
                    seed,
                    class: compare::class(&requests[at], &found),
                    requests: requests[..=at].to_vec(),
                    differences: found,
                }));
            }
        }
        Ok(None)
    }

    fn note(&self, reason: &'static str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept.entry(reason).or_default() += 1;
    }

    /// The same failure with fewer and smaller requests.
    fn short(&self, failure: Failure) -> Result<Failure> {
        let mut best = failure.clone();
        shrink::shrink(failure.requests.clone(), &mut |requests| {
            // What ends in a last look gets those by itself.
            Ok(match self.judge(failure.seed, requests) {
                Ok(Some(found))
                    if found.class == failure.class && found.requests.len() <= requests.len() + 1 =>
                {
                    best = found;
                    true
                }
                _ => false,
            })
        })?;
        Ok(best)
    }
}

#[cfg(test)]
mod tests {
    use super::generate;

    #[test]
    fn a_seed_makes_the_same_sequence_each_time() {
        for seed in 0..200 {
            let sequence = generate::sequence(seed);
            assert!((5..=25).contains(&sequence.len()), "seed {seed}");
            assert_eq!(sequence, generate::sequence(seed), "seed {seed}");
            assert_ne!(sequence, generate::sequence(seed + 1), "seed {seed}");
        }
    }
}
