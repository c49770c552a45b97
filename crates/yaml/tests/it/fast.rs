//! The way for ordinary documents makes no difference: values, marks, errors and limits are those of the other way.
//!
//! **Start at** [`check`].

use super::{PARSE, PARSE_V2, collect, shared};
use plumb_yaml::{Dialect, Limits, Node, ParseError, SourceId, parse, parse_slowly};
use proptest::prelude::*;

/// Both ways to read `text`, in both dialects and with narrow limits too.
fn check(text: &str) {
    let narrow = Limits {
        bytes: 4096,
        depth: 4,
        nodes: 14,
        documents: 2,
    };
    for dialect in [Dialect::V3, Dialect::V2] {
        for limits in [Limits::default(), narrow] {
            let both = [parse, parse_slowly].map(|read| read(text, SourceId(7), dialect, &limits));
            let [quick, slow] = both;
            assert!(
                same(&quick, &slow),
                "{dialect:?} of\n{text}\n{quick:#?}\n{slow:#?}"
            );
        }
    }
}

/// Whether values and marks are the same, which `==` on nodes does not say.
fn same(quick: &Result<Vec<Node>, ParseError>, slow: &Result<Vec<Node>, ParseError>) -> bool {
    format!("{quick:?}") == format!("{slow:?}")
}

/// A source of chance that needs no crate.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below a usize")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What mutations put into documents.
const SNIPPETS: [&str; 64] = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    ":",
    ": ",
    ":\n",
    "- ",
    "-\n",
    "-",
    "\n- ",
    "#",
    " # c",
    "\n# c\n",
    "'",
    "\"",
    "''",
    "\\n",
    "\\",
    "|",
    "|-\n",
    "|+\n   x\n",
    ">",
    ">-\n  a\n  b\n",
    "|2\n",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "{\"a\":1}",
    ",",
    "&a ",
    "*a",
    "!t ",
    "!!str ",
    "<<: ",
    "? ",
    "---\n",
    "\n---\n",
    "...\n",
    "%",
    "@",
    "é",
    "\u{85}",
    "\u{2028}",
    "’",
    "\u{FEFF}",
    "null",
    "~",
    "1.0",
    "0x1F",
    "2020-01-01",
    "yes",
    "a: 1\n",
    "\n  b: 2\n",
    ".inf",
    "=",
    "\n    ",
];

/// `text` with up to six places changed.
fn mutated(text: &str, chance: &mut Chance) -> String {
    let mut text = text.to_owned();
    for _ in 0..=chance.below(6) {
        let mut at = chance.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        match chance.below(4) {
            0 => {
                let mut end = (at + 1 + chance.below(8)).min(text.len());
                while !text.is_char_boundary(end) {
                    end += 1;
                }
                text.replace_range(at..end, "");
            }
            1 => {
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                text.insert_str(line, &" ".repeat(1 + chance.below(3)));
            }
            _ => text.insert_str(at, chance.pick(&SNIPPETS)),
        }
    }
    text
}

#[test]
fn makes_no_difference_to_what_once_did() {
    check("a:\n # c’");
}

#[test]
fn makes_no_difference_to_recorded_cases() {
    let mut chance = Chance(0x1234_5678_9ABC_DEF1);
    for line in PARSE.lines().chain(PARSE_V2.lines()) {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let text = case["in"].as_str().expect("a case has 'in'");
        check(text);
        for _ in 0..rounds(60) {
            check(&mutated(text, &mut chance));
        }
    }
}

#[test]
fn makes_no_difference_to_an_ordinary_document_with_changes() {
    let mut chance = Chance(0xABCD_EF01_2345_6789);
    check(ORDINARY);
    for _ in 0..rounds(20_000) {
        check(&mutated(ORDINARY, &mut chance));
    }
}

#[test]
fn makes_no_difference_to_real_repositories() {
    let Some(shared) = shared() else { return };
    let mut files = Vec::new();
    collect(&shared.join("repos"), &mut files);
    let mut chance = Chance(0x0F0F_1234_ABCD_9876);
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        if text.len() < 200_000 {
            check(&text);
        }
        if text.len() < 4000 {
            for _ in 0..rounds(3) {
                check(&mutated(&text, &mut chance));
            }
        }
    }
}

/// How many rounds to do of `usual`; `PLUMB_YAML_ROUNDS=50` does fifty times as many.
fn rounds(usual: usize) -> usize {
    let times = std::env::var("PLUMB_YAML_ROUNDS").ok();
    usual * times.and_then(|times| times.parse().ok()).unwrap_or(1)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn makes_no_difference_to_yaml_like_text(
        text in "([ \n\t:?,#&*!|>'\"%@`\\[\\]{}+0-3a-c~=<.\\\\\r\u{85}\u{2028}é😀-]|: |- |\n  |\n|--- |\n---\n|<<: |&a |\\*a ){0,60}"
    ) {
        check(&text);
    }

    #[test]
    fn makes_no_difference_to_lines(lines in prop::collection::vec(
        ("[ ]{0,6}", "(- |- - |-|)", "([a-d]|\"[ab:]\"|'c'|1|é|true|<<|a b|)", "(: |:|:  | : |)",
         "(x|y z|'q'|\"d\"|\"e|\\||>|\\|-|\\[a, b\\]|\\{a: b, c: 1\\}|\\{\\}|\\[|\\]|# c| # c|2020-01-01|0o7|null|&a b|- |k: v|)"),
        0..12,
    )) {
        let text: String = lines
            .iter()
            .map(|(indent, dash, key, colon, value)| format!("{indent}{dash}{key}{colon}{value}\n"))
            .collect();
        check(&text);
    }
}

const ORDINARY: &str = r#"# What the shop needs.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop   # its name
  labels: {app: shop, "tier": 'web', empty: {}}
  annotations:
    note: It’s a long text that goes over
      more than one line,

      and further
    quoted: "one
      two \
      three\n"
    single: 'it''s
      so'
    number: 0644
spec:
  empty:
  list:
  - a
  -
  - - b
    - c: 1
      d:
      - e
  - f: |
      text
        deeper

      end

    g: >-
      folded
      text
  args: ["--a=b", plain, [1, 2], {x: y},
    "next line"]
  "quoted key": ~
---
kind: ConfigMap
data:
  é: ü: x
  b: |+
    kept

---
# nothing
---
- top
- level
"#;
