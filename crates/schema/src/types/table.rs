//! Reads the committed table of built-in kinds.
//!
//! The table is gzipped text, written by `cargo xtask schema-table`. One line is one fact:
//!
//! ```text
//! S[a]                          a struct begins (a: atomic); types are numbered as they come, from 1
//! N<type>                       a type that is no struct
//! .<name>\t<type>\t<flags>\t<default>     a field of the struct above; the default is JSON
//! K<group>\t<version>\t<kind>\t<number>  a kind and its type
//! ```
//!
//! Types: `s` text, `d` time, `y` base64, `i` int32, `l` int64, `n` number, `b` boolean, `x` int-or-string, `q`
//! quantity, `a` free form, `A` free form and atomic, `e(a|b)` one of these texts, `#7;` struct 7, `Mg`/`Ma` + type
//! map, `La`/`Ls`/`Lk(key,key)` + type list. Flags: `r` required, `z` present in an empty object, `p` merge, `P`
//! retain keys, `R` replace, `k=key` merge key (last).
//!
//! **Invariant:** the table is made by this repository and checked by tests, so a defect in it is a defect of the build.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use serde_json::Value;

use super::arena::{Arena, Field, Limits, Node, NodeListKind, NodeShape, NodeUnknown};
use super::{PatchStrategy, Scalar, Schemas};
use crate::GroupVersionKind;

static TABLE: &[u8] = include_bytes!("../../data/kinds.txt.gz");
const SOUND: &str = "the committed table is well formed; a test reads all of it";

/// Reads the whole table.
pub(super) fn decode() -> Schemas {
    let mut text = String::new();
    flate2::read::GzDecoder::new(TABLE)
        .read_to_string(&mut text)
        .expect(SOUND);
    let count = text.lines().filter(|line| line.starts_with(['S', 'N'])).count();
    let free = Node::plain(NodeShape::Any { atomic: false });
    let mut reader = Reader {
        arena: Arena {
            nodes: vec![free; count + 1],
            custom: false,
        },
        kinds: BTreeMap::new(),
        names: BTreeMap::new(),
        current: 0,
    };
    for line in text.lines() {
        reader.line(line);
    }
    Schemas {
        arena: reader.arena,
        kinds: reader.kinds,
    }
}

struct Reader<'t> {
    arena: Arena,
    kinds: BTreeMap<GroupVersionKind, u32>,
    names: BTreeMap<&'t str, Arc<str>>,
    current: usize,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str) {
        let (tag, rest) = line.split_at(1);
        match tag {
            "S" => {
                self.current += 1;
                let atomic = rest == "a";
                self.arena.nodes[self.current].shape = NodeShape::Struct {
                    fields: Vec::new(),
                    atomic,
                    unknown: NodeUnknown::Pruned,
                };
            }
            "N" => {
                self.current += 1;
                let (id, _) = self.ty(rest);
                self.arena.nodes[self.current] = self.arena.nodes[id as usize].clone();
            }
            "K" => {
                let mut parts = rest.split('\t');
                let mut next = || parts.next().expect(SOUND);
                let gvk = GroupVersionKind::new(next(), next(), next());
                let id = next().parse().expect(SOUND);
                self.kinds.insert(gvk, id);
            }
            "." => {
                let field = self.field(rest);
                if let NodeShape::Struct { fields, .. } = &mut self.arena.nodes[self.current].shape {
                    fields.push(field);
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, line: &'t str) -> Field {
        let mut parts = line.split('\t');
        let name = parts.next().expect(SOUND);
        let ty = parts.next().expect(SOUND);
        let (flags, merge_key) = match parts.next().unwrap_or_default().split_once("k=") {
            Some((flags, key)) => (flags.to_owned(), Some(key.to_owned())),
            None => (line.split('\t').nth(2).unwrap_or_default().to_owned(), None),
        };
        let default: Option<Value> = parts.next().map(|json| serde_json::from_str(json).expect(SOUND));
        let name = self.names.entry(name).or_insert_with(|| Arc::from(name)).clone();
        let (ty, _) = self.ty(ty);
        let has = |flag| flags.contains(flag);
        let patch = PatchStrategy {
            merge: has('p'),
            retain_keys: has('P'),
            replace: has('R'),
        };
        Field {
            name,
            ty,
            required: has('r'),
            default,
            zero: has('z'),
            patch,
            merge_key,
        }
    }

    /// Reads one type and returns its node and what follows.
    fn ty<'s>(&mut self, text: &'s str) -> (u32, &'s str) {
        let (tag, rest) = text.split_at(1);
        let scalar = match tag {
            "s" => Scalar::String,
            "d" => Scalar::DateTime,
            "y" => Scalar::Bytes,
            "i" | "l" => Scalar::Integer,
            "n" => Scalar::Number,
            "b" => Scalar::Boolean,
            "x" => Scalar::IntOrString,
            "q" => Scalar::Quantity,
            _ => return self.compound(tag, rest),
        };
        let mut node = Node::plain(NodeShape::Scalar(scalar));
        if tag == "i" {
            node.limits = Some(Box::new(Limits {
                bits32: true,
                ..Limits::default()
            }));
        }
        (self.arena.push(node), rest)
    }

    fn compound<'s>(&mut self, tag: &str, rest: &'s str) -> (u32, &'s str) {
        match tag {
            "#" => {
                let (id, rest) = rest.split_once(';').expect(SOUND);
                (id.parse().expect(SOUND), rest)
            }
            "e" => {
                let (values, rest) = rest
                    .strip_prefix('(')
                    .and_then(|rest| rest.split_once(')'))
                    .expect(SOUND);
                let one_of = values.split('|').map(Value::from).collect();
                let mut node = Node::plain(NodeShape::Scalar(Scalar::String));
                node.limits = Some(Box::new(Limits {
                    one_of,
                    ..Limits::default()
                }));
                (self.arena.push(node), rest)
            }
            "M" => {
                let (kind, rest) = rest.split_at(1);
                let (element, rest) = self.ty(rest);
                (
                    self.arena.push(Node::plain(NodeShape::Map {
                        element,
                        atomic: kind == "a",
                    })),
                    rest,
                )
            }
            "L" => {
                let (kind, mut rest) = rest.split_at(1);
                let kind = match kind {
                    "k" => {
                        let (keys, after) = rest
                            .strip_prefix('(')
                            .and_then(|rest| rest.split_once(')'))
                            .expect(SOUND);
                        rest = after;
                        NodeListKind::Map(keys.split(',').map(str::to_owned).collect())
                    }
                    "s" => NodeListKind::Set,
                    _ => NodeListKind::Atomic,
                };
                let (element, rest) = self.ty(rest);
                (
                    self.arena.push(Node::plain(NodeShape::List { element, kind })),
                    rest,
                )
            }
            _ => (
                self.arena
                    .push(Node::plain(NodeShape::Any { atomic: tag == "A" })),
                rest,
            ),
        }
    }
}
