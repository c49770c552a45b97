//! Label selectors as text: `a=b,c!=d,e in (f, g),h notin (i),j,!k,l>1`, refused in the words of apimachinery.
//!
//! **Start at** [`parse`].

use super::{Requirement, Test};
use crate::validate::{label_key_problems, label_value_problem};

const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Word,
    In,
    NotIn,
    Not,
    Equal,
    NotEqual,
    Greater,
    Less,
    Open,
    Close,
    Comma,
    End,
    Wrong,
}

/// Reads a label selector.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
    };
    let mut found = Vec::new();
    loop {
        match parser.look() {
            (Token::Word | Token::Not, _) => {
                let requirement = parser.requirement();
                found.push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
                match parser.take() {
                    (Token::End, _) => return Ok(found),
                    (Token::Comma, _) => {
                        let (next, text) = parser.look();
                        if !matches!(next, Token::Word | Token::Not) {
                            return Err(format!("found '{text}', expected: identifier after ','"));
                        }
                    }
                    (_, text) => return Err(format!("found '{text}', expected: ',' or 'end of string'")),
                }
            }
            (Token::End, _) => return Ok(found),
            (_, text) => {
                return Err(format!(
                    "found '{text}', expected: !, identifier, or 'end of string'"
                ));
            }
        }
    }
}

fn tokens(text: &str) -> Vec<(Token, String)> {
    const SPECIAL: [char; 7] = ['=', '!', '(', ')', ',', '>', '<'];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if SPECIAL.contains(&first) {
            if rest.starts_with("==") || rest.starts_with("!=") {
                2
            } else {
                1
            }
        } else {
            rest.find(|c: char| SPECIAL.contains(&c) || c.is_ascii_whitespace())
                .unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(length);
        let token = match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            "!" => Token::Not,
            "=" | "==" => Token::Equal,
            "!=" => Token::NotEqual,
            ">" => Token::Greater,
            "<" => Token::Less,
            "(" => Token::Open,
            ")" => Token::Close,
            "," => Token::Comma,
            _ if SPECIAL.contains(&first) => Token::Wrong,
            _ => Token::Word,
        };
        tokens.push((token, word.to_owned()));
        rest = after.trim_start();
    }
    tokens.push((Token::End, String::new()));
    tokens
}

struct Parser {
    tokens: Vec<(Token, String)>,
    at: usize,
}

impl Parser {
    /// The next token; the words `in` and `notin` may be keys and values too.
    fn look(&self) -> (Token, String) {
        match self.tokens.get(self.at) {
            Some((Token::In | Token::NotIn, text)) => (Token::Word, text.clone()),
            Some(token) => token.clone(),
            None => (Token::End, String::new()),
        }
    }

    fn take(&mut self) -> (Token, String) {
        let token = self.look();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.take();
        let negated = token == Token::Not;
        if negated {
            (token, key) = self.take();
        }
        if token != Token::Word {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let problems = label_key_problems(&key);
        if !problems.is_empty() {
            return Err(format!("<nil>: Invalid value: {key:?}: {}", problems.join("; ")));
        }
        let alone = matches!(self.look().0, Token::End | Token::Comma);
        if alone || negated {
            let test = if negated { Test::Missing } else { Test::Exists };
            return Ok(Requirement { key, test });
        }
        let operator = self.tokens.get(self.at).cloned();
        self.at += 1;
        let (operator, text) = operator.unwrap_or((Token::End, String::new()));
        let values = match operator {
            Token::In | Token::NotIn => self.values()?,
            Token::Equal | Token::NotEqual | Token::Greater | Token::Less => vec![self.value()?],
            _ => return Err(format!("found '{text}', expected: {OPERATORS}")),
        };
        requirement(key, operator, values)
    }

    fn value(&mut self) -> Result<String, String> {
        if matches!(self.look().0, Token::End | Token::Comma) {
            return Ok(String::new());
        }
        match self.take() {
            (Token::Word, text) => Ok(text),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let (token, text) = self.take();
        if token != Token::Open {
            return Err(format!("found '{text}' expected: '('"));
        }
        let mut values = Vec::new();
        let mut empty = true;
        loop {
            match self.take() {
                (Token::Word, text) => {
                    values.push(text);
                    empty = false;
                    let (next, text) = self.look();
                    if !matches!(next, Token::Comma | Token::Close) {
                        return Err(format!("found '{text}', expected: ',' or ')'"));
                    }
                }
                (Token::Comma, _) => {
                    if empty {
                        values.push(String::new());
                    }
                    empty = true;
                }
                (Token::Close, _) => {
                    if empty {
                        values.push(String::new());
                    }
                    values.sort();
                    values.dedup();
                    return Ok(values);
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }
}

fn requirement(key: String, operator: Token, values: Vec<String>) -> Result<Requirement, String> {
    let test = match operator {
        Token::Greater | Token::Less => {
            let text = values.first().cloned().unwrap_or_default();
            let limit = text.parse().map_err(|_| {
                format!("values[0]: Invalid value: {text:?}: for 'Gt', 'Lt' operators, the value must be an integer")
            })?;
            if operator == Token::Greater {
                Test::Greater(limit)
            } else {
                Test::Less(limit)
            }
        }
        Token::In | Token::Equal => Test::In(values.clone()),
        _ => Test::NotIn(values.clone()),
    };
    for (at, value) in values.iter().enumerate() {
        if let Some(why) = label_value_problem(value) {
            return Err(format!("values[{at}][{key}]: Invalid value: {value:?}: {why}"));
        }
    }
    Ok(Requirement { key, test })
}
