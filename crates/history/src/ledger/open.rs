//! Opening the ledger: what a crash left behind is put right, and what it leads to is compared with what is remembered.
//!
//! Beside what [`crate::store::disk`] keeps are `index/SHARD`, `tips/SHARD` (the newest record, as remembered) and
//! `digest.key`.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, RwLock},
};

use gix::ObjectId as GitId;

use super::{Ledger, Writing, chain};
use crate::{
    DigestKey, Entry, HistoryError, RecordId, Redact, Sequence, ShardName, Signer,
    index::{Index, IndexFile},
    store::{Disk, Memory, Store, Tip},
};

/// How a ledger is written.
#[derive(Default)]
pub struct LedgerOptions {
    /// The chain that this process writes.
    pub shard: ShardName,
    /// The key of digests; `None` = the one in the ledger's folder, which is made where there is none.
    pub key: Option<DigestKey>,
    /// What takes secret values out of other kinds than Secret.
    pub redactions: Vec<Box<dyn Redact>>,
    /// Who signs; `None` = nobody.
    pub signer: Option<Signer>,
}

/// In memory: how many records are kept at least.
const MEMORY_RECORDS: usize = 10_000;

impl Ledger {
    /// Opens the ledger in `folder` for reading and writing; makes it where there is none.
    ///
    /// # Errors
    /// When another process writes to the shard, it was moved or rewritten by somebody else, or the disk fails.
    pub fn open(folder: &Path, options: LedgerOptions) -> Result<Self, HistoryError> {
        let (disk, journaled) = Disk::open(folder, &options.shard)?;
        let key = match &options.key {
            Some(key) => key.clone(),
            None => key_in(folder)?,
        };
        let store = Store::Disk(Box::new(disk));
        let tip = store.tips()?.get(&options.shard).copied();
        let path = index_path(folder, &options.shard);
        let (mut file, mut index) =
            IndexFile::open(&path).map_err(|error| HistoryError::io(&path, &error))?;
        if chain::catch_up(&store, &mut index, tip)? {
            file.clear().map_err(|error| HistoryError::io(&path, &error))?;
        }
        let mut writing = Writing {
            // Should there be no room, the chain tells it at the next start.
            index_file: file.follow(&index).is_ok().then_some(file),
            ..Writing::default()
        };
        if let Some((sequence, id)) = index.tip() {
            writing.tip = Some(Tip { id: id.0, sequence });
            writing.root = Some(chain::tree_of(&store, id.0)?);
        }
        debug_assert!(journaled.is_none() || journaled == writing.tip);
        let path = note_path(folder, &options.shard);
        check_note(&options.shard, &index, read_note(&path))?;
        writing.note = Some(open_note(&path).map_err(|error| HistoryError::io(&path, &error))?);
        let ledger = Self::of(store, options, key, writing);
        ledger.indexes_mut().insert(ledger.shard.clone(), index);
        ledger.refresh()?;
        Ok(ledger)
    }

    /// Opens the ledger in `folder` for reading, whoever writes to it.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open_for_reading(folder: &Path) -> Result<Self, HistoryError> {
        let ledger = Self::unread(folder)?;
        ledger.refresh()?;
        Ok(ledger)
    }

    /// Opens the ledger in `folder` for [`Ledger::verify`], which tells what is damaged.
    ///
    /// # Errors
    /// When there is none.
    pub fn open_for_verifying(folder: &Path) -> Result<Self, HistoryError> {
        let ledger = Self::unread(folder)?;
        // An index only makes it quick; what is wrong is found again.
        let _ = ledger.refresh();
        Ok(ledger)
    }

    fn unread(folder: &Path) -> Result<Self, HistoryError> {
        let store = Store::Disk(Box::new(Disk::open_for_reading(folder)?));
        // Nothing is written with it.
        let key = DigestKey::new(&[0; DigestKey::LENGTH]);
        Ok(Self::of(store, LedgerOptions::default(), key, Writing::default()))
    }

    /// A ledger in memory, which keeps the newest ten to twenty thousand records until the process ends.
    ///
    /// # Errors
    /// When the system gives no randomness for a key.
    pub fn in_memory(options: LedgerOptions) -> Result<Self, HistoryError> {
        let key = match &options.key {
            Some(key) => key.clone(),
            None => DigestKey::new(&DigestKey::fresh_bytes()?),
        };
        let store = Store::Memory(Memory::new(options.shard.clone()));
        Ok(Self::of(store, options, key, Writing::default()))
    }

    /// Looks what other writers, or a fetch, have added to other shards.
    ///
    /// # Errors
    /// When one of them is damaged.
    pub fn refresh(&self) -> Result<(), HistoryError> {
        let Store::Disk(disk) = &self.store else {
            return Ok(());
        };
        let own = super::lock(&self.writing).tip.is_some();
        for (shard, tip) in self.store.tips()? {
            if own && shard == self.shard {
                continue;
            }
            let known = self.indexes_mut().remove(&shard);
            let mut index = known.unwrap_or_else(|| IndexFile::read(&index_path(disk.folder(), &shard)));
            let caught_up = chain::catch_up(&self.store, &mut index, Some(tip));
            self.indexes_mut().insert(shard, index);
            caught_up?;
        }
        Ok(())
    }

    /// The newest records as they are remembered beside the repository.
    pub(crate) fn remembered(&self) -> BTreeMap<ShardName, (Sequence, RecordId)> {
        let Store::Disk(disk) = &self.store else {
            return BTreeMap::new();
        };
        let Ok(entries) = fs::read_dir(disk.folder().join("tips")) else {
            return BTreeMap::new();
        };
        entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let shard = ShardName::parse(entry.file_name().to_str()?).ok()?;
                Some((shard, read_note(&entry.path())?))
            })
            .collect()
    }

    fn of(store: Store, options: LedgerOptions, key: DigestKey, writing: Writing) -> Self {
        Self {
            store,
            shard: options.shard,
            key,
            redactions: options.redactions,
            signer: options.signer,
            memory_records: MEMORY_RECORDS,
            writing: Mutex::new(writing),
            indexes: RwLock::default(),
        }
    }

    /// In memory: how many records are kept at least.
    #[cfg(test)]
    pub(crate) fn keeping(mut self, records: usize) -> Self {
        self.memory_records = records;
        self
    }
}

fn index_path(folder: &Path, shard: &ShardName) -> PathBuf {
    folder.join("index").join(shard.as_str())
}

fn note_path(folder: &Path, shard: &ShardName) -> PathBuf {
    folder.join("tips").join(shard.as_str())
}

/// The key in `folder`, which only the owner may read.
fn key_in(folder: &Path) -> Result<DigestKey, HistoryError> {
    let path = folder.join("digest.key");
    let failed = |error: io::Error| HistoryError::io(&path, &error);
    match fs::read(&path) {
        Ok(bytes) => {
            let bytes: [u8; DigestKey::LENGTH] = bytes.try_into().map_err(|_| HistoryError::Key {
                what: path.display().to_string(),
                why: format!(
                    "it has not {} bytes; put the right one back, or digests will not compare with earlier ones",
                    DigestKey::LENGTH
                ),
            })?;
            Ok(DigestKey::new(&bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = DigestKey::fresh_bytes()?;
            write_key(folder, &path, &bytes).map_err(failed)?;
            // Another process may have been first.
            key_in(folder)
        }
        Err(error) => Err(failed(error)),
    }
}

fn write_key(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("digest.key.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    };
    fs::remove_file(&temporary)?;
    linked?;
    File::open(folder)?.sync_all()
}

fn open_note(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

/// Writes the newest record over the one noted before: always as many bytes.
pub(super) fn write_note(note: &mut File, entry: &Entry) -> io::Result<()> {
    note.seek(SeekFrom::Start(0))?;
    note.write_all(format!("{:020} {}\n", entry.place.sequence.0, entry.id).as_bytes())
}

fn read_note(path: &Path) -> Option<(Sequence, RecordId)> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    let (sequence, id) = text.trim_end().split_once(' ')?;
    Some((Sequence(sequence.parse().ok()?), RecordId::parse(id).ok()?))
}

/// Whether the chain still leads to the record that is remembered.
fn check_note(
    shard: &ShardName,
    index: &Index,
    note: Option<(Sequence, RecordId)>,
) -> Result<(), HistoryError> {
    let Some((sequence, remembered)) = note else {
        return Ok(());
    };
    let found: Option<GitId> = index
        .position(sequence)
        .and_then(|position| index.rows().get(position))
        .map(|row| row.id);
    if found == Some(remembered.0) {
        return Ok(());
    }
    Err(HistoryError::Rewritten {
        shard: shard.clone(),
        sequence,
        remembered,
        found: found.map(RecordId),
    })
}
