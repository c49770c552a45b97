//! What servers say of troubles: lines on standard error.

use std::{
    io::{IsTerminal as _, Write, sink, stderr},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt, fmt::time};

/// How much is said: `error`, `warn`, `info`, `debug` or `trace`.
const LEVEL: &str = "PLUMB_LOG";

static ENDED: AtomicBool = AtomicBool::new(false);

/// Has troubles told from now on. Only this program's own words: what libraries say may hold what nobody should read.
pub(crate) fn begin() -> anyhow::Result<()> {
    let level = std::env::var(LEVEL).unwrap_or_else(|_| "warn".to_owned());
    let known = ["error", "warn", "info", "debug", "trace"];
    anyhow::ensure!(
        known.contains(&level.as_str()),
        "{LEVEL}={level}: say one of {}",
        known.join(", ")
    );
    let filter = EnvFilter::try_new(format!("off,plumb={level}")).context(LEVEL)?;
    let is_plain = !stderr().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let begun = fmt()
        .with_env_filter(filter)
        .with_writer(place)
        .with_ansi(!is_plain)
        .with_target(false)
        .with_timer(time::SystemTime)
        .compact()
        .try_init();
    // Where this runs within a test, somebody else may have begun.
    drop(begun);
    Ok(())
}

/// Has nothing told any more: the cluster in this program ends, and that it cannot be reached then is no news.
pub(crate) fn end() {
    ENDED.store(true, Ordering::Relaxed);
}

fn place() -> Box<dyn Write> {
    if ENDED.load(Ordering::Relaxed) {
        Box::new(sink())
    } else {
        Box::new(stderr())
    }
}
