//! Starting the page beside the controllers.

use std::net::SocketAddr;

use plumb_cli::Output;
use plumb_pipeline::Line;
use plumb_web::{Page, WebOptions};

/// Starts the page, and says what to do where the port is taken.
pub(crate) async fn start(
    address: SocketAddr,
    hook_secret: Option<String>,
    line: Line,
) -> anyhow::Result<Page> {
    let options = WebOptions {
        address,
        hook_secret,
        ..WebOptions::default()
    };
    Ok(Page::start(options, line).await?)
}

/// Says where the page is.
pub(crate) fn announce(output: &Output, page: &Page) {
    output.line(format!("  page        http://{}/", page.address()));
    output.line(format!("  webhook     http://{}/hooks/git", page.address()));
}
