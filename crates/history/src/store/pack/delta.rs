//! What makes one text of another: the common beginning, what is new, the common end.

/// The delta from `base` to `target`, in Git's code.
pub(super) fn between(base: &[u8], target: &[u8]) -> Vec<u8> {
    let prefix = common(base.iter(), target.iter());
    let (base_rest, target_rest) = (&base[prefix..], &target[prefix..]);
    let suffix = common(base_rest.iter().rev(), target_rest.iter().rev());
    let middle = &target_rest[..target_rest.len() - suffix];
    let mut out = Vec::with_capacity(middle.len() + 32);
    size(&mut out, base.len());
    size(&mut out, target.len());
    copy(&mut out, 0, prefix);
    for piece in middle.chunks(LONGEST_INSERT) {
        out.push(u8::try_from(piece.len()).expect("chunks are at most 127 long"));
        out.extend_from_slice(piece);
    }
    copy(&mut out, base.len() - suffix, suffix);
    out
}

/// Longest text that one instruction brings.
const LONGEST_INSERT: usize = 127;
/// Longest text that one instruction copies; Git's own packs keep to it.
const LONGEST_COPY: usize = 0x1_0000;

fn common<'b>(a: impl Iterator<Item = &'b u8>, b: impl Iterator<Item = &'b u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

#[allow(clippy::cast_possible_truncation, reason = "the bits above are masked away")]
fn size(out: &mut Vec<u8>, mut size: usize) {
    while size > 127 {
        out.push(128 | (size & 127) as u8);
        size >>= 7;
    }
    out.push(size as u8);
}

/// Copies `length` bytes of the base from `offset`. Bytes that are zero are left out, as the first byte tells.
fn copy(out: &mut Vec<u8>, mut offset: usize, mut length: usize) {
    while length > 0 {
        let piece = length.min(LONGEST_COPY);
        // A length of 0 means the longest.
        let coded = if piece == LONGEST_COPY { 0 } else { piece };
        let start = out.len();
        let mut flags = 128_u8;
        out.push(flags);
        let bytes = offset.to_le_bytes().into_iter().take(4);
        for (bit, byte) in bytes.chain(coded.to_le_bytes().into_iter().take(3)).enumerate() {
            if byte != 0 {
                flags |= 1 << bit;
                out.push(byte);
            }
        }
        out[start] = flags;
        offset += piece;
        length -= piece;
    }
}
