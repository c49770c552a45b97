//! `plumb app delete`: an app, with or without its objects.

use std::time::Duration;

use clap::{ArgAction, ArgMatches, Args, FromArgMatches};
use plumb_argo::ApplicationArgs;
use plumb_cluster::{Cluster, DeleteOptions};
use plumb_model::UnitKind;
use plumb_pipeline::actions::{self, Loaded};
use serde_json::{Value, json};

use super::UnitFlags;
use crate::{
    Command, Context, Exit, Failure, names,
    waiting::{self, Wait, Waited},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "delete",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("delete").about("Delete an app, with or without its objects"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Delete its objects too
    #[arg(long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    cascade: bool,
    /// Do not ask whether that is meant
    #[arg(short = 'y', long)]
    yes: bool,
    /// Wait until it is gone
    #[arg(long)]
    wait: bool,
    /// Longest wait, as 90, 90s or 5m; 0 = without end
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = waiting::timeout)]
    timeout: Duration,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let name = &arguments.unit;
    let output = &context.output;
    let cluster = context.cluster(&name.cluster).await?;
    let loaded = names::find(&cluster, &name.name, name.app_namespace.as_deref()).await?;
    let id = &loaded.id;
    let objects = match loaded.report.resources.len() {
        1 => "its object".to_owned(),
        count => format!("its {count} objects"),
    };
    let what = if arguments.cascade {
        format!("with {objects}")
    } else {
        format!("and leave {objects}")
    };
    if !output.confirm(&format!("Delete {id} {what}?"), arguments.yes)? {
        output.line(format!("{id} stays as it is"));
        return Ok(Exit::Negative);
    }
    if let Some(patch) = cascade_patch(&loaded, arguments.cascade) {
        actions::patch_unit(&cluster, id, &patch).await?;
    }
    delete(&cluster, &loaded).await?;
    if !arguments.wait {
        output.line(format!("{id} is being deleted {what}"));
        return Ok(Exit::Success);
    }
    let wait = Wait::unit(
        id,
        waiting::limit(arguments.timeout),
        format!("waiting for {id} to be gone"),
    );
    match wait.until(&cluster, output, |object| object.is_none()).await {
        Waited::Done(_) => output.line(format!("{id} is deleted")),
        Waited::TimedOut(last) => {
            return Err(wait
                .timed_out(last.as_ref())
                .context("it is being deleted and goes once that is done")
                .into());
        }
    }
    Ok(Exit::Success)
}

async fn delete(cluster: &Cluster, loaded: &Loaded) -> anyhow::Result<()> {
    // The one that was shown, not one that took its name meanwhile.
    let uid = loaded.object["metadata"]["uid"].as_str();
    let gvk = actions::resource_kind(loaded.id.kind);
    cluster
        .delete(
            &gvk,
            &actions::object_id(&loaded.id),
            DeleteOptions {
                uid,
                ..DeleteOptions::default()
            },
        )
        .await?;
    Ok(())
}

/// What must be changed first, so that its objects go or stay; `None` where all is so already.
fn cascade_patch(loaded: &Loaded, cascade: bool) -> Option<Value> {
    let object = &loaded.object;
    match loaded.id.kind {
        UnitKind::Application => {
            let listed = object["metadata"]["finalizers"].as_array().into_iter().flatten();
            let listed: Vec<&str> = listed.filter_map(Value::as_str).collect();
            let (ours, cascades) = finalizers(object);
            let wanted: Vec<&str> = if cascade {
                if cascades {
                    return None;
                }
                let named = plumb_argo::application(&ApplicationArgs {
                    cascade: true,
                    ..ApplicationArgs::default()
                });
                let mut wanted: Vec<String> = listed.iter().map(|&name| name.to_owned()).collect();
                wanted.extend(named["metadata"]["finalizers"][0].as_str().map(str::to_owned));
                return Some(json!({"metadata": {"finalizers": wanted}}));
            } else {
                listed
                    .iter()
                    .copied()
                    .filter(|name| !ours.iter().any(|own| own == name))
                    .collect()
            };
            (wanted.len() != listed.len()).then(|| json!({"metadata": {"finalizers": wanted}}))
        }
        UnitKind::Kustomization => {
            let wanted = if cascade { "Delete" } else { "Orphan" };
            (object["spec"]["deletionPolicy"] != *wanted).then(|| json!({"spec": {"deletionPolicy": wanted}}))
        }
    }
}

/// The finalizers of an Application that its deletion would work off, and whether its objects would go.
fn finalizers(object: &Value) -> (Vec<String>, bool) {
    let mut going = object.clone();
    going["metadata"]["deletionTimestamp"] = "1970-01-01T00:00:00Z".into();
    plumb_argo::deletion(&going).map_or((Vec::new(), false), |it| (it.finalizers, it.cascade))
}

#[cfg(test)]
mod tests;
