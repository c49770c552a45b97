//! Scalars of all looks.

use super::super::{
    random::Random,
    yaml::{Y, quoted, raw},
};

/// Scalars that resource files may hold, as they are written.
const LOOKS: [&str; 74] = [
    "hello",
    "some words",
    "a-b_c.d/e",
    "1",
    "0",
    "-7",
    "1.0",
    "1.50",
    "1e3",
    "1E-7",
    "0644",
    "0o14",
    "0xFF",
    "1_000",
    "0b11",
    "+5",
    ".5",
    "-0",
    "12:30:45",
    "190:20:30",
    "true",
    "false",
    "True",
    "yes",
    "no",
    "on",
    "Off",
    "y",
    "N",
    "null",
    "~",
    "",
    "\"\"",
    "''",
    "'it''s'",
    "\"a\\tb\"",
    "\"\\u263a\"",
    "\"line\\nbreak\"",
    "\"trailing \"",
    "\" lead\"",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "9007199254740993",
    "18446744073709551615",
    "1.7976931348623157e+308",
    "123456789012345678901234567890",
    "1e21",
    "0.000001",
    "1e-7",
    "100000000000000000000000",
    "!!str 5",
    "!!int \"5\"",
    "!!str true",
    "!!binary aGVsbG8=",
    "=",
    "\"<<\"",
    "'- x'",
    "'a: b'",
    "\"#c\"",
    "'#c'",
    "\u{1f600}",
    "\"\\U0001F600\"",
    "caf\u{e9}",
    "'*x'",
    "'&x'",
    "'!x'",
    "'%x'",
    "'@x'",
    "'`x'",
    "'{x}'",
    "'[x]'",
    "'?'",
    "\"\\e\"",
    "'x'",
];

/// Any scalar, written as resource files may hold it.
pub(crate) fn any(random: &mut Random) -> Y {
    match random.below(20) {
        0..11 => raw(random.pick(&LOOKS)),
        11 | 12 => block(random),
        13 => raw(long(random)),
        14 => raw(quoted(&long(random))),
        15 => raw(format!("'{}'", long(random))),
        _ => raw(random.pick(&["hello", "web", "x y", "10", "true"])),
    }
}

/// A text, as maps of labels and the like want it.
pub(crate) fn label(random: &mut Random) -> Y {
    raw(random.pick(&[
        "web", "api", "\"1\"", "'true'", "\"\"", "prod", "'2'", "a.b_c-d", "v1.2.3", "\"no\"",
    ]))
}

fn long(random: &mut Random) -> String {
    let count = 8 + random.below(30);
    let words: Vec<&str> = (0..count)
        .map(|_| {
            random.pick(&[
                "lorem",
                "ipsum",
                "dolor",
                "a",
                "http://example.com/a/b",
                "sit-amet",
                "x=1",
            ])
        })
        .collect();
    words.join(" ")
}

/// A block scalar.
pub(crate) fn block(random: &mut Random) -> Y {
    let header = ["|", "|-", "|+", ">", ">-", ">+"][random.below(6)];
    let mut lines = vec![String::from("first line")];
    for _ in 0..random.below(6) {
        let line = random.pick(&[
            "",
            "second",
            "  indented",
            "key: value",
            "- item",
            "trailing  ",
            "# no comment",
            "\ttab",
            "a very long line that \
             goes on and on, so that it is longer than eighty columns, and then some more words",
            "{\"a\": 1}",
            "caf\u{e9}",
        ]);
        lines.push(line.to_owned());
    }
    Y::Block(header, lines)
}
