//! Keys: whether one stands twice in a map, and one copy of those that are written again and again.
//!
//! **Invariant:** keys that are the same have the same fingerprint. **Start at** [`may_repeat`] and [`Known`].

use crate::Text;

/// Up to this many keys, comparing each with each is faster than sorting.
const FEW: usize = 32;

/// Longest text that trees hold without memory of its own.
const INLINE: usize = 15;

/// Longest text worth looking for.
const LONGEST: usize = 64;

/// How many texts are remembered; a power of two.
const SLOTS: usize = 512;

/// Texts seen before.
#[derive(Debug, Default)]
pub(super) struct Known {
    slots: Vec<Text>,
}

impl Known {
    /// `text`, shared with where it was seen before if that is still known.
    pub(super) fn text(&mut self, text: &str, print: u64) -> Text {
        if text.len() <= INLINE || text.len() > LONGEST {
            return text.into();
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Text::default());
        }
        let slot = &mut self.slots[slot(print)];
        if *slot != *text {
            *slot = text.into();
        }
        slot.clone()
    }
}

/// Whether two of these may be the same.
pub(super) fn may_repeat(prints: &mut [u64]) -> bool {
    if prints.len() <= FEW {
        return (1..prints.len()).any(|index| {
            let (before, rest) = prints.split_at(index);
            // No early exit, so that the loop runs on vectors.
            before
                .iter()
                .fold(false, |found, print| found | (*print == rest[0]))
        });
    }
    prints.sort_unstable();
    prints.windows(2).any(|pair| pair[0] == pair[1])
}

/// A number that differs for most keys that differ.
pub(super) fn fingerprint(key: &[u8]) -> u64 {
    let mut print = mix(0, key.len() as u64);
    let mut rest = key;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        print = mix(print, u64::from_le_bytes(*word));
        rest = behind;
    }
    if rest.is_empty() {
        return print;
    }
    // The last 8 bytes overlap those before: no byte is left out, and none is read one by one in longer keys.
    let tail = match key.last_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    mix(print, tail)
}

fn mix(print: u64, word: u64) -> u64 {
    (print.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn slot(print: u64) -> usize {
    usize::try_from(print >> 40).unwrap_or(0) % SLOTS
}
