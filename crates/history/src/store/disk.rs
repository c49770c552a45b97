//! The ledger on disk: a bare repository, and beside it what makes it safe and quick.
//!
//! ```text
//! ledger.git/      the repository, which plain Git reads
//! journal/SHARD/   what was recorded since the last pack, synced
//! packs/SHARD      the packs that this writer made
//! locks/SHARD      held while a process writes
//! ```
//!
//! **Invariant:** one process writes to a shard at a time; the system lets go of its lock when it dies.
//! **Start at** [`Disk::open`] and [`Disk::commit`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use gix::{ObjectId as GitId, objs::Find as _, objs::Kind};

use super::{
    Batch, NewObject, Tip,
    journal::{self, Frame, Journal, Kept},
    loose,
    pack::{self, Packing},
    packs::{self, Packs},
    refs,
};
use crate::{
    HistoryError, Sequence, ShardName,
    ids::{ARCHIVES, REFERENCES},
};

/// How much memory one thread keeps for the bases of deltas.
const DELTA_CACHE: &str = "core.deltaBaseCacheLimit=8m";
/// Idle handles to keep.
const POOL: usize = 4;
/// Packs that may appear while a repository is open.
const SPARE_SLOTS: usize = 256;
/// From this many records on, packing them is worth while.
const RECORDS_PER_PACK: usize = 1000;
/// From this many bytes of journal on, packing them is worth while.
const BYTES_PER_PACK: u64 = 8 << 20;

/// The repository and, for a writer, what it holds.
pub(crate) struct Disk {
    folder: PathBuf,
    git: PathBuf,
    shared: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
    writer: Option<Mutex<Writer>>,
    packing: Mutex<()>,
}

struct Writer {
    shard: ShardName,
    journal: Journal,
    packs: Packs,
    /// Objects that the journal holds.
    journaled: BTreeSet<GitId>,
    /// Records that the journal holds.
    records: usize,
    /// Where the reference has to be, and where it was last seen to be.
    tip: Option<GitId>,
    referred: Option<GitId>,
    _lock: File,
}

impl Disk {
    /// Opens the ledger in `folder` to write to `shard`; makes it where there is none. Tells the newest record, if the
    /// journal has it.
    pub(crate) fn open(folder: &Path, shard: &ShardName) -> Result<(Self, Option<Tip>), HistoryError> {
        let failed = |error: io::Error| HistoryError::io(folder, &error);
        Self::create(folder)?;
        let lock = Self::lock(folder, shard)?;
        let git = git_dir(folder);
        let (journal, frames) =
            Journal::open(&folder.join("journal").join(shard.as_str())).map_err(failed)?;
        let list = folder.join("packs").join(shard.as_str());
        let packs = Packs::open(&git.join("objects/pack"), &list).map_err(failed)?;
        refs::unlock(&git, &shard.reference()).map_err(failed)?;
        let found = refs::read(&git, &shard.reference()).map_err(failed)?;
        let mut writer = Writer {
            shard: shard.clone(),
            journal,
            packs,
            journaled: BTreeSet::new(),
            records: frames.len(),
            tip: found,
            referred: found,
            _lock: lock,
        };
        let tip = writer.replay(folder, &frames)?;
        Ok((Self::of(folder, git, Some(writer))?, tip))
    }

    /// Opens the ledger in `folder` to read it.
    pub(crate) fn open_for_reading(folder: &Path) -> Result<Self, HistoryError> {
        Self::of(folder, git_dir(folder), None)
    }

    /// Opens the bare repository at `git`, which need not be a ledger's own.
    pub(crate) fn open_bare(git: &Path) -> Result<Self, HistoryError> {
        Self::of(git, git.to_owned(), None)
    }

    /// Makes an empty ledger in `folder`, where there is none.
    pub(crate) fn create(folder: &Path) -> Result<(), HistoryError> {
        Self::create_bare(&git_dir(folder))
    }

    /// Makes an empty bare repository at `git`, where there is none.
    pub(crate) fn create_bare(git: &Path) -> Result<(), HistoryError> {
        create(git).map_err(|error| HistoryError::io(git, &error))
    }

    /// Takes the shard for this process, as long as the file is open.
    pub(crate) fn lock(folder: &Path, shard: &ShardName) -> Result<File, HistoryError> {
        lock(folder, shard)
    }

    fn of(folder: &Path, git: PathBuf, writer: Option<Writer>) -> Result<Self, HistoryError> {
        let shared = gix::open::Options::isolated()
            .with(gix::sec::Trust::Full)
            .object_store_slots(gix::odb::store::init::Slots::AsNeededByDiskState {
                multiplier: 2.0,
                minimum: SPARE_SLOTS,
            })
            .config_overrides([DELTA_CACHE])
            .open(&git)
            .map_err(|error| HistoryError::Io {
                path: git.clone(),
                why: error.to_string(),
            })?;
        Ok(Self {
            folder: folder.to_owned(),
            git,
            shared,
            idle: Mutex::default(),
            writer: writer.map(Mutex::new),
            packing: Mutex::new(()),
        })
    }

    /// The content of an object.
    pub(crate) fn read(&self, id: GitId) -> Result<Option<(Kind, Vec<u8>)>, HistoryError> {
        let idle = lock_of(&self.idle).pop();
        let repository = idle.unwrap_or_else(|| self.shared.to_thread_local());
        let mut buffer = Vec::new();
        let found = repository
            .objects
            .try_find(&id, &mut buffer)
            .map(|found| found.map(|data| data.kind))
            .map_err(|error| HistoryError::damaged(format!("object {id}"), error))?;
        let mut idle = lock_of(&self.idle);
        if idle.len() < POOL {
            idle.push(repository);
        }
        Ok(found.map(|kind| (kind, buffer)))
    }

    /// Whether the journal or a pack of this writer has an object.
    pub(crate) fn is_kept(&self, id: GitId) -> bool {
        self.writer.as_ref().is_some_and(|writer| {
            let writer = lock_of(writer);
            writer.journaled.contains(&id) || writer.packs.has(id)
        })
    }

    /// Writes a record, for good.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<(), HistoryError> {
        let mut writer = self.writer()?;
        writer.commit(&self.folder, batch)
    }

    /// The newest record of every shard.
    pub(crate) fn tips(&self) -> Result<BTreeMap<ShardName, GitId>, HistoryError> {
        let found = refs::list(&self.git, REFERENCES).map_err(|error| HistoryError::io(&self.git, &error))?;
        let mut tips: BTreeMap<ShardName, GitId> = found
            .into_iter()
            .filter_map(|(name, id)| Some((ShardName::parse(&name).ok()?, id)))
            .collect();
        if let Some(writer) = &self.writer {
            let writer = lock_of(writer);
            if let Some(tip) = writer.tip {
                tips.insert(writer.shard.clone(), tip);
            }
        }
        Ok(tips)
    }

    /// The folder that holds all.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a chain that ends in `tip` under a reference of its own.
    pub(crate) fn archive(&self, shard: &ShardName, tip: Tip) -> Result<(), HistoryError> {
        let failed = |error: io::Error| HistoryError::io(&self.git, &error);
        let name = shard.archive(tip.sequence);
        let there = refs::read(&self.git, &name).map_err(failed)?;
        if there != Some(tip.id) {
            let set = refs::set(&self.git, &name, there, tip.id).map_err(failed)?;
            set.map_err(|_| HistoryError::damaged(&name, "somebody else moves it"))?;
        }
        sync_reference(&self.git.join(name)).map_err(failed)
    }

    /// The archived chains of a shard, oldest first.
    pub(crate) fn archives(&self, shard: &ShardName) -> Result<Vec<Tip>, HistoryError> {
        let found = refs::list(&self.git, &format!("{ARCHIVES}{shard}/"))
            .map_err(|error| HistoryError::io(&self.git, &error))?;
        let tip = |(name, id): (String, GitId)| {
            let sequence = Sequence(name.parse().ok()?);
            Some(Tip { id, sequence })
        };
        Ok(found.into_iter().filter_map(tip).collect())
    }

    /// Lets go of an archived chain.
    pub(crate) fn drop_archive(&self, shard: &ShardName, tip: Tip) -> Result<(), HistoryError> {
        let name = shard.archive(tip.sequence);
        refs::delete(&self.git, &name).map_err(|error| HistoryError::io(&self.git, &error))
    }

    /// Takes records of another repository in: their objects as a pack, then the reference, which was at `expected`.
    pub(crate) fn receive(
        &self,
        shard: &ShardName,
        objects: Vec<NewObject>,
        expected: Option<GitId>,
        tip: GitId,
    ) -> Result<(), HistoryError> {
        let failed = |error: io::Error| HistoryError::io(&self.git, &error);
        let objects: Vec<Packing> = objects.into_iter().map(Packing::from).collect();
        packs::write(&self.git.join("objects/pack"), &pack::build(&objects)).map_err(failed)?;
        let name = shard.reference();
        // Only the shard's writer moves it, so that a lock there was left by one that was killed.
        refs::unlock(&self.git, &name).map_err(failed)?;
        let set = refs::set(&self.git, &name, expected, tip).map_err(failed)?;
        set.map_err(|found| HistoryError::Moved {
            path: self.git.clone(),
            shard: shard.clone(),
            expected: shown(expected),
            found: shown(found),
        })?;
        sync_reference(&self.git.join(name)).map_err(failed)
    }

    /// Whether so much has been recorded since the last pack that [`Disk::pack`] is worth while.
    pub(crate) fn is_pack_due(&self) -> bool {
        self.writer.as_ref().is_some_and(|writer| {
            let writer = lock_of(writer);
            writer.records >= RECORDS_PER_PACK || writer.journal.length() >= BYTES_PER_PACK
        })
    }

    /// Puts what was recorded since the last pack into one. Recording goes on meanwhile.
    pub(crate) fn pack(&self) -> Result<(), HistoryError> {
        let failed = |error: io::Error| HistoryError::io(&self.folder, &error);
        let _one = lock_of(&self.packing);
        let (journal, numbers, reference) = {
            let mut writer = self.writer()?;
            let numbers = writer.journal.seal().map_err(failed)?;
            writer.records = 0;
            let reference = self.git.join(writer.shard.reference());
            (writer.journal.folder().to_owned(), numbers, reference)
        };
        let mut frames = Vec::new();
        for number in &numbers {
            frames.extend(journal::read(&journal, *number).map_err(failed)?);
        }
        let objects = packing(frames)?;
        if !objects.is_empty() {
            let packed = pack::build(&objects);
            let mut writer = self.writer()?;
            writer.packs.add(&packed).map_err(failed)?;
            for object in &objects {
                writer.journaled.remove(&object.id);
            }
        }
        // From here on the journal no longer tells where the reference has to be.
        sync_reference(&reference).map_err(failed)?;
        for number in numbers {
            journal::remove(&journal, number).map_err(failed)?;
        }
        let loose_objects = self.git.join("objects");
        for object in &objects {
            loose::remove(&loose_objects, object.id).map_err(failed)?;
        }
        self.writer()?.packs.join().map_err(failed)
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, HistoryError> {
        self.writer.as_ref().map(lock_of).ok_or(HistoryError::ReadOnly)
    }
}

impl Writer {
    fn commit(&mut self, folder: &Path, batch: &Batch<'_>) -> Result<(), HistoryError> {
        let git = git_dir(folder);
        let objects = git.join("objects");
        let kept: Vec<Kept> = batch
            .objects
            .iter()
            .map(|object| Kept {
                id: object.id,
                base: object.base,
                bytes: loose::encode(object.kind, &object.data),
            })
            .collect();
        let frame = Frame {
            before: batch.before,
            tip: batch.tip,
            objects: kept,
        };
        let written = self.write(&git, &objects, &frame);
        if written.is_err() {
            // None of them is in the ledger; what stays is garbage that `git gc` takes.
            for object in &frame.objects {
                let _ = loose::remove(&objects, object.id);
            }
            return written;
        }
        self.tip = Some(batch.tip.id);
        self.records += 1;
        self.journaled
            .extend(frame.objects.iter().map(|object| object.id));
        // The record is in the ledger. Should the reference not follow, the next record or start sets it.
        if let Ok(Ok(())) = refs::set(&git, &self.shard.reference(), self.referred, batch.tip.id) {
            self.referred = self.tip;
        }
        Ok(())
    }

    fn write(&mut self, git: &Path, objects: &Path, frame: &Frame) -> Result<(), HistoryError> {
        let found =
            refs::read(git, &self.shard.reference()).map_err(|error| HistoryError::io(git, &error))?;
        if found != self.referred {
            return Err(HistoryError::Moved {
                path: git.to_owned(),
                shard: self.shard.clone(),
                expected: shown(self.referred),
                found: shown(found),
            });
        }
        for object in &frame.objects {
            loose::write(objects, object.id, &object.bytes)
                .map_err(|error| HistoryError::io(objects, &error))?;
        }
        self.journal
            .append(frame)
            .map_err(|error| HistoryError::io(self.journal.folder(), &error))
    }

    /// Puts right what a kill or a power failure kept from being written beside the journal.
    fn replay(&mut self, folder: &Path, frames: &[Frame]) -> Result<Option<Tip>, HistoryError> {
        let git = git_dir(folder);
        let objects = git.join("objects");
        let failed = |error: io::Error| HistoryError::io(&git, &error);
        if let Some(pair) = frames
            .windows(2)
            .find(|pair| pair[1].before != Some(pair[0].tip.id))
        {
            return Err(HistoryError::damaged(
                format!("the journal of shard {}", self.shard),
                format!(
                    "records are missing between {} and {}",
                    pair[0].tip.id, pair[1].tip.id
                ),
            ));
        }
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else {
            return Ok(None);
        };
        let known = self.referred.is_none()
            || self.referred == first.before
            || frames.iter().any(|frame| self.referred == Some(frame.tip.id));
        if !known {
            return Err(HistoryError::Moved {
                path: git.clone(),
                shard: self.shard.clone(),
                expected: last.tip.id.to_string(),
                found: self.referred.map(|id| id.to_string()).unwrap_or_default(),
            });
        }
        for object in frames.iter().flat_map(|frame| &frame.objects) {
            if !self.packs.has(object.id) {
                loose::restore(&objects, object.id, &object.bytes).map_err(failed)?;
            }
            self.journaled.insert(object.id);
        }
        if self.referred != Some(last.tip.id) {
            // What the file holds may be anything after a power failure.
            refs::remove(&git, &self.shard.reference()).map_err(failed)?;
            let expected = refs::read(&git, &self.shard.reference()).map_err(failed)?;
            let set = refs::set(&git, &self.shard.reference(), expected, last.tip.id).map_err(failed)?;
            self.referred = set.map_or_else(|found| found, |()| Some(last.tip.id));
        }
        self.tip = Some(last.tip.id);
        Ok(Some(last.tip))
    }
}

/// The objects of these records, each once.
fn packing(frames: Vec<Frame>) -> Result<Vec<Packing>, HistoryError> {
    let mut seen = BTreeSet::new();
    let mut objects = Vec::new();
    for object in frames.into_iter().flat_map(|frame| frame.objects) {
        if !seen.insert(object.id) {
            continue;
        }
        let (kind, data) = loose::decode(&object.bytes).ok_or_else(|| {
            HistoryError::damaged(format!("object {}", object.id), "the journal has it torn")
        })?;
        objects.push(Packing {
            id: object.id,
            kind,
            data,
            base: object.base,
        });
    }
    Ok(objects)
}

fn git_dir(folder: &Path) -> PathBuf {
    folder.join("ledger.git")
}

fn shown(id: Option<GitId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| id.to_string())
}

/// Makes what a reference says last.
fn sync_reference(file: &Path) -> io::Result<()> {
    match File::open(file).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match file.parent().filter(|folder| folder.exists()) {
        Some(folder) => journal::sync_folder(folder),
        None => Ok(()),
    }
}

/// Makes an empty bare repository, where there is none.
fn create(git: &Path) -> io::Result<()> {
    if git.join("HEAD").exists() {
        return Ok(());
    }
    for sub in ["objects/pack", "objects/info", "refs/heads", "refs/plumb/ledger"] {
        fs::create_dir_all(git.join(sub))?;
    }
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n[receive]\n\
                  \tdenyNonFastForwards = true\n\tdenyDeletes = true\n";
    for (name, text) in [
        ("config", config),
        ("description", "The ledger of Plumb: `git log --all`\n"),
        // Last: with it, it is a repository.
        ("HEAD", "ref: refs/heads/main\n"),
    ] {
        let mut file = File::create(git.join(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    journal::sync_folder(git)?;
    match git.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => journal::sync_folder(folder),
        _ => Ok(()),
    }
}

/// Takes the shard for this process.
fn lock(folder: &Path, shard: &ShardName) -> Result<File, HistoryError> {
    let path = folder.join("locks").join(shard.as_str());
    let failed = |error: io::Error| HistoryError::io(&path, &error);
    fs::create_dir_all(folder.join("locks")).map_err(failed)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // It is for people; without it, the error says less.
            let _ = file.read_to_string(&mut holder);
            return Err(HistoryError::Locked {
                shard: shard.clone(),
                holder: holder.trim().to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "process {}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}

fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
