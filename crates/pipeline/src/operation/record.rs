//! What is written down of an operation: what became of each object and hook.

use plumb_model::{ActionDone, ObjectResult, OperationReport, Phase};
use plumb_plan::Finding;

pub(crate) fn note(operation: &mut OperationReport, finding: &Finding) {
    let known = operation
        .results
        .iter()
        .find(|result| result.id == finding.id && result.phase == finding.phase);
    let action = match (finding.state, known) {
        (Phase::Failed | Phase::Error, _) => ActionDone::Failed,
        (_, Some(known)) => known.action,
        _ => ActionDone::Created,
    };
    let message = if finding.message.is_empty() {
        known.map(|known| known.message.clone()).unwrap_or_default()
    } else {
        finding.message.clone()
    };
    put(
        operation,
        ObjectResult {
            id: finding.id.clone(),
            version: finding.version.clone(),
            action,
            message,
            phase: finding.phase,
            hook: finding.hook.then_some(finding.state),
        },
    );
}

/// Puts a result in the place of an earlier one of the same object and phase.
pub(crate) fn put(operation: &mut OperationReport, result: ObjectResult) {
    let same = |known: &&mut ObjectResult| known.id == result.id && known.phase == result.phase;
    match operation.results.iter_mut().find(same) {
        Some(known) => *known = result,
        None => operation.results.push(result),
    }
}

pub(super) fn failure(results: &[ObjectResult]) -> Option<String> {
    let failed: Vec<&ObjectResult> = results
        .iter()
        .filter(|result| result.action == ActionDone::Failed)
        .collect();
    let first = failed.first()?;
    let more = if failed.len() > 1 {
        format!(" (and {} more)", failed.len() - 1)
    } else {
        String::new()
    };
    Some(format!("{}: {}{more}", first.id, first.message))
}

pub(super) fn counts(results: &[ObjectResult]) -> Vec<(ActionDone, usize)> {
    let all = [
        ActionDone::Created,
        ActionDone::Configured,
        ActionDone::Pruned,
        ActionDone::Unchanged,
    ];
    all.into_iter()
        .map(|action| {
            (
                action,
                results.iter().filter(|result| result.action == action).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}
