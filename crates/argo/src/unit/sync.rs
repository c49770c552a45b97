//! `spec.syncPolicy`.

use plumb_model::spec::{Field, Problems};
use std::time::Duration;

use plumb_model::{Conduct, Fuse, Order, Propagation, Retry, SyncPolicy};
use serde_json::Value;

use super::Defaults;
use crate::{directives, names::HOOK_FINALIZER};

/// How many records Argo CD keeps unless told otherwise.
const HISTORY_LIMIT: usize = 10;

pub(super) fn read(
    problems: &mut Problems,
    (spec, fuse): (&Field<'_>, &Field<'_>),
    defaults: &Defaults,
) -> SyncPolicy {
    let policy = spec.get("syncPolicy");
    let automated = policy.get("automated");
    // `automated: {}` is on, and so is `enabled: null`.
    let is_automated =
        automated.value.is_object() && problems.flag(&automated.get("enabled")).unwrap_or(true);
    let prune = problems.flag(&automated.get("prune")).unwrap_or(false);
    let self_heal = problems.flag(&automated.get("selfHeal")).unwrap_or(false);
    let allow_empty = problems.flag(&automated.get("allowEmpty")).unwrap_or(false);
    let options = problems.texts(&policy.get("syncOptions"));
    let has = |option: &str| options.iter().any(|given| given == option);
    let limit = problems
        .integer(&spec.get("revisionHistoryLimit"))
        .map_or(HISTORY_LIMIT, |limit| {
            usize::try_from(limit).unwrap_or(HISTORY_LIMIT)
        });
    SyncPolicy {
        automated: is_automated,
        prune: is_automated && prune,
        self_heal: is_automated && self_heal,
        allow_empty,
        create_namespace: has("CreateNamespace=true"),
        wait: false,
        force: false,
        timeout: defaults.timeout,
        retry: retry(problems, &policy.get("retry")),
        interval: None,
        history_limit: limit,
        conduct: conduct(problems, &has, fuse),
        ignore: super::ignore::read(problems, spec, has("RespectIgnoreDifferences=true")),
        keeps_ignored: has("RespectIgnoreDifferences=true"),
    }
}

/// How objects are applied and removed, as far as the Application says.
fn conduct(problems: &mut Problems, has: &impl Fn(&str) -> bool, fuse: &Field<'_>) -> Conduct {
    let propagation = [
        ("background", Propagation::Background),
        ("orphan", Propagation::Orphan),
    ];
    Conduct {
        order: Order::Waves,
        replace: has("Replace=true"),
        lenient: has("Validate=false"),
        skip_missing_kinds: has("SkipDryRunOnMissingResource=true"),
        fail_on_shared: has("FailOnSharedResource=true"),
        prune: directives::removal(has, "Prune").unwrap_or_default(),
        prune_last: has("PruneLast=true"),
        propagation: propagation
            .into_iter()
            .find(|(word, _)| has(&format!("PrunePropagationPolicy={word}")))
            .map_or(Propagation::Foreground, |(_, policy)| policy),
        hook_finalizer: Some(HOOK_FINALIZER.to_owned()),
        fuse: self::fuse(problems, fuse),
        patience: None,
    }
}

/// The deletion fuse: `on`, `off`, or how much is too much, as `20`, `30%` or `20,30%`.
fn fuse(problems: &mut Problems, field: &Field<'_>) -> Option<Fuse> {
    let text = problems.text(field)?;
    let fuse = Fuse::parse(&text);
    if fuse.is_none() {
        problems.add(
            field,
            format!("{text:?} does not say how much may be deleted"),
            "write on, off, a number of objects (20), a share (30%), or both (20,30%)",
        );
    }
    fuse.flatten()
}

/// The sync options of the Application as a whole.
pub(crate) fn options(object: &Value) -> impl Iterator<Item = &str> {
    object["spec"]["syncPolicy"]["syncOptions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn retry(problems: &mut Problems, field: &Field<'_>) -> Retry {
    let given = field.value.is_object();
    let limit = problems.integer(&field.get("limit"));
    let backoff = field.get("backoff");
    let factor = problems
        .integer(&backoff.get("factor"))
        .and_then(|factor| u32::try_from(factor).ok());
    Retry {
        limit: match limit {
            // Without a word about retries, an automated sync is tried five times more; with one, as often as it says.
            None => Some(if given { 0 } else { 5 }),
            Some(limit) => u32::try_from(limit).ok(),
        },
        first: wait(problems, &backoff.get("duration")).unwrap_or(Duration::from_secs(5)),
        factor: factor.unwrap_or(2),
        longest: wait(problems, &backoff.get("maxDuration")).unwrap_or(Duration::from_secs(180)),
    }
}

/// A wait; a bare number is of seconds.
fn wait(problems: &mut Problems, field: &Field<'_>) -> Option<Duration> {
    match field.value.as_str().and_then(|text| text.parse().ok()) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => problems.duration(field),
    }
}
