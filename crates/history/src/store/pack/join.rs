//! Several packs as one. Bases stand in the same pack at a distance that stays, so nothing is unpacked.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use gix::{ObjectId as GitId, odb::pack::index::File as IndexFile};

use super::{HEADER, Index, TRAILER, header, index};

/// A pack to be joined.
pub(in crate::store) struct Part<'p> {
    pub(in crate::store) pack: PathBuf,
    pub(in crate::store) index: &'p IndexFile,
}

/// Writes the packs `parts`, oldest first, as one to `out`; `None` where they share an object.
pub(in crate::store) fn join(parts: &[Part<'_>], out: &mut impl Write) -> io::Result<Option<Index>> {
    let count = parts.iter().map(|part| part.index.num_objects() as usize).sum();
    let mut joined = Index::default();
    let mut start = HEADER as u64;
    for part in parts {
        let shift = start - HEADER as u64;
        for entry in part.index.iter() {
            let crc = entry.crc32.unwrap_or_default();
            joined.add(entry.oid, crc, entry.pack_offset + shift);
        }
        start += std::fs::metadata(&part.pack)?.len() - (HEADER + TRAILER) as u64;
    }
    joined.finish(GitId::null(gix::hash::Kind::Sha1));
    if joined.has_repeats() {
        return Ok(None);
    }
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    let mut write = |bytes: &[u8]| {
        hasher.update(bytes);
        out.write_all(bytes)
    };
    write(&header(count))?;
    let mut buffer = vec![0; 1 << 16];
    for part in parts {
        let length = std::fs::metadata(&part.pack)?.len() - TRAILER as u64;
        let mut file = File::open(&part.pack)?.take(length);
        io::copy(&mut (&mut file).take(HEADER as u64), &mut io::sink())?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => write(&buffer[..read])?,
            }
        }
    }
    let checksum = index::finish(hasher);
    out.write_all(checksum.as_bytes())?;
    joined.finish(checksum);
    Ok(Some(joined))
}
