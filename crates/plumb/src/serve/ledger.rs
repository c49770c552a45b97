//! Where the controllers' ledger is, who signs it, and where its copy goes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use plumb_history::{LedgerOptions, ShardName, Signer};
use plumb_pipeline::{Books, Line, copies};

// Flags of the controllers' ledger.
#[derive(Args, Debug)]
pub(crate) struct LedgerArguments {
    /// Folder of the ledger, which records every change; without, it is kept in memory and ends with the program
    #[arg(long, value_name = "DIR", env = "PLUMB_LEDGER", help_heading = "Ledger")]
    ledger: Option<PathBuf>,
    /// SSH key that signs the records: ed25519 or ECDSA P-256, without a passphrase
    #[arg(long, value_name = "FILE", requires = "ledger", help_heading = "Ledger")]
    ledger_key: Option<PathBuf>,
    /// Repository (https, ssh, or a folder) that gets a copy of every record, and that the ledger goes on from; it is opened
    /// by the repository Secret for its URL
    #[arg(long, value_name = "URL", requires = "ledger", help_heading = "Ledger")]
    ledger_copy: Option<String>,
    /// Name of this writer's chain of records; every replica that writes at the same time needs its own
    #[arg(
        long,
        value_name = "NAME",
        default_value = "main",
        requires = "ledger",
        help_heading = "Ledger"
    )]
    ledger_shard: String,
}

impl LedgerArguments {
    /// The line with these books; their copy is followed from now on.
    pub(crate) async fn on(&self, line: Line) -> anyhow::Result<Line> {
        let Some(folder) = &self.ledger else {
            return Ok(line);
        };
        let options = LedgerOptions {
            shard: ShardName::parse(&self.ledger_shard).context("--ledger-shard")?,
            signer: self.ledger_key.as_deref().map(signer).transpose()?,
            ..LedgerOptions::default()
        };
        if let Some(url) = &self.ledger_copy {
            match copies::take_over(&line, url, folder).await {
                Ok(_) => {}
                // What is recorded meanwhile is brought there later.
                Err(error) => {
                    tracing::warn!(%error, "--ledger-copy: nothing could be taken over from the copy")
                }
            }
        }
        let books = Books::open(folder, options);
        let books =
            books.with_context(|| format!("--ledger {}: the ledger cannot be opened", folder.display()))?;
        let line = Line {
            books: Arc::new(books),
            ..line
        };
        if let Some(url) = &self.ledger_copy {
            tokio::spawn(copies::keep(line.clone(), url.clone()));
        }
        Ok(line)
    }
}

fn signer(path: &Path) -> anyhow::Result<Signer> {
    let wrong = || format!("--ledger-key {}", path.display());
    let text = std::fs::read_to_string(path).with_context(wrong)?;
    Signer::from_openssh(&text).with_context(wrong)
}
