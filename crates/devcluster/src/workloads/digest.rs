//! Short deterministic names: hashes of templates and suffixes of pods.
//!
//! **Invariant:** equal values give equal names in every process, whatever the order of their keys.
//! **Absent:** the exact hashes of kube-controller-manager, which depend on the memory layout of its types.

use serde_json::Value;

/// Letters that real clusters use, so that no name spells a word.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The hash of a value, ten letters or fewer, as in `pod-template-hash`.
pub(super) fn of_value(value: &Value) -> String {
    let mut hash = Fnv::default();
    feed(&mut hash, value);
    hash.fold32()
        .to_string()
        .bytes()
        .map(|digit| letter(usize::from(digit)))
        .collect()
}

/// The five letters at the end of the name of a pod.
pub(super) fn suffix(owner: &str, serial: u64) -> String {
    let mut hash = Fnv::default();
    hash.eat(owner.as_bytes());
    hash.eat(&serial.to_le_bytes());
    let mut rest = hash.0;
    let mut name = String::with_capacity(5);
    for _ in 0..5 {
        name.push(letter((rest % 27) as usize));
        rest /= 27;
    }
    name
}

/// A made-up but stable sha256 of an image.
pub(super) fn of_image(image: &str) -> String {
    let part = |salt: u8| {
        let mut hash = Fnv::default();
        hash.eat(&[salt]);
        hash.eat(image.as_bytes());
        hash.0
    };
    format!("{:016x}{:016x}{:016x}{:016x}", part(1), part(2), part(3), part(4))
}

fn letter(index: usize) -> char {
    char::from(LETTERS[index % LETTERS.len()])
}

fn feed(hash: &mut Fnv, value: &Value) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            hash.eat(b"{");
            for key in keys {
                hash.eat(key.as_bytes());
                hash.eat(b":");
                feed(hash, &map[key]);
            }
            hash.eat(b"}");
        }
        Value::Array(entries) => {
            hash.eat(b"[");
            for entry in entries {
                feed(hash, entry);
                hash.eat(b",");
            }
            hash.eat(b"]");
        }
        scalar => hash.eat(scalar.to_string().as_bytes()),
    }
}

/// FNV-1a of 64 bits.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn fold32(&self) -> u32 {
        (self.0 ^ (self.0 >> 32)) as u32
    }
}
