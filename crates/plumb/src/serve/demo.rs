//! `plumb demo`: a cluster, a repository, the controllers and the page, all on this machine.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cli::{Command, Context, Exit, Failure, Output, layouts};
use plumb_cluster::{Cluster, ConnectOptions, ServerSideApply};
use plumb_controllers::{ControllerOptions, Controllers};
use plumb_git::{Author, GitOptions, Repositories, Rewrite};
use plumb_history::LedgerOptions;
use plumb_model::UnitKind;
use plumb_pipeline::{Books, Line};
use serde_json::json;

use super::{install, page, screen};
use ground::Ground;

mod ground;

/// The URL that the sample repository's manifests name; a rewrite rule leads it to the folder.
const URL: &str = "https://github.com/org/repo";
/// The folder of the ledger, in the demo's.
const LEDGER: &str = "ledger";
/// How long everything may take to become Synced and Healthy with `--once`.
const ONCE_TIMEOUT: Duration = Duration::from_secs(120);
/// For how long everything must have been good before that is believed.
const ONCE_QUIET: Duration = Duration::from_millis(400);

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "demo",
    clap: || {
        Arguments::augment_args(clap::Command::new("demo").about(
            "Run everything on this machine: a cluster, a sample repository, the controllers and the page",
        ))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder for the repository, the cluster's objects and the kubeconfig
    #[arg(long, default_value = ".plumb/demo", value_name = "DIR")]
    dir: PathBuf,
    /// Port of the page on 127.0.0.1; 0 = any
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Do the first sync of everything, print a summary and end; the exit code is 1 when not everything is Synced and Healthy
    #[arg(long)]
    once: bool,
    /// How long a Pod takes to become ready, in milliseconds
    #[arg(long, default_value_t = 200, value_name = "MS")]
    pod_ready_delay: u64,
    /// Use the cluster of this kubeconfig instead of the embedded one; it gets CustomResourceDefinitions, namespaces and
    /// apps, and must have no namespaces but its own
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig to use
    #[arg(long, value_name = "NAME", requires = "kubeconfig", help_heading = "Cluster")]
    context: Option<String>,
    /// Use the cluster of the kubeconfig although others use it too
    #[arg(long, help_heading = "Cluster")]
    allow_used_cluster: bool,
}

/// Everything that the demo runs.
struct Demo {
    ground: Ground,
    controllers: Controllers,
    page: plumb_web::Page,
    line: Line,
    /// How many writes went before the controllers' first.
    writes_before: u64,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    super::log::begin()?;
    let arguments = Arguments::from_arg_matches(matches)?;
    let output = &context.output;
    std::fs::create_dir_all(&arguments.dir)
        .with_context(|| format!("folder {} cannot be made", arguments.dir.display()))?;
    let directory = arguments.dir.canonicalize()?;
    let repository = sample_repository(&directory)?;
    let demo = start(output, &arguments, &directory, &repository).await?;
    let exit = if arguments.once {
        let good = until_good(&demo.line).await;
        let good = screen::summary(output, &demo.line.board) && good;
        output.line(match demo.line.own().counters().writes - demo.writes_before {
            0 => "Nothing was changed.".to_owned(),
            writes => format!("{writes} API writes by the controllers."),
        });
        if good { Exit::Success } else { Exit::Negative }
    } else {
        hints(output, &arguments.dir, &demo);
        until_interrupted().await?;
        output.line("Ending.");
        Exit::Success
    };
    demo.controllers.stop().await;
    demo.page.stop().await;
    super::log::end();
    demo.ground.stop().await;
    Ok(exit)
}

async fn start(
    output: &Output,
    arguments: &Arguments,
    directory: &Path,
    repository: &Path,
) -> anyhow::Result<Demo> {
    let ground = Ground::prepare(output, arguments, directory).await?;
    output.line(format!(
        "  repository  {}  (stands in for {URL})",
        repository.display()
    ));
    configuration(directory, repository)?;
    let line = connect(ground.kubeconfig(), directory, repository).await?;
    install::definitions(line.own()).await?;
    bootstrap(line.own()).await?;
    let port = if arguments.once { 0 } else { arguments.port };
    let web = page::of_demo(output, port, line.clone(), directory).await?;
    output.line("");
    tokio::spawn(screen::follow(output.clone(), line.board.listen()));
    let writes_before = line.own().counters().writes;
    let controllers = Controllers::start(line.clone(), ControllerOptions::default());
    Ok(Demo {
        ground,
        controllers,
        page: web,
        line,
        writes_before,
    })
}

async fn connect(kubeconfig: &Path, directory: &Path, repository: &Path) -> anyhow::Result<Line> {
    let options = ConnectOptions {
        kubeconfig: Some(kubeconfig.to_owned()),
        user_agent: "plumb-demo".to_owned(),
        ..ConnectOptions::default()
    };
    let rewrite = Rewrite {
        from: URL.to_owned(),
        to: repository.display().to_string(),
    };
    let git = GitOptions {
        rewrites: vec![rewrite],
        ..GitOptions::new(directory.join("mirrors"))
    };
    let line = Line::new(Cluster::connect(options).await?, Repositories::new(git)?)?;
    Ok(Line {
        books: Arc::new(Books::open(&directory.join(LEDGER), LedgerOptions::default())?),
        ..line
    })
}

/// Tells commands that use the demo's kubeconfig where the repository really is, and where the ledger.
fn configuration(directory: &Path, repository: &Path) -> anyhow::Result<()> {
    let rule = json!({"rewrites": [{"from": URL, "to": repository.display().to_string()}], "ledger": LEDGER});
    let text = plumb_yaml::emit(&plumb_yaml::Node::from_json(&rule, plumb_yaml::Mark::default()));
    std::fs::write(directory.join("plumb.yaml"), text).context("the demo's configuration cannot be written")
}

/// The sample repository, made where it is not there yet. One that is there stays as people have left it.
fn sample_repository(directory: &Path) -> anyhow::Result<PathBuf> {
    let repository = directory.join("repo");
    if repository.join(".git").exists() {
        return Ok(repository);
    }
    let files = layouts::monorepo(URL);
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    let author = Author {
        name: "Plumb".to_owned(),
        email: "demo@plumb.dev".to_owned(),
        seconds: None,
    };
    plumb_git::init_repository(&repository, "main", &files, "Lay out the repository", &author)
        .with_context(|| format!("the sample repository cannot be made in {}", repository.display()))?;
    Ok(repository)
}

/// The one thing that is not in Git: the Applications that bring in all others.
async fn bootstrap(cluster: &Cluster) -> anyhow::Result<()> {
    let how = ServerSideApply {
        manager: "plumb-demo",
        force: true,
        dry_run: false,
        subresource: None,
    };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd", "labels": {ground::MARK: "true"}}});
    cluster.server_side_apply(&namespace, how).await?;
    for (name, path) in [("apps", "config/argocd"), ("flux", "config/flux")] {
        let application = plumb_argo::application(&plumb_argo::ApplicationArgs {
            name: name.to_owned(),
            namespace: "argocd".to_owned(),
            repo_url: URL.to_owned(),
            path: path.to_owned(),
            destination_namespace: "argocd".to_owned(),
            automated: true,
            prune: true,
            self_heal: true,
            ..plumb_argo::ApplicationArgs::default()
        });
        cluster.server_side_apply(&application, how).await?;
    }
    Ok(())
}

/// Whether the cluster has no more units than so many.
async fn is_all(line: &Line, known: usize) -> bool {
    let mut found = 0;
    for kind in [UnitKind::Application, UnitKind::Kustomization] {
        match plumb_pipeline::actions::list(line.own(), kind).await {
            Ok(units) => found += units.len(),
            Err(_) => return false,
        }
    }
    found == known
}

/// Waits until every unit is Synced and Healthy and stays so for a moment; whether that came true in time.
async fn until_good(line: &Line) -> bool {
    let began = Instant::now();
    let mut good_since: Option<Instant> = None;
    while began.elapsed() < ONCE_TIMEOUT {
        let units = line.board.units();
        let good = !units.is_empty() && units.iter().all(|(_, view)| view.report.is_good());
        match (good, good_since) {
            (true, Some(since)) if since.elapsed() >= ONCE_QUIET => {
                // An app that another one made may not have been heard of yet.
                if is_all(line, units.len()).await {
                    return true;
                }
                good_since = None;
            }
            (true, None) => good_since = Some(Instant::now()),
            (false, _) => good_since = None,
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// Waits for Ctrl-C, or for being told to end.
pub(crate) async fn until_interrupted() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn hints(output: &Output, directory: &Path, demo: &Demo) {
    let (directory, kubeconfig) = (directory.display(), demo.ground.kubeconfig().display());
    let lines = [
        "Try, in another terminal:".to_owned(),
        format!("  export KUBECONFIG={kubeconfig}"),
        "  kubectl -n production get deploy,svc,cm".to_owned(),
        format!(
            "  cd {directory}/repo && sed -i 's/value: 5/value: 4/' apps/frontend/production/kustomization.yaml"
        ),
        "  git commit -am 'Scale frontend to 4'          # and watch it arrive".to_owned(),
        "  kubectl -n production scale deploy/myapp --replicas 1   # and watch it heal".to_owned(),
        "  plumb app list".to_owned(),
        "  plumb app history frontend-production".to_owned(),
        "  plumb app rollback frontend-production 0      # holds until a newer commit arrives".to_owned(),
        "  git revert --no-edit HEAD                     # is followed like any commit".to_owned(),
        "Ctrl-C ends it.".to_owned(),
        String::new(),
    ];
    lines.iter().for_each(|line| output.line(line));
}
