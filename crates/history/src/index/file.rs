//! The file of an index: names and rows, appended as they come.
//!
//! **Invariant:** what is torn or wrong in it is not read; the chain tells the rest.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use flate2::Crc;
use gix::ObjectId as GitId;

use super::{CommitKey, Index, NameId, Row};
use crate::{Cause, Outcome};

/// An index file that grows.
pub(crate) struct IndexFile {
    file: File,
    /// How much of the index is in it.
    names: usize,
    rows: usize,
}

const MAGIC: &[u8] = b"plumb ledger index 1\n";
const NAME: u8 = b'N';
const ROW: u8 = b'R';
/// Tag and length before, checksum after.
const FRAME: usize = 5;
const CHECKSUM: usize = 4;

impl IndexFile {
    /// Reads what is in the file at `path`.
    pub(crate) fn read(path: &Path) -> Index {
        read(path).0
    }

    /// Reads what is in the file at `path`, and goes on writing to it.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Index)> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (index, length) = read(path);
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(length)?;
        if length == 0 {
            file.write_all(MAGIC)?;
        }
        let opened = Self {
            file,
            names: index.names.texts.len(),
            rows: index.rows.len(),
        };
        Ok((opened, index))
    }

    /// Writes what the index has and the file has not.
    pub(crate) fn follow(&mut self, index: &Index) -> io::Result<()> {
        let mut out = Vec::new();
        for text in &index.names.texts[self.names..] {
            frame(&mut out, NAME, text.as_bytes());
        }
        for (position, row) in index.rows.iter().enumerate().skip(self.rows) {
            frame(&mut out, ROW, &encode(index, row, index.first + position as u64));
        }
        self.file.write_all(&out)?;
        self.names = index.names.texts.len();
        self.rows = index.rows.len();
        Ok(())
    }

    /// Empties it, for an index that is made anew.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all(MAGIC)?;
        (self.names, self.rows) = (0, 0);
        Ok(())
    }
}

fn read(path: &Path) -> (Index, u64) {
    let mut index = Index::default();
    let bytes = fs::read(path).unwrap_or_default();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        return (index, 0);
    };
    while let Some((tag, payload, behind)) = next(rest) {
        let taken = match tag {
            NAME => std::str::from_utf8(payload).ok().map(|text| {
                index.names.id(text);
            }),
            ROW => decode(&mut index, payload),
            _ => None,
        };
        if taken.is_none() {
            break;
        }
        rest = behind;
    }
    let length = (bytes.len() - rest.len()) as u64;
    (index, length)
}

fn next(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(FRAME)?;
    let length = u32::from_be_bytes(head[1..].try_into().ok()?) as usize;
    let (payload, rest) = rest.split_at_checked(length)?;
    let (checksum, rest) = rest.split_at_checked(CHECKSUM)?;
    let mut crc = Crc::new();
    crc.update(head);
    crc.update(payload);
    (checksum == crc.sum().to_be_bytes()).then_some((head[0], payload, rest))
}

fn frame(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    let start = out.len();
    out.push(tag);
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(payload);
    let mut crc = Crc::new();
    crc.update(&out[start..]);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}

fn encode(index: &Index, row: &Row, sequence: u64) -> Vec<u8> {
    let things = index.things(row);
    let mut out = Vec::with_capacity(64 + 4 * things.len());
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(row.id.as_bytes());
    out.extend_from_slice(&row.finished.to_be_bytes());
    let cause = Cause::ALL
        .iter()
        .position(|cause| *cause == row.cause)
        .unwrap_or(0);
    out.push(u8::try_from(cause).unwrap_or(0));
    out.push(u8::from(row.outcome == Outcome::Failed));
    out.extend_from_slice(&row.commit.0);
    let names = [row.unit, row.cluster, row.actor, row.author];
    for name in names.iter().chain(things) {
        out.extend_from_slice(&name.0.to_be_bytes());
    }
    out
}

/// Adds a row; `None` where it cannot follow.
fn decode(index: &mut Index, payload: &[u8]) -> Option<()> {
    let (sequence, rest) = payload.split_at_checked(8)?;
    let sequence = u64::from_be_bytes(sequence.try_into().ok()?);
    let (id, rest) = rest.split_at_checked(20)?;
    let (finished, rest) = rest.split_at_checked(8)?;
    let ([cause, outcome], rest) = rest.split_at_checked(2)? else {
        return None;
    };
    let (commit, rest) = rest.split_at_checked(20)?;
    let known = index.names.texts.len();
    let names: Vec<NameId> = rest
        .chunks_exact(4)
        .map(|bytes| Some(NameId(u32::from_be_bytes(bytes.try_into().ok()?))))
        .collect::<Option<_>>()?;
    let [unit, cluster, actor, author, things @ ..] = &*names else {
        return None;
    };
    if names.iter().any(|name| name.0 as usize >= known) {
        return None;
    }
    if index.rows.is_empty() {
        index.first = sequence;
    } else if index.first + index.rows.len() as u64 != sequence {
        return None;
    }
    let start = u32::try_from(index.things.len()).ok()?;
    index.things.extend_from_slice(things);
    index.rows.push(Row {
        id: GitId::try_from(id).ok()?,
        finished: i64::from_be_bytes(finished.try_into().ok()?),
        cause: *Cause::ALL.get(usize::from(*cause))?,
        outcome: if *outcome == 0 {
            Outcome::Succeeded
        } else {
            Outcome::Failed
        },
        unit: *unit,
        cluster: *cluster,
        actor: *actor,
        author: *author,
        commit: CommitKey(commit.try_into().ok()?),
        things: (start, u32::try_from(index.things.len()).ok()?),
    });
    Some(())
}
