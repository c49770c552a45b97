//! Keeps the objects in a file over restarts.
//!
//! A thread writes changes in batches behind the server, so that a write costs the client nothing; the last moments
//! before a crash may be lost, a [`stop`](crate::DevCluster::stop) loses nothing.
//!
//! **Invariant:** the file holds a state that the server was in: a batch is one transaction.
//! **Start at** [`open`].

use crate::store::{Change, Event, Key, Store};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde_json::Value;
use std::{path::Path, sync::Arc, thread};
use tokio::sync::mpsc;

const OBJECTS: TableDefinition<'_, (&str, &str, &str), &[u8]> = TableDefinition::new("objects");
const VERSION: TableDefinition<'_, (), u64> = TableDefinition::new("version");

/// Why the data file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PersistError {
    /// The database refuses.
    #[error(transparent)]
    Database(#[from] redb::Error),
    /// An object in it is no JSON.
    #[error("an object in it cannot be read: {0}")]
    Object(#[from] serde_json::Error),
    /// The thread that writes cannot start.
    #[error("start the thread that writes: {0}")]
    Thread(#[from] std::io::Error),
}

/// Writes changes behind the server.
#[derive(Debug)]
pub(crate) struct Writer {
    stop: mpsc::UnboundedSender<()>,
    thread: thread::JoinHandle<()>,
}

impl Writer {
    /// Writes what is left, then ends.
    pub(crate) async fn finish(self) {
        let _ = self.stop.send(());
        let thread = self.thread;
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

/// Reads the file into the store, and follows the store from then on.
pub(crate) fn open(store: &Store, path: &Path) -> Result<Writer, PersistError> {
    let database = Database::create(path).map_err(redb::Error::from)?;
    let (version, objects) = load(&database)?;
    store.restore(version, objects);
    let changes = store.changes();
    let (stop, stopped) = mpsc::unbounded_channel();
    let thread = thread::Builder::new()
        .name("devcluster-data".to_owned())
        .spawn(move || follow(&database, changes, stopped))?;
    Ok(Writer { stop, thread })
}

type Loaded = (u64, Vec<(Arc<str>, Key, Value)>);

fn load(database: &Database) -> Result<Loaded, PersistError> {
    let write = database.begin_write().map_err(redb::Error::from)?;
    // Makes the tables on the first run.
    write.open_table(OBJECTS).map_err(redb::Error::from)?;
    write.open_table(VERSION).map_err(redb::Error::from)?;
    write.commit().map_err(redb::Error::from)?;
    let read = database.begin_read().map_err(redb::Error::from)?;
    let versions = read.open_table(VERSION).map_err(redb::Error::from)?;
    let version = versions
        .get(())
        .map_err(redb::Error::from)?
        .map_or(0, |version| version.value());
    let mut objects = Vec::new();
    for entry in read
        .open_table(OBJECTS)
        .map_err(redb::Error::from)?
        .iter()
        .map_err(redb::Error::from)?
    {
        let (key, value) = entry.map_err(redb::Error::from)?;
        let (table, namespace, name) = key.value();
        objects.push((
            table.into(),
            (namespace.into(), name.into()),
            serde_json::from_slice(value.value())?,
        ));
    }
    Ok((version, objects))
}

fn follow(
    database: &Database,
    mut changes: mpsc::UnboundedReceiver<Arc<Event>>,
    mut stopped: mpsc::UnboundedReceiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let Ok(runtime) = runtime else {
        return tracing::error!("the data file is not written: no runtime");
    };
    let mut stop = false;
    while !stop {
        let mut batch = Vec::new();
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stopped.recv() => stop = true,
                event = changes.recv() => match event {
                    Some(event) => batch.push(event),
                    None => stop = true,
                },
            }
        });
        while let Ok(event) = changes.try_recv() {
            batch.push(event);
        }
        if let Err(error) = write(database, &batch) {
            tracing::error!(%error, "changes were not written to the data file");
        }
    }
}

fn write(database: &Database, batch: &[Arc<Event>]) -> Result<(), redb::Error> {
    let Some(last) = batch.last() else { return Ok(()) };
    let transaction = database.begin_write()?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        for event in batch {
            let key = (&*event.table, &*event.key.0, &*event.key.1);
            match event.change {
                Change::Deleted => objects.remove(key)?,
                Change::Added | Change::Modified => objects.insert(key, &*event.json())?,
            };
        }
        transaction.open_table(VERSION)?.insert((), last.version)?;
    }
    transaction.commit()?;
    Ok(())
}
