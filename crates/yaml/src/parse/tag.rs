//! Directives, anchors, aliases and tags, as far as they are tokens.
//!
//! **Start at** [`Scanner::scan_tag`].

use super::scan::Scanner;
use super::token::TokenKind;
use crate::ParseError;
use std::borrow::Cow;

impl<'a> Scanner<'a> {
    /// Reads `%YAML` or `%TAG`, and its line.
    pub(super) fn scan_directive(&mut self) -> Result<TokenKind<'a>, ParseError> {
        self.cursor.pos += 1;
        let kind = match self.take_word() {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => {
                return Err(self
                    .cursor
                    .error_here("unknown directive: only %YAML and %TAG may begin a line with '%'"));
            }
        };
        self.cursor.skip_blanks();
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end(0) {
            return Err(self.cursor.error_here("found text behind a directive: remove it"));
        }
        self.cursor.take_break();
        Ok(kind)
    }

    /// Reads the name behind `*` or `&`.
    pub(super) fn scan_name(&mut self) -> Result<&'a str, ParseError> {
        let at = self.cursor.at();
        self.cursor.pos += 1;
        let name = self.take_word();
        let ends = self.cursor.is_gap(0)
            || matches!(
                self.cursor.peek(0),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ends {
            return Err(self.cursor.error(
                at,
                "the name of an anchor or alias is letters, digits, '-' and '_': put the text in quotes if it is none",
            ));
        }
        Ok(name)
    }

    /// Reads `!suffix`, `!handle!suffix` or `!<tag>`.
    pub(super) fn scan_tag(&mut self) -> Result<TokenKind<'a>, ParseError> {
        let at = self.cursor.at();
        let kind = if self.cursor.peek(1) == b'<' {
            self.cursor.pos += 2;
            let suffix = self.scan_uri("")?;
            if self.cursor.peek(0) != b'>' {
                return Err(self.cursor.error_here("this tag needs a closing '>'"));
            }
            self.cursor.pos += 1;
            TokenKind::Tag { handle: "", suffix }
        } else {
            let handle = self.scan_handle();
            if handle.len() > 1 && handle.ends_with('!') {
                TokenKind::Tag {
                    handle,
                    suffix: self.scan_uri("")?,
                }
            } else if handle == "!" && !is_uri(self.cursor.peek(0)) {
                TokenKind::Tag {
                    handle: "",
                    suffix: Cow::Borrowed("!"),
                }
            } else {
                TokenKind::Tag {
                    handle: "!",
                    suffix: self.scan_uri(&handle[1..])?,
                }
            }
        };
        if self.cursor.is_gap(0) {
            Ok(kind)
        } else {
            Err(self.cursor.error(
                at,
                "a tag ends with a space: put the text in quotes if it is no tag",
            ))
        }
    }

    fn scan_version(&mut self) -> Result<TokenKind<'a>, ParseError> {
        self.cursor.skip_blanks();
        let from = self.cursor.pos;
        while self.cursor.peek(0).is_ascii_digit() || self.cursor.peek(0) == b'.' {
            self.cursor.pos += 1;
        }
        let written = &self.cursor.text[from..self.cursor.pos];
        if matches!(written, "1.1" | "1.2") {
            Ok(TokenKind::Version)
        } else {
            Err(self
                .cursor
                .error_here("unknown YAML version: write '%YAML 1.1', or nothing"))
        }
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind<'a>, ParseError> {
        self.cursor.skip_blanks();
        let message = "a %TAG directive is written '%TAG !handle! prefix'";
        if self.cursor.peek(0) != b'!' {
            return Err(self.cursor.error_here(message));
        }
        let handle = self.scan_handle();
        if !handle.ends_with('!') || !self.cursor.is_blank(0) {
            return Err(self.cursor.error_here(message));
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_uri("")?;
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// Reads `!`, letters, and a second `!` where there is one.
    fn scan_handle(&mut self) -> &'a str {
        let from = self.cursor.pos;
        self.cursor.pos += 1;
        self.take_word();
        if self.cursor.peek(0) == b'!' {
            self.cursor.pos += 1;
        }
        &self.cursor.text[from..self.cursor.pos]
    }

    fn scan_uri(&mut self, head: &'a str) -> Result<Cow<'a, str>, ParseError> {
        let at = self.cursor.at();
        let mut octets = head.as_bytes().to_vec();
        while is_uri(self.cursor.peek(0)) {
            if self.cursor.peek(0) == b'%' {
                let (Some(high), Some(low)) = (digit(self.cursor.peek(1)), digit(self.cursor.peek(2))) else {
                    return Err(self
                        .cursor
                        .error_here("'%' in a tag needs two hexadecimal digits"));
                };
                octets.push(high * 16 + low);
                self.cursor.pos += 3;
            } else {
                octets.push(self.cursor.peek(0));
                self.cursor.pos += 1;
            }
        }
        if octets.is_empty() {
            return Err(self
                .cursor
                .error(at, "this tag has no name: write one behind '!'"));
        }
        let tag = String::from_utf8(octets).map_err(|_| self.cursor.error(at, "this tag is not UTF-8"))?;
        Ok(Cow::Owned(tag))
    }

    fn take_word(&mut self) -> &'a str {
        let from = self.cursor.pos;
        while self.cursor.peek(0).is_ascii_alphanumeric() || matches!(self.cursor.peek(0), b'-' | b'_') {
            self.cursor.pos += 1;
        }
        &self.cursor.text[from..self.cursor.pos]
    }
}

fn is_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || (byte != 0 && b"_-;/?:@&=+$,.!~*'()[]%".contains(&byte))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
