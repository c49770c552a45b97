//! What happens, line by line, on the screen of the demo and of the controller.

use std::time::Duration;

use owo_colors::OwoColorize;
use plumb_cli::Output;
use plumb_model::{ActionDone, HealthStatus};
use plumb_pipeline::{Board, Event, Happening};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Prints what happens for ever.
pub(crate) async fn follow(output: Output, mut events: Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(text) = describe(&event.what) {
                    let at = jiff::Zoned::now().strftime("%H:%M:%S%.3f").to_string();
                    output.line(format!("{} {:<22} {text}", at.dimmed(), event.unit.name));
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Prints every unit with its state; whether all are Synced and Healthy.
pub(crate) fn summary(output: &Output, board: &Board) -> bool {
    let units = board.units();
    let rows = units
        .iter()
        .map(|(id, view)| {
            let report = &view.report;
            let revision = report
                .applied
                .as_ref()
                .map(|revision| revision.commit.short().to_owned());
            let problem = report
                .conditions
                .first()
                .map(|condition| condition.message.clone());
            vec![
                id.kind.word().to_owned(),
                format!("{}/{}", id.namespace, id.name),
                format!("{:?}", report.sync),
                report.health.status.to_string(),
                revision.unwrap_or_default(),
                report.resources.len().to_string(),
                problem.unwrap_or_default(),
            ]
        })
        .collect();
    output.table(
        &["kind", "app", "sync", "health", "revision", "objects", "message"],
        rows,
    );
    !units.is_empty() && units.iter().all(|(_, view)| view.report.is_good())
}

fn describe(what: &Happening) -> Option<String> {
    Some(match what {
        Happening::CommitSeen { revision, took } => {
            let name = revision.name.as_deref().unwrap_or("commit");
            format!(
                "commit seen   {name} {} {}",
                revision.commit.short(),
                milliseconds(*took)
            )
        }
        Happening::Rendered { objects, took } => {
            format!("rendered      {objects} objects {}", milliseconds(*took))
        }
        Happening::Drifted { fields } => format!("{}       {}", "drifted".yellow(), fields.join(", ")),
        Happening::Applied { counts, took, healed } => {
            let done: Vec<String> = counts
                .iter()
                .map(|(action, count)| format!("{count} {}", word(*action)))
                .collect();
            let verb = if *healed { "healed " } else { "applied" };
            format!(
                "{}       {} {}",
                verb.green(),
                done.join(", "),
                milliseconds(*took)
            )
        }
        Happening::HealthChanged { health, after } => match health {
            HealthStatus::Healthy => format!("{}       {}", "healthy".green(), milliseconds(*after)),
            HealthStatus::Degraded => format!("{}      {}", "degraded".red(), milliseconds(*after)),
            other => format!(
                "{:<13} {}",
                other.to_string().to_lowercase(),
                milliseconds(*after)
            ),
        },
        Happening::Failed { message } => format!("{}        {message}", "failed".red()),
        Happening::Gone => "gone".to_owned(),
        Happening::Updated => return None,
    })
}

fn word(action: ActionDone) -> &'static str {
    match action {
        ActionDone::Created => "created",
        ActionDone::Configured => "configured",
        ActionDone::Unchanged => "unchanged",
        ActionDone::Pruned => "pruned",
        ActionDone::PruneSkipped => "kept",
        ActionDone::Failed => "failed",
    }
}

fn milliseconds(took: Duration) -> String {
    if took.is_zero() {
        String::new()
    } else {
        format!("{:.1} ms", took.as_secs_f64() * 1000.0)
            .dimmed()
            .to_string()
    }
}
