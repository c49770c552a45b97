//! What the original's YAML parser says where ours says something else.

/// A part of our message, and the original's words for the same trouble.
const CAUSES: [(&str, &str); 19] = [
    ("these quotes are never closed", "found unexpected end of stream"),
    ("could not find ':'", "could not find expected ':'"),
    (
        "'---' is expected behind a directive",
        "did not find expected <document start>",
    ),
    (
        "behind the end of the document",
        "did not find expected <document start>",
    ),
    (
        "where the next '- ' of the list",
        "did not find expected '-' indicator",
    ),
    ("where the next key of the map", "did not find expected key"),
    ("',' or ']' is expected", "did not find expected ',' or ']'"),
    ("',' or '}' is expected", "did not find expected ',' or '}'"),
    (
        "a tab where the indentation of the text",
        "found a tab character where an indentation space is expected",
    ),
    (
        "a tab where the indentation of the value",
        "found a tab character that violates indentation",
    ),
    (
        "a tab where indentation is expected",
        "found character that cannot start any token",
    ),
    (
        "a document marker inside the quotes",
        "found unexpected document indicator",
    ),
    ("where a value is expected", "did not find expected node content"),
    (
        "cannot begin a value",
        "found character that cannot start any token",
    ),
    (
        "inside brackets: put",
        "found character that cannot start any token",
    ),
    (
        "'- ' where no list may begin",
        "block sequence entries are not allowed in this context",
    ),
    (
        "'? ' where no key may begin",
        "mapping keys are not allowed in this context",
    ),
    (
        "': ' where no map may begin",
        "mapping values are not allowed in this context",
    ),
    (
        "text behind '|' or '>'",
        "did not find expected comment or line break",
    ),
];

/// `message` with the original's words before it, where those differ.
pub(crate) fn with_original(message: &str) -> String {
    match CAUSES.iter().find(|(ours, _)| message.contains(ours)) {
        Some((_, theirs)) => format!("{theirs}: {message}"),
        None => message.to_owned(),
    }
}
