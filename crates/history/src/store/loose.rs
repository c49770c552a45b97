//! Loose objects: one file each, readable by Git at once. They are not synced; the journal holds them too.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use gix::{ObjectId as GitId, objs::Kind};

/// The bytes of an object's file.
pub(super) fn encode(kind: Kind, data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 2 + 32), Compression::fast());
    let written = write!(encoder, "{kind} {}\0", data.len()).and_then(|()| encoder.write_all(data));
    written
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

/// What [`encode`] was given; `None` where the bytes are no object.
pub(super) fn decode(bytes: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let mut all = Vec::new();
    ZlibDecoder::new(bytes).read_to_end(&mut all).ok()?;
    let end = all.iter().position(|byte| *byte == 0)?;
    let (kind, size) = std::str::from_utf8(&all[..end]).ok()?.split_once(' ')?;
    let kind = Kind::from_bytes(kind.as_bytes()).ok()?;
    let size: usize = size.parse().ok()?;
    all.drain(..=end);
    (all.len() == size).then_some((kind, all))
}

/// Where an object's file is.
pub(super) fn path(objects: &Path, id: GitId) -> PathBuf {
    let hex = id.to_string();
    objects.join(&hex[..2]).join(&hex[2..])
}

/// Writes an object's file, whole or not at all; what is there is replaced.
pub(super) fn write(objects: &Path, id: GitId, bytes: &[u8]) -> io::Result<()> {
    let place = path(objects, id);
    // Git removes files of this name where they are left behind.
    let temporary = objects.join(format!("tmp_obj_{id}"));
    let write = || fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, &place));
    let written = match write() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = place.parent().unwrap_or(objects);
            fs::create_dir_all(folder).and_then(|()| write())
        }
        other => other,
    };
    if written.is_err() {
        // It may not be there; that something failed is told either way.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Writes an object's file, unless it is there already, whole.
pub(super) fn restore(objects: &Path, id: GitId, bytes: &[u8]) -> io::Result<()> {
    match fs::read(path(objects, id)) {
        Ok(there) if there == bytes => Ok(()),
        _ => write(objects, id, bytes),
    }
}

/// Deletes an object's file; that it is not there is no fault.
pub(super) fn remove(objects: &Path, id: GitId) -> io::Result<()> {
    match fs::remove_file(path(objects, id)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
