//! Starting the page beside the controllers.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use plumb_cli::Output;
use plumb_pipeline::Line;
use plumb_web::{OnceSignIn, Page, SessionLength, SignIn, WebOptions};
use tokio::sync::watch;

/// How long somebody stays signed in at a demo: as long as anyone lets one run.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
/// The file that programs find their key in, in the demo's folder.
const KEY: &str = "page.key";

/// Says where the page is.
pub(crate) fn announce(output: &Output, page: &Page) {
    output.line(format!("  page        http://{}/", page.address()));
    output.line(format!("  webhook     http://{}/hooks/git", page.address()));
}

/// Starts the page of a demo: on this machine only, and for whoever sees this terminal or may read the demo's folder.
pub(crate) async fn of_demo(output: &Output, port: u16, line: Line, folder: &Path) -> anyhow::Result<Page> {
    let once = OnceSignIn::new()?;
    keep(&folder.join(KEY), once.key())?;
    let options = WebOptions {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        sign_in: SignIn::Once(once.clone()),
        sessions: SessionLength {
            whole: MONTH,
            idle: MONTH,
        },
        ..WebOptions::default()
    };
    let page = Page::start(options, line).await?;
    let (address, mut paths) = (page.address(), once.paths());
    output.line(format!(
        "  page        http://{address}{}",
        *paths.borrow_and_update()
    ));
    output.line(format!(
        "              (it works once; programs read with the key in {})",
        folder.join(KEY).display()
    ));
    output.line(format!("  webhook     http://{address}/hooks/git"));
    tokio::spawn(renew(output.clone(), address, paths));
    Ok(page)
}

/// Shows the next address each time one was used.
async fn renew(output: Output, address: SocketAddr, mut paths: watch::Receiver<Arc<str>>) {
    while paths.changed().await.is_ok() {
        let path = paths.borrow_and_update().clone();
        output.line(format!(
            "A browser was let in by that address. For another one: http://{address}{path}"
        ));
    }
}

/// Writes a key that only its owner may read.
fn keep(file: &Path, key: &str) -> anyhow::Result<()> {
    let wrong = || format!("{} cannot be written", file.display());
    // Made anew, so that nobody has it open who might read it later.
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(wrong),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(file);
    let mut opened = opened.with_context(wrong)?;
    writeln!(opened, "{key}").with_context(wrong)
}
