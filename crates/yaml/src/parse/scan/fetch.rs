//! Each kind of token: where it may stand, and what it says about keys.
//!
//! **Start at** [`Scanner::fetch_content`].

use super::super::token::{At, Style, Token, TokenKind};
use super::{PossibleKey, Scanner};
use crate::ParseError;

impl<'a> Scanner<'a> {
    /// Reads the token that begins here, which is neither a directive nor a document marker.
    pub(super) fn fetch_content(&mut self, at: At) -> Result<(), ParseError> {
        let flow = self.in_flow();
        match self.cursor.peek(0) {
            b'[' => self.open(at, TokenKind::FlowSequenceStart),
            b'{' => self.open(at, TokenKind::FlowMappingStart),
            b']' => self.close(at, TokenKind::FlowSequenceEnd),
            b'}' => self.close(at, TokenKind::FlowMappingEnd),
            b',' => {
                self.forget_key()?;
                self.key_allowed = true;
                self.single(at, TokenKind::FlowEntry);
                Ok(())
            }
            b'-' if self.cursor.is_gap(1) => self.fetch_entry(at),
            b'?' if flow || self.cursor.is_gap(1) => self.fetch_key(at),
            b':' if flow || self.cursor.is_gap(1) => self.fetch_value(at),
            b'*' => self.named(at, TokenKind::Alias),
            b'&' => self.named(at, TokenKind::Anchor),
            b'!' => {
                self.save_key()?;
                self.key_allowed = false;
                let kind = self.scan_tag()?;
                self.queue.push_back(Token { kind, at });
                Ok(())
            }
            header @ (b'|' | b'>') if !flow => {
                self.forget_key()?;
                self.key_allowed = true;
                let text = self.cursor.scan_block_scalar(self.indent, self.dialect)?.into();
                self.queue.push_back(Token {
                    kind: TokenKind::Scalar {
                        text,
                        style: if header == b'>' {
                            Style::Folded
                        } else {
                            Style::Quoted
                        },
                    },
                    at,
                });
                Ok(())
            }
            quote @ (b'\'' | b'"') => {
                self.save_key()?;
                self.key_allowed = false;
                let text = self.cursor.scan_quoted(quote)?;
                self.queue.push_back(Token {
                    kind: TokenKind::Scalar {
                        text,
                        style: Style::Quoted,
                    },
                    at,
                });
                Ok(())
            }
            first => {
                if !self.starts_plain(first, flow) {
                    return Err(self.unexpected(first));
                }
                self.save_key()?;
                self.key_allowed = false;
                let indent = usize::try_from(self.indent + 1).unwrap_or(0);
                let (text, breaks) = self.cursor.scan_plain(indent, flow)?;
                self.key_allowed = breaks;
                self.queue.push_back(Token {
                    kind: TokenKind::Scalar {
                        text,
                        style: Style::Plain,
                    },
                    at,
                });
                Ok(())
            }
        }
    }

    fn starts_plain(&self, first: u8, flow: bool) -> bool {
        match first {
            b'-' => !self.cursor.is_blank(1),
            b'?' | b':' => !flow && !self.cursor.is_gap(1),
            b' ' | b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => false,
            _ => self.cursor.break_at(0) == 0,
        }
    }

    fn unexpected(&self, first: u8) -> ParseError {
        self.cursor.error_here(match first {
            b'\t' => "found a tab where indentation is expected: use spaces".to_owned(),
            b'|' | b'>' => format!(
                "found '{}' inside brackets: put the text in quotes",
                first as char
            ),
            _ => format!(
                "found '{}', which cannot begin a value: put the text in quotes",
                first as char
            ),
        })
    }

    fn single(&mut self, at: At, kind: TokenKind<'a>) {
        self.cursor.pos += 1;
        self.queue.push_back(Token { kind, at });
    }

    fn open(&mut self, at: At, kind: TokenKind<'a>) -> Result<(), ParseError> {
        self.save_key()?;
        self.keys.push(PossibleKey::default());
        self.key_allowed = true;
        self.single(at, kind);
        Ok(())
    }

    fn close(&mut self, at: At, kind: TokenKind<'a>) -> Result<(), ParseError> {
        self.forget_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.key_allowed = false;
        self.single(at, kind);
        Ok(())
    }

    fn named(&mut self, at: At, kind: fn(&'a str) -> TokenKind<'a>) -> Result<(), ParseError> {
        self.save_key()?;
        self.key_allowed = false;
        let name = self.scan_name()?;
        self.queue.push_back(Token { kind: kind(name), at });
        Ok(())
    }

    fn fetch_entry(&mut self, at: At) -> Result<(), ParseError> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self
                    .cursor
                    .error_here("found '- ' where no list may begin: put the list on its own line"));
            }
            self.roll_indent(at, None, TokenKind::BlockSequenceStart);
        }
        self.forget_key()?;
        self.key_allowed = true;
        self.single(at, TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self, at: At) -> Result<(), ParseError> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self
                    .cursor
                    .error_here("found '? ' where no key may begin: put the key on its own line"));
            }
            self.roll_indent(at, None, TokenKind::BlockMappingStart);
        }
        self.forget_key()?;
        self.key_allowed = !self.in_flow();
        self.single(at, TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self, at: At) -> Result<(), ParseError> {
        if self.is_key_valid(self.keys.len() - 1)? {
            let key = *self.key();
            self.queue.insert(
                key.number - self.taken,
                Token {
                    kind: TokenKind::Key,
                    at: key.at,
                },
            );
            self.roll_indent(key.at, Some(key.number), TokenKind::BlockMappingStart);
            self.key().possible = false;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(self.cursor.error_here(
                        "found ': ' where no map may begin: put the value in quotes, or the key on its own line",
                    ));
                }
                self.roll_indent(at, None, TokenKind::BlockMappingStart);
            }
            self.key_allowed = !self.in_flow();
        }
        self.single(at, TokenKind::Value);
        Ok(())
    }
}
