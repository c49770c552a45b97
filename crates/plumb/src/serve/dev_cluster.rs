//! `plumb dev-cluster`: a Kubernetes API on loopback, for trying things out.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cli::{Command, Context, Exit, Failure};
use plumb_devcluster::{DevCluster, Options};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "dev-cluster",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("dev-cluster")
                .about("Run a small Kubernetes API on loopback, for trying things out"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder for the kubeconfig and the certificates
    #[arg(long, default_value = ".plumb/dev-cluster", value_name = "DIR")]
    dir: PathBuf,
    /// Port on 127.0.0.1; 0 = any
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Keep the cluster's objects in DIR/cluster.redb, so that they are there at the next start
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How long a Pod takes to become ready, in milliseconds
    #[arg(long, default_value_t = 200, value_name = "MS")]
    pod_ready_delay: u64,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    super::log::begin()?;
    let arguments = Arguments::from_arg_matches(matches)?;
    let cluster = DevCluster::start(Options {
        address: SocketAddr::from(([127, 0, 0, 1], arguments.port)),
        directory: arguments.dir,
        data_file: arguments.data_dir.map(|dir| dir.join("cluster.redb")),
        pod_ready_delay: Duration::from_millis(arguments.pod_ready_delay),
        ..Options::default()
    })
    .await?;
    let output = &context.output;
    output.line(format!(
        "A Kubernetes API is ready at https://{}",
        cluster.address()
    ));
    output.line(format!(
        "  kubectl --kubeconfig {} get namespaces",
        cluster.kubeconfig().display()
    ));
    output.line("Ctrl-C ends it.");
    super::demo::until_interrupted().await?;
    cluster.stop().await;
    Ok(Exit::Success)
}
