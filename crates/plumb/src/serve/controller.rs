//! `plumb controller`: the watch loops and the page, beside a cluster.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_charts::Helm;
use plumb_cli::{ClusterFlags, Command, Context, Exit, Failure, GitFlags, cache};
use plumb_controllers::{ControllerOptions, Controllers};
use plumb_pipeline::{Line, Reach};
use plumb_web::{Page, WebOptions};

use super::{demo::until_interrupted, install, ledger::LedgerArguments, page, screen, sign_in::SignInFlags};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "controller",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("controller")
                .about("Keep a cluster as its Applications and Kustomizations say"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    cluster: ClusterFlags,
    #[command(flatten)]
    git: GitFlags,
    /// Address of the page and of the webhook; anything but loopback needs --sign-in and --public-url
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Let the page be reached from other machines, by anyone
    #[arg(long)]
    insecure_listen: bool,
    #[command(flatten)]
    sign_in: SignInFlags,
    /// File with the secret that forges sign their webhooks with; without it, webhooks only make us look sooner
    #[arg(long, value_name = "FILE")]
    hook_secret_file: Option<PathBuf>,
    /// How often to ask repositories for news that nothing tells of, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    poll_interval: u64,
    /// Refuse remote bases and files on the web in kustomizations
    #[arg(long)]
    no_remote: bool,
    /// Run the programs that kubeconfigs of Kustomizations name to sign in to other clusters
    #[arg(long)]
    insecure_kubeconfig_exec: bool,
    /// Inflate the Helm charts of kustomizations with the helm program
    #[arg(long)]
    enable_helm: bool,
    /// The helm program: a name or a path
    #[arg(long, value_name = "PROGRAM", default_value = "helm")]
    helm_command: String,
    #[command(flatten)]
    ledger: LedgerArguments,
    /// Install the CustomResourceDefinitions first
    #[arg(long)]
    install_crds: bool,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    super::log::begin()?;
    let arguments = Arguments::from_arg_matches(matches)?;
    let sign_in = arguments
        .sign_in
        .read(arguments.listen, arguments.insecure_listen)?;
    let hook_secret = arguments
        .hook_secret_file
        .map(|path| {
            let text = std::fs::read_to_string(&path);
            text.with_context(|| format!("--hook-secret-file {} cannot be read", path.display()))
        })
        .transpose()?
        .map(|text| text.trim_end().to_owned());
    let helm = || Helm::new(arguments.helm_command.as_str(), cache().join("charts"));
    let line = Line {
        reach: Reach {
            remote: !arguments.no_remote,
            helm: arguments.enable_helm.then(helm),
            kubeconfig_exec: arguments.insecure_kubeconfig_exec,
        },
        ..context.line(&arguments.cluster, &arguments.git).await?
    };
    let line = arguments.ledger.on(line).await?;
    if arguments.install_crds {
        install::definitions(line.own()).await?;
    }
    let options = WebOptions {
        address: arguments.listen,
        hook_secret,
        sign_in,
        sessions: arguments.sign_in.sessions(),
        public_url: arguments.sign_in.public_url(),
        ..WebOptions::default()
    };
    let web = Page::start(options, line.clone()).await?;
    let output = &context.output;
    output.line(format!("  cluster     {}", line.own().server()));
    page::announce(output, &web);
    output.line(match line.books.folder() {
        Some(folder) => format!("  ledger      {}", folder.display()),
        None => "  ledger      in memory, it ends with this program (--ledger DIR keeps it)".to_owned(),
    });
    tokio::spawn(screen::follow(output.clone(), line.board.listen()));
    let poll_interval = Duration::from_secs(arguments.poll_interval.max(1));
    let controllers = Controllers::start(
        line,
        ControllerOptions {
            poll_interval,
            ..ControllerOptions::default()
        },
    );
    until_interrupted().await?;
    controllers.stop().await;
    web.stop().await;
    Ok(Exit::Success)
}
