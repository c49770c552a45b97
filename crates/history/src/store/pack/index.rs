//! The index of a pack: where each object is, by id.

use gix::ObjectId as GitId;

/// The objects of a pack, to be written as its index (version 2).
#[derive(Default)]
pub(in crate::store) struct Index {
    entries: Vec<(GitId, u32, u64)>,
    checksum: Option<GitId>,
}

/// The Git checksum of these bytes, one part after the other.
pub(super) fn checksum(parts: &[&[u8]]) -> GitId {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    for part in parts {
        hasher.update(part);
    }
    finish(hasher)
}

pub(super) fn finish(hasher: gix::hash::Hasher) -> GitId {
    // It fails only where somebody has found two texts of one SHA-1, which is no pack of ours.
    hasher
        .try_finalize()
        .unwrap_or_else(|_| GitId::null(gix::hash::Kind::Sha1))
}

impl Index {
    /// Adds an object, the checksum of its entry, and where that starts.
    pub(super) fn add(&mut self, id: GitId, crc: u32, offset: u64) {
        self.entries.push((id, crc, offset));
    }

    /// Sorts it; `checksum` is the pack's.
    pub(super) fn finish(&mut self, checksum: GitId) {
        self.entries.sort_unstable_by_key(|entry| entry.0);
        self.checksum = Some(checksum);
    }

    /// Whether an object is in it twice, which a pack may not have.
    pub(super) fn has_repeats(&self) -> bool {
        self.entries.windows(2).any(|pair| pair[0].0 == pair[1].0)
    }

    /// The pack's checksum, which names it.
    pub(in crate::store) fn name(&self) -> GitId {
        self.checksum
            .unwrap_or_else(|| GitId::null(gix::hash::Kind::Sha1))
    }

    /// The bytes of the index's file. Packs stay below 2 GiB, so that offsets have four bytes.
    pub(in crate::store) fn encode(&self) -> Vec<u8> {
        let mut out = b"\xfftOc\0\0\0\x02".to_vec();
        let mut count = 0_u32;
        let mut entries = self.entries.iter().peekable();
        for first in 0..=255_u8 {
            while entries.next_if(|entry| entry.0.as_bytes()[0] == first).is_some() {
                count += 1;
            }
            out.extend_from_slice(&count.to_be_bytes());
        }
        for (id, ..) in &self.entries {
            out.extend_from_slice(id.as_bytes());
        }
        for (_, crc, _) in &self.entries {
            out.extend_from_slice(&crc.to_be_bytes());
        }
        for (.., offset) in &self.entries {
            let offset = u32::try_from(*offset).expect("packs stay below 2 GiB");
            out.extend_from_slice(&offset.to_be_bytes());
        }
        out.extend_from_slice(self.name().as_bytes());
        let own = checksum(&[&out]);
        out.extend_from_slice(own.as_bytes());
        out
    }
}
