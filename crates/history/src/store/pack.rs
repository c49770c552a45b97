//! Packs: many objects in one file, each as little more than its difference from the version before.
//!
//! The writer knows what stood at an object's path before; one common beginning and end are cut off. So a record in a
//! pack costs about what changed, and Git reads it as any other pack.
//!
//! **Invariant:** a base stands before what is made of it, in the same pack.
//! **Start at** [`build`]; joining packs: [`join`].

mod delta;
mod index;
mod join;
#[cfg(test)]
mod tests;

pub(super) use index::Index;
pub(super) use join::{Part, join};

use std::{collections::BTreeMap, io::Write as _};

use flate2::{Compression, Crc, write::ZlibEncoder};
use gix::{ObjectId as GitId, objs::Kind};

use super::NewObject;

/// An object to be packed.
pub(super) struct Packing {
    pub(super) id: GitId,
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
    pub(super) base: Option<GitId>,
}

impl From<NewObject> for Packing {
    fn from(object: NewObject) -> Self {
        Self {
            id: object.id,
            kind: object.kind,
            data: object.data,
            base: object.base,
        }
    }
}

/// A pack and its index, whole.
pub(super) struct Packed {
    pub(super) pack: Vec<u8>,
    pub(super) index: Index,
}

/// Most steps from an object to one that stands by itself.
const DEEPEST: u32 = 50;
/// `PACK`, the version, the number of objects.
const HEADER: usize = 12;
/// Bytes of a checksum.
const TRAILER: usize = 20;
/// The type of an entry that is made of one before it in the pack.
const OFFSET_DELTA: u8 = 6;

struct Written {
    offset: u64,
    depth: u32,
    position: usize,
}

/// Packs `objects`, each id once.
pub(super) fn build(objects: &[Packing]) -> Packed {
    let mut pack = header(objects.len());
    let mut written: BTreeMap<GitId, Written> = BTreeMap::new();
    let mut index = Index::default();
    for (position, object) in objects.iter().enumerate() {
        let offset = pack.len() as u64;
        let base = object.base.and_then(|base| written.get(&base));
        let base = base.filter(|base| base.depth < DEEPEST && objects[base.position].kind == object.kind);
        let delta = base.and_then(|base| {
            let delta = delta::between(&objects[base.position].data, &object.data);
            (delta.len() < object.data.len() / 2).then_some((base, delta))
        });
        let depth = match delta {
            Some((base, delta)) => {
                let depth = base.depth + 1;
                entry_header(&mut pack, OFFSET_DELTA, delta.len());
                distance(&mut pack, offset - base.offset);
                deflate(&mut pack, &delta);
                depth
            }
            None => {
                entry_header(&mut pack, number(object.kind), object.data.len());
                deflate(&mut pack, &object.data);
                0
            }
        };
        let start = usize::try_from(offset).expect("it was the length of a Vec");
        let mut crc = Crc::new();
        crc.update(&pack[start..]);
        index.add(object.id, crc.sum(), offset);
        written.insert(
            object.id,
            Written {
                offset,
                depth,
                position,
            },
        );
    }
    let checksum = index::checksum(&[&pack]);
    pack.extend_from_slice(checksum.as_bytes());
    index.finish(checksum);
    Packed { pack, index }
}

fn header(count: usize) -> Vec<u8> {
    let count = u32::try_from(count).expect("packs are made of a few thousand records");
    let mut out = b"PACK\0\0\0\x02".to_vec();
    out.extend_from_slice(&count.to_be_bytes());
    out
}

fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    }
}

/// Type and size, four bits of the size in the first byte.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the bits above are masked or shifted away"
)]
fn entry_header(out: &mut Vec<u8>, kind: u8, size: usize) {
    let mut rest = size >> 4;
    let mut byte = (kind << 4) | (size & 15) as u8;
    while rest > 0 {
        out.push(byte | 128);
        byte = (rest & 127) as u8;
        rest >>= 7;
    }
    out.push(byte);
}

/// How far before its start the base is, as Git writes it.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the bits above are masked or shifted away"
)]
fn distance(out: &mut Vec<u8>, distance: u64) {
    let mut bytes = vec![(distance & 127) as u8];
    let mut rest = distance >> 7;
    while rest > 0 {
        rest -= 1;
        bytes.push(128 | (rest & 127) as u8);
        rest >>= 7;
    }
    bytes.reverse();
    out.extend_from_slice(&bytes);
}

fn deflate(out: &mut Vec<u8>, data: &[u8]) {
    let mut encoder = ZlibEncoder::new(out, Compression::default());
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish().map(drop))
        .expect("writing to memory does not fail");
}
