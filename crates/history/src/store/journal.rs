//! The journal: what was recorded since the last pack, one synced write per record.
//!
//! A record is in the ledger once its frame is on disk. Loose objects and the reference, which Git reads, are written
//! without a sync beside it, and put right from here when the ledger is opened.
//!
//! Its file is longer than what is in it, by zeros that are on disk already. So a frame changes neither the file's length nor
//! where it lies, and the system has to write that frame only, not all that is new on the disk.
//!
//! **Invariant:** a frame is whole or does not count; after a failed append what is in the file is as before.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use flate2::Crc;
use gix::ObjectId as GitId;

use super::Tip;
use crate::Sequence;

/// One object as the journal holds it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) id: GitId,
    pub(super) base: Option<GitId>,
    /// As in its loose file.
    pub(super) bytes: Vec<u8>,
}

/// One record as the journal holds it.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) before: Option<GitId>,
    pub(super) tip: Tip,
    pub(super) objects: Vec<Kept>,
}

/// The files of a journal, the last of which grows.
pub(super) struct Journal {
    folder: PathBuf,
    number: u64,
    file: File,
    /// Where the next frame goes.
    length: u64,
    /// Where the zeros end.
    allocated: u64,
    /// A failed write could not be taken back, so that nothing may follow it.
    broken: bool,
}

/// Zeros to write at once.
const AHEAD: usize = 1 << 20;
/// Length and checksum.
const HEADER: usize = 8;
const SUFFIX: &str = "journal";

impl Journal {
    /// Opens the journal in `folder`, and tells what is in it, oldest first. A torn end is cut off.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<Frame>)> {
        fs::create_dir_all(folder)?;
        let mut frames = Vec::new();
        let mut last = 1;
        let mut length = 0;
        for number in numbers(folder)? {
            let bytes = fs::read(place(folder, number))?;
            length = read_frames(&bytes, &mut frames) as u64;
            last = number;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(place(folder, last))?;
        file.set_len(length)?;
        file.sync_all()?;
        sync_folder(folder)?;
        let journal = Self {
            folder: folder.to_owned(),
            number: last,
            file,
            length,
            allocated: length,
            broken: false,
        };
        Ok((journal, frames))
    }

    /// Adds a frame and waits until it is on disk.
    pub(super) fn append(&mut self, frame: &Frame) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other(
                "an earlier write failed and could not be taken back; restart to go on",
            ));
        }
        let bytes = encode(frame)?;
        if let Err(error) = self.write(&bytes) {
            self.broken = self.take_back().is_err();
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.length + bytes.len() as u64;
        if end > self.allocated {
            self.file.seek(SeekFrom::Start(self.allocated))?;
            let missing = usize::try_from(end - self.allocated).map_err(io::Error::other)?;
            self.file.write_all(&vec![0; missing.max(AHEAD)])?;
            self.file.sync_all()?;
            self.allocated += missing.max(AHEAD) as u64;
        }
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    /// Takes away what a failed write may have left.
    fn take_back(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.allocated = self.length;
        self.file.sync_all()
    }

    /// Bytes in the file that grows.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Begins a new file, and gives the numbers of those before it.
    pub(super) fn seal(&mut self) -> io::Result<Vec<u64>> {
        let next = self.number + 1;
        let file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(place(&self.folder, next))?;
        sync_folder(&self.folder)?;
        self.file = file;
        self.number = next;
        self.length = 0;
        self.allocated = 0;
        self.broken = false;
        Ok(numbers(&self.folder)?
            .into_iter()
            .filter(|number| *number < next)
            .collect())
    }

    /// The folder of its files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// What is in one file.
pub(super) fn read(folder: &Path, number: u64) -> io::Result<Vec<Frame>> {
    let mut frames = Vec::new();
    read_frames(&fs::read(place(folder, number))?, &mut frames);
    Ok(frames)
}

/// Deletes one file.
pub(super) fn remove(folder: &Path, number: u64) -> io::Result<()> {
    fs::remove_file(place(folder, number))
}

/// Makes names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn place(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.{SUFFIX}"))
}

fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_suffix(SUFFIX)?.strip_suffix('.')?.parse::<u64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Adds the frames in `bytes`, and tells where the last whole one ends.
fn read_frames(bytes: &[u8], frames: &mut Vec<Frame>) -> usize {
    let mut at = 0;
    while let Some((payload, end)) = payload_at(bytes, at) {
        let Some(frame) = decode(payload) else { break };
        frames.push(frame);
        at = end;
    }
    at
}

fn payload_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (header, rest) = bytes.get(at..)?.split_at_checked(HEADER)?;
    let (length, checksum) = header.split_at(4);
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    if length == 0 {
        // The zeros ahead.
        return None;
    }
    let payload = rest.get(..length)?;
    (checksum == checksum_of(payload).to_be_bytes()).then_some((payload, at + HEADER + length))
}

fn checksum_of(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn encode(frame: &Frame) -> io::Result<Vec<u8>> {
    let too_large = |_| io::Error::new(io::ErrorKind::InvalidInput, "a record of over 4 GiB");
    let none = GitId::null(gix::hash::Kind::Sha1);
    let mut out = vec![0; HEADER];
    out.extend_from_slice(frame.before.unwrap_or(none).as_bytes());
    out.extend_from_slice(frame.tip.id.as_bytes());
    out.extend_from_slice(&frame.tip.sequence.0.to_be_bytes());
    for object in &frame.objects {
        out.extend_from_slice(object.id.as_bytes());
        out.extend_from_slice(object.base.unwrap_or(none).as_bytes());
        let length = u32::try_from(object.bytes.len()).map_err(too_large)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&object.bytes);
    }
    let length = u32::try_from(out.len() - HEADER).map_err(too_large)?;
    let checksum = checksum_of(&out[HEADER..]);
    out[..4].copy_from_slice(&length.to_be_bytes());
    out[4..HEADER].copy_from_slice(&checksum.to_be_bytes());
    Ok(out)
}

fn decode(payload: &[u8]) -> Option<Frame> {
    let mut rest = payload;
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at_checked(count)?;
        rest = tail;
        Some(head)
    };
    let id = |bytes: &[u8]| GitId::try_from(bytes).ok();
    let some = |id: GitId| (!id.is_null()).then_some(id);
    let before = some(id(take(20)?)?);
    let tip = Tip {
        id: id(take(20)?)?,
        sequence: Sequence(u64::from_be_bytes(take(8)?.try_into().ok()?)),
    };
    let mut objects = Vec::new();
    while let Some(head) = take(20) {
        let id_of_object = id(head)?;
        let base = some(id(take(20)?)?);
        let length = u32::from_be_bytes(take(4)?.try_into().ok()?) as usize;
        objects.push(Kept {
            id: id_of_object,
            base,
            bytes: take(length)?.to_vec(),
        });
    }
    rest.is_empty().then_some(Frame { before, tip, objects })
}
