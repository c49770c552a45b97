//! Commits as bytes: what Git hashes, and what a signature is over.
//!
//! **Invariant:** whatever a name holds, `git fsck` finds nothing wrong.

use gix::ObjectId as GitId;
use jiff::Timestamp;

use crate::{Person, Place, Record, record::message};

/// The header that carries a signature.
pub(crate) const SIGNATURE: &str = "gpgsig";

/// A commit taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: GitId,
    pub(crate) parents: Vec<GitId>,
    /// The armoured signature.
    pub(crate) signature: Option<String>,
    pub(crate) message: String,
}

/// A record as a commit without a signature.
pub(crate) fn encode(record: &Record, place: &Place, tree: GitId, parent: Option<GitId>) -> Vec<u8> {
    let parent = parent.map(|id| format!("parent {id}\n")).unwrap_or_default();
    let seconds = seconds(record.finished);
    let writer = Person {
        name: format!("plumb/{}", place.shard),
        email: format!("{}@plumb.invalid", place.shard),
    };
    let author = record.source.as_ref().and_then(|source| source.author.as_ref());
    let author = identity(author.unwrap_or(&writer));
    let committer = identity(&writer);
    let message = message::write(record, place);
    format!(
        "tree {tree}\n{parent}author {author} {seconds} +0000\ncommitter {committer} {seconds} +0000\n\n{message}"
    )
    .into_bytes()
}

/// The same commit with a signature.
pub(crate) fn signed(unsigned: &[u8], signature: &str) -> Vec<u8> {
    let end = header_end(unsigned);
    let folded = signature.trim_end().replace('\n', "\n ");
    let mut out = unsigned[..end].to_vec();
    out.extend_from_slice(format!("{SIGNATURE} {folded}\n").as_bytes());
    out.extend_from_slice(&unsigned[end..]);
    out
}

/// What a signature of this commit is over: all but the signature.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let end = header_end(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut in_signature = false;
    for line in bytes[..end].split_inclusive(|byte| *byte == b'\n') {
        in_signature = if line.first() == Some(&b' ') {
            in_signature
        } else {
            line.starts_with(b"gpgsig ")
        };
        if !in_signature {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(&bytes[end..]);
    out
}

/// Takes a commit apart; `None` where it is none.
pub(crate) fn decode(bytes: &[u8]) -> Option<Commit> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (headers, message) = text.split_once("\n\n")?;
    let mut tree = None;
    let mut parents = Vec::new();
    let mut signature: Option<String> = None;
    let mut last = "";
    for line in headers.split('\n') {
        if let Some(more) = line.strip_prefix(' ') {
            if let Some(signature) = signature.as_mut().filter(|_| last == SIGNATURE) {
                signature.push('\n');
                signature.push_str(more);
            }
            continue;
        }
        let (key, value) = line.split_once(' ')?;
        last = key;
        match key {
            "tree" => tree = Some(GitId::from_hex(value.as_bytes()).ok()?),
            "parent" => parents.push(GitId::from_hex(value.as_bytes()).ok()?),
            SIGNATURE => signature = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(Commit {
        tree: tree?,
        parents,
        signature,
        message: message.to_owned(),
    })
}

/// Where the empty line begins that ends the headers.
fn header_end(bytes: &[u8]) -> usize {
    bytes
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .map_or(bytes.len(), |at| at + 1)
}

/// Git's times do not go back before 1970.
fn seconds(time: Timestamp) -> i64 {
    time.as_second().max(0)
}

/// Name and address as Git takes them.
fn identity(person: &Person) -> String {
    let clean = |text: &str| -> String {
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '<' | '>') && !c.is_control())
            .collect();
        text.trim_matches(|c: char| c.is_whitespace() || ".,:;\"\\'".contains(c))
            .to_owned()
    };
    let name = match clean(&person.name) {
        name if name.is_empty() => "unknown".to_owned(),
        name => name,
    };
    let email: String = clean(&person.email).split_whitespace().collect();
    format!("{name} <{email}>")
}
