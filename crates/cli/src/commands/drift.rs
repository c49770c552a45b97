//! `plumb drift`: whether the cluster is as Git says, and who made it otherwise.

use std::{collections::BTreeSet, time::Duration};

use clap::{ArgMatches, Args, FromArgMatches};
use futures::{StreamExt as _, stream::select_all};
use plumb_cluster::Cluster;
use plumb_model::GroupVersionKind;
use plumb_pipeline::{Line, actions::Loaded, preview::preview};
use plumb_plan::Plan;

use crate::{
    ClusterFlags, Command, Context, Exit, Failure, Format, GitFlags, compare,
    drift::{Found, print},
    names::{self, KINDS},
    progress::Progress,
    units,
};

/// How long it is quiet before a new look, with --watch.
const QUIET: Duration = Duration::from_millis(300);

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "drift",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("drift")
                .about("Tell whether the cluster is as Git says: exit code 0 = it is, 1 = drift, 2 = cannot be told")
                .long_about(
                    "Tell whether the cluster is as Git says, which field of which object is not, and who made it so.\n\n\
                     With PATH: what the folder renders to, whoever applied it. Without: every Application and \
                     Kustomization at the commit that was applied last.\n\nExit code 0 = no drift, 1 = drift, 2 = it \
                     cannot be told.",
                ),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder of manifests or with a kustomization, as it is on disk
    #[arg(value_name = "PATH", conflicts_with_all = ["app", "all"])]
    path: Option<String>,
    /// This Application or Kustomization; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    app: Vec<String>,
    /// Every Application and Kustomization (as when nothing is named)
    #[arg(long)]
    all: bool,
    /// Namespace for objects of PATH that name none [default: that of the kubeconfig's context]
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Go on looking, whenever something of it changes
    #[arg(long, short)]
    watch: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    cluster: ClusterFlags,
    #[command(flatten)]
    git: GitFlags,
}

/// The kinds and namespaces that a look was about.
type Scope = BTreeSet<(String, String, String, Option<String>)>;

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let line = match &arguments.path {
        // A folder needs no repository, so nothing of theirs can stand in the way.
        Some(_) => None,
        None => Some(context.line(&arguments.cluster, &arguments.git).await?),
    };
    let cluster = match &line {
        Some(line) => line.own().clone(),
        None => context.cluster(&arguments.cluster).await?,
    };
    let (found, scope) = look(context, &arguments, &cluster, line.as_ref()).await?;
    let exit = print(&context.output, &found, arguments.output);
    if !arguments.watch {
        return Ok(exit);
    }
    let seen = format!("{found:?}");
    follow(context, &arguments, (&cluster, line.as_ref()), scope, seen).await?;
    Ok(exit)
}

async fn look(
    context: &Context,
    arguments: &Arguments,
    cluster: &Cluster,
    line: Option<&Line>,
) -> anyhow::Result<(Vec<Found>, Scope)> {
    let (Some(line), None) = (line, &arguments.path) else {
        let path = arguments.path.as_deref().unwrap_or(".");
        let compared = compare::folder(cluster, path, arguments.namespace.as_deref()).await?;
        compared
            .warnings
            .iter()
            .for_each(|warning| context.output.note(warning));
        let scope = scope(&compared.plan).collect();
        return Ok((vec![Found::of(path.to_owned(), &compared.plan)], scope));
    };
    let mut wanted = Vec::new();
    for name in &arguments.app {
        wanted.push(names::find(cluster, name, arguments.namespace.as_deref()).await?);
    }
    if arguments.app.is_empty() {
        for kind in KINDS {
            wanted.extend(units::list(cluster, kind, arguments.namespace.as_deref(), "").await?);
        }
    }
    if wanted.is_empty() {
        context.output.note(
            "There are no Applications and no Kustomizations: name a folder to compare with the cluster",
        );
    }
    let progress = Progress::start(&context.output, "looking");
    let (mut found, mut all) = (Vec::new(), Scope::new());
    for loaded in &wanted {
        progress.say(format!("looking at {}", loaded.id));
        match of_unit(line, loaded).await {
            Ok((one, scope)) => {
                found.push(one);
                all.extend(scope);
            }
            Err(error) => {
                let problems = vec![format!("{}: {error:#}", loaded.id)];
                found.push(Found {
                    what: loaded.id.to_string(),
                    objects: Vec::new(),
                    problems,
                });
            }
        }
    }
    Ok((found, all))
}

/// A unit beside the commit that was applied last: what is newer in Git is to come, and no drift.
async fn of_unit(line: &Line, loaded: &Loaded) -> anyhow::Result<(Found, Scope)> {
    let unit = units::whole(line.own(), loaded).await?;
    let commit = match &loaded.report.applied {
        Some(applied) => applied.commit.clone(),
        None => units::target(line, &unit, None).await?,
    };
    let preview = preview(line, &unit, &loaded.report, Some(&commit)).await?;
    let what = format!("{} at {}", loaded.id, commit.short());
    Ok((Found::of(what, &preview.plan), scope(&preview.plan).collect()))
}

fn scope(plan: &Plan) -> impl Iterator<Item = (String, String, String, Option<String>)> {
    plan.verdicts().iter().map(|verdict| {
        let kind = &verdict.id.kind;
        (
            kind.group.clone(),
            verdict.version.clone(),
            kind.kind.clone(),
            verdict.id.namespace.clone(),
        )
    })
}

/// Looks again whenever an object of these kinds changes, and prints what is new; ends with the program.
async fn follow(
    context: &Context,
    arguments: &Arguments,
    (cluster, line): (&Cluster, Option<&Line>),
    scope: Scope,
    mut last: String,
) -> anyhow::Result<()> {
    let watches = scope.into_iter().map(|(group, version, kind, namespace)| {
        cluster
            .watch(&GroupVersionKind::new(group, version, kind), namespace.as_deref())
            .boxed()
    });
    let mut events = select_all(watches);
    // The first list of each watch counts too: it may hold what changed since the look before.
    while events.next().await.is_some() {
        while let Ok(Some(_)) = tokio::time::timeout(QUIET, events.next()).await {}
        let found = match look(context, arguments, cluster, line).await {
            Ok((found, _)) => found,
            Err(error) => {
                context.output.failure(&error);
                continue;
            }
        };
        let now = format!("{found:?}");
        if now != last {
            print(&context.output, &found, arguments.output);
            last = now;
        }
    }
    Ok(())
}
