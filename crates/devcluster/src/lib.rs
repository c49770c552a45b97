//! An in-process Kubernetes API for the demo and for tests.
//!
//! Speaks to kubectl, kube-rs and Plumb over TLS on the loopback interface: discovery, CRUD, watch, all patches,
//! server-side apply, CRDs, tables; workloads move as controllers and kubelets would move them.
//!
//! **Invariant:** never a production store: everyone with the client certificate may do everything.
//! **Absent:** authorization, admission webhooks, protobuf in answers, aggregated API servers, running containers.
//! **Start at** [`DevCluster::start`]. A request goes [`server`] -> [`route`] -> [`registry`] -> [`store`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 3: a server has a clock, a network and files"
)]

mod api;
mod certificates;
mod controllers;
mod convert;
mod crd;
mod defaults;
mod discovery;
mod go;
mod kubeconfig;
mod list;
mod openapi;
mod persist;
mod protobuf;
mod random;
mod registry;
mod reply;
mod request;
mod request_log;
mod resource;
mod review;
mod route;
mod selector;
mod server;
mod show;
mod status_error;
mod store;
mod table;
mod typing;
mod validate;
mod watch;
mod workloads;

pub use persist::PersistError;
pub use reply::Body;
pub use request_log::Logged;
pub use server::TlsError;
pub use workloads::WorkloadOptions;

use api::Api;
use controllers::ControllerWorld;
use route::Front;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::mpsc, sync::watch as signal, task::JoinHandle};

/// How a dev cluster is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Keeps the objects over restarts; without it they live in memory only.
    pub data_file: Option<PathBuf>,
    /// Gets `kubeconfig`.
    pub directory: PathBuf,
    /// How long a new pod takes to become ready.
    pub pod_ready_delay: Duration,
    /// How workloads move otherwise; its `ready_delay` is overridden by `pod_ready_delay`.
    pub workloads: WorkloadOptions,
    /// Do workloads move at all? Off, objects stay as they are written.
    pub controllers: bool,
    /// So many changes per type can be resumed from by a watch.
    pub history: usize,
}

impl Default for Options {
    fn default() -> Self {
        let workloads = WorkloadOptions::default();
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_file: None,
            directory: PathBuf::from(".plumb-dev"),
            pod_ready_delay: workloads.ready_delay,
            workloads,
            controllers: true,
            history: 8192,
        }
    }
}

/// Why a dev cluster did not start.
#[derive(Debug, thiserror::Error)]
pub enum DevClusterError {
    /// The port cannot be had.
    #[error("listen on {address}: {source}; choose another address, or port 0 for any free one")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The kubeconfig cannot be written.
    #[error("write the kubeconfig in {}: {source}; choose a directory that you may write to", .directory.display())]
    Kubeconfig {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Certificates cannot be made.
    #[error("make certificates for the dev cluster: {0}")]
    Certificates(#[from] rcgen::Error),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] server::TlsError),
    /// The data file cannot be used.
    #[error("open the data file {}: {source}; move it away to start empty", .path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<persist::PersistError>,
    },
    /// The first objects cannot be created.
    #[error("create the first objects: {0}")]
    Bootstrap(String),
}

/// A running dev cluster; stops when dropped.
#[derive(Debug)]
pub struct DevCluster {
    front: Front,
    address: SocketAddr,
    kubeconfig: PathBuf,
    stop: signal::Sender<bool>,
    server: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    writer: Option<persist::Writer>,
}

impl DevCluster {
    /// Starts a cluster; when this returns, it answers.
    pub async fn start(options: Options) -> Result<Self, DevClusterError> {
        let listen = |source| DevClusterError::Listen {
            address: options.address,
            source,
        };
        let listener = server::bind(options.address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let certificates = certificates::issue(address.ip(), review::USER)?;
        let kubeconfig = kubeconfig::write(&options.directory, address, &certificates).map_err(|source| {
            DevClusterError::Kubeconfig {
                directory: options.directory.clone(),
                source,
            }
        })?;
        // Giving it to namespaces is the work of a controller.
        let authority = options.controllers.then(|| certificates.authority.clone());
        let api = Arc::new(Api::new(options.history, authority));
        let writer = match &options.data_file {
            Some(path) => Some(
                persist::open(&api.store, path).map_err(|source| DevClusterError::Data {
                    path: path.clone(),
                    source: Box::new(source),
                })?,
            ),
            None => None,
        };
        api.bootstrap()
            .map_err(|error| DevClusterError::Bootstrap(error.to_string()))?;
        let background = if options.controllers {
            start_controllers(&api, &options)
        } else {
            Vec::new()
        };
        let (stop, stopping) = signal::channel(false);
        let front = Front {
            api,
            log: Arc::default(),
            stopping: stopping.clone(),
        };
        let acceptor = server::acceptor(&certificates)?;
        let server = tokio::spawn(server::run(listener, acceptor, front.clone(), stopping));
        Ok(Self {
            front,
            address,
            kubeconfig,
            stop,
            server,
            background,
            writer,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file through which clients find it.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Changes that clients asked for and got; dry runs, reviews and refusals do not count.
    #[must_use]
    pub fn write_count(&self) -> u64 {
        self.front.log.writes()
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn request_log(&self) -> Vec<Logged> {
        self.front.log.entries()
    }

    /// How many requests of this verb were made; see [`Logged::verb`].
    #[must_use]
    pub fn count(&self, verb: &str) -> usize {
        self.front
            .log
            .entries()
            .iter()
            .filter(|entry| entry.verb == verb)
            .count()
    }

    /// Forgets the requests so far; the count of writes goes on.
    pub fn clear_request_log(&self) {
        self.front.log.clear();
    }

    /// Answers a request without a network, as an administrator.
    #[must_use]
    pub fn answer(&self, request: http::Request<bytes::Bytes>) -> http::Response<Body> {
        let (parts, body) = request.into_parts();
        server::respond(&self.front, parts, body)
    }

    /// Ends watches and connections, and writes the data file out.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in &self.background {
            task.abort();
        }
        let _ = (&mut self.server).await;
        if let Some(writer) = self.writer.take() {
            writer.finish().await;
        }
    }
}

impl Drop for DevCluster {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for task in &self.background {
            task.abort();
        }
    }
}

fn start_controllers(api: &Arc<Api>, options: &Options) -> Vec<JoinHandle<()>> {
    let (sender, changes) = mpsc::unbounded_channel();
    let forward = tokio::spawn(controllers::forward(api.store.changes(), sender));
    let moves = WorkloadOptions {
        ready_delay: options.pod_ready_delay,
        ..options.workloads.clone()
    };
    let world = Arc::new(ControllerWorld(api.clone()));
    vec![forward, workloads::spawn(world, changes, moves)]
}
