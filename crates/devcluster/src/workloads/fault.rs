//! How to make a workload fail, as real ones do.
//!
//! | what | where | effect |
//! |---|---|---|
//! | image name or tag `fail`, or an image that contains `does-not-exist` or `broken` | any container | `ImagePullBackOff` |
//! | `dev.plumb.dev/fail: image` | pod | `ImagePullBackOff` for all its containers |
//! | `dev.plumb.dev/fail: crash` | pod | `CrashLoopBackOff`; the pod of a job fails |
//! | `dev.plumb.dev/fail: unready` | pod | runs, never ready |
//! | `dev.plumb.dev/fail: unschedulable` | pod | stays `Pending` |
//! | `dev.plumb.dev/fail` with any value | job | its pods fail |
//! | `dev.plumb.dev/fail` with any value | claim | stays `Pending` |
//! | `dev.plumb.dev/ready-delay: 500ms` | pod | takes that long to be ready (`ms`, `s`, `m`) |
//!
//! **Invariant:** a pod without marker always works.

use std::time::Duration;

use serde_json::Value;

use super::WorkloadOptions;
use super::fields::{annotation, text};

/// The annotation that makes something fail.
pub(super) const FAIL: &str = "dev.plumb.dev/fail";
const READY_DELAY: &str = "dev.plumb.dev/ready-delay";

/// What is wrong with a pod as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its images cannot be pulled.
    Image,
    /// Its containers exit with an error.
    Crash,
    /// Its containers never pass their readiness probe.
    Unready,
    /// No node takes it.
    Unschedulable,
}

/// The fault that the annotations of a pod ask for.
pub(super) fn of_pod(pod: &Value) -> Option<Fault> {
    annotation(pod, FAIL).map(|word| match word {
        "image" => Fault::Image,
        "unready" => Fault::Unready,
        "unschedulable" => Fault::Unschedulable,
        _ => Fault::Crash,
    })
}

/// Whether the image of a container cannot be pulled.
pub(super) fn is_missing(container: &Value, options: &WorkloadOptions) -> bool {
    let image = text(container, "/image");
    let (image, _digest) = image.split_once('@').unwrap_or((image, ""));
    let last = image.rsplit_once('/').map_or(image, |(_, last)| last);
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    name == "fail"
        || tag == "fail"
        || options
            .missing_images
            .iter()
            .any(|marker| image.contains(marker.as_str()))
}

/// How long a pod takes to be ready.
pub(super) fn ready_delay(pod: &Value, options: &WorkloadOptions) -> Duration {
    annotation(pod, READY_DELAY)
        .and_then(duration)
        .unwrap_or(options.ready_delay)
}

fn duration(words: &str) -> Option<Duration> {
    let split = words.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = words.split_at(split);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number * 60)),
        _ => None,
    }
}
