//! Starts a dev cluster and keeps it until the input ends, to try clients by hand.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example talks to whoever starts it"
)]

use plumb_devcluster::{DevCluster, DevClusterError, Options};
use std::{io::Read as _, path::PathBuf};

#[tokio::main]
async fn main() -> Result<(), DevClusterError> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".plumb-dev".to_owned()));
    let data_file = arguments.next().map(PathBuf::from);
    let began = std::time::Instant::now();
    let cluster = DevCluster::start(Options {
        directory,
        data_file,
        ..Options::default()
    })
    .await?;
    println!(
        "ready in {:?}: export KUBECONFIG={}",
        began.elapsed(),
        cluster.kubeconfig().display()
    );
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    let _ = end.await;
    cluster.stop().await;
    Ok(())
}
