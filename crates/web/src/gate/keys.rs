//! What cookies and forms are signed with: a key that is made when the program starts, and ends with it.

use aws_lc_rs::{hmac, rand};

use crate::WebError;

/// What cookies and forms are signed with.
pub(crate) struct Keys {
    key: hmac::Key,
}

impl Keys {
    pub(crate) fn new() -> Result<Self, WebError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new());
        Ok(Self {
            key: key.map_err(|_| WebError::Random)?,
        })
    }

    /// `text` with its signature, for a cookie. `use_` keeps one sort of cookie from passing for another.
    pub(crate) fn sign(&self, use_: &str, text: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{use_}\0{text}").as_bytes());
        format!("{text}.{}", hex(tag.as_ref()))
    }

    /// What was signed; `None` where it was not signed by us, or for something else.
    pub(crate) fn open<'a>(&self, use_: &str, signed: &'a str) -> Option<&'a str> {
        let (text, tag) = signed.rsplit_once('.')?;
        let tag = unhex(tag)?;
        hmac::verify(&self.key, format!("{use_}\0{text}").as_bytes(), &tag).ok()?;
        Some(text)
    }

    /// What the forms of somebody carry.
    pub(crate) fn form(&self, whose: &str) -> String {
        let tag = hmac::sign(&self.key, format!("form\0{whose}").as_bytes());
        hex(tag.as_ref())
    }
}

/// A form's token as it is written on a page: another text each time, since pages are compressed.
pub(crate) fn masked(token: &str) -> String {
    let mut mask = [0; 32];
    if token.is_empty() || rand::fill(&mut mask).is_err() {
        return token.to_owned();
    }
    let hidden: Vec<u8> = token
        .bytes()
        .zip(mask.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    format!("{}{}", hex(&mask), hex(&hidden))
}

/// The token that was written so.
pub(crate) fn unmasked(written: &str) -> Option<String> {
    let bytes = unhex(written).filter(|bytes| bytes.len() > 32)?;
    let (mask, hidden) = bytes.split_at(32);
    let token = hidden
        .iter()
        .zip(mask.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    String::from_utf8(token).ok()
}

/// 256 bits that nobody can guess.
pub(crate) fn random() -> Result<String, WebError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| WebError::Random)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|it| u8::try_from(it).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
