//! A line on the terminal while something takes its time; nothing at all where no person looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::Output;

/// What is shown until it is dropped.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(crate) fn start(output: &Output, what: impl Into<String>) -> Self {
        Self(output.shows_progress().then(|| {
            let bar = ProgressBar::new_spinner().with_message(what.into());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }

    pub(crate) fn say(&self, what: impl Into<String>) {
        if let Some(bar) = &self.0 {
            bar.set_message(what.into());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
