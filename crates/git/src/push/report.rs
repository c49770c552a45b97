//! What a server says of a push: `report-status` of Git's pack protocol, and the words of its hooks.

use std::sync::{Arc, Mutex, PoisonError};

use crate::GitError;

/// How much of what hooks say is kept.
const WORDS: usize = 4000;

/// What a server says of a push.
pub(super) struct Report {
    url: String,
    reference: String,
    said: Said,
    unpacked: Option<String>,
    /// `Ok` = the reference was moved; else why not.
    moved: Option<Result<(), String>>,
}

/// What hooks say.
#[derive(Clone, Default)]
pub(super) struct Said(Arc<Mutex<String>>);

impl Said {
    pub(super) fn add(&self, text: &[u8]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < WORDS {
            said.push_str(&String::from_utf8_lossy(text));
        }
    }

    /// In one line, without what terminals are steered by.
    fn words(&self) -> String {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = said
            .split(['\n', '\r'])
            .map(|line| line.replace(char::is_control, ""));
        let lines: Vec<String> = lines
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("; ")
    }
}

impl Report {
    pub(super) fn new(url: &str, reference: &str) -> Self {
        Self {
            url: url.to_owned(),
            reference: reference.to_owned(),
            said: Said::default(),
            unpacked: None,
            moved: None,
        }
    }

    pub(super) fn said(&self) -> Said {
        self.said.clone()
    }

    /// Takes in packet lines as they come within the side band.
    pub(super) fn lines(&mut self, mut content: &[u8]) -> Result<(), GitError> {
        let url = self.url.clone();
        let garbled = || GitError::network(&url, "what the server says of the push cannot be understood");
        while !content.is_empty() {
            let length = content
                .get(..4)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let length = length
                .and_then(|digits| usize::from_str_radix(digits, 16).ok())
                .ok_or_else(garbled)?;
            if length == 0 {
                return Ok(());
            }
            let line = content.get(4..length).ok_or_else(garbled)?;
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            content = &content[length..];
            self.line(&line);
        }
        Ok(())
    }

    pub(super) fn line(&mut self, line: &str) {
        if let Some(how) = line.strip_prefix("unpack ") {
            self.unpacked = Some(how.to_owned());
        } else if line.strip_prefix("ok ") == Some(self.reference.as_str()) {
            self.moved = Some(Ok(()));
        } else if let Some(rest) = line.strip_prefix("ng ")
            && let Some(why) = rest.strip_prefix(self.reference.as_str())
        {
            self.moved = Some(Err(why.trim().to_owned()));
        }
    }

    pub(super) fn outcome(self) -> Result<(), GitError> {
        let words = self.said.words();
        let refused = |why: &str| {
            let why = if words.is_empty() {
                why.to_owned()
            } else {
                format!("{why}: {words}")
            };
            GitError::PushRefused {
                url: self.url.clone(),
                reference: self.reference.clone(),
                why,
            }
        };
        match (self.unpacked.as_deref(), &self.moved) {
            (Some("ok"), Some(Ok(()))) => Ok(()),
            (Some("ok"), Some(Err(why))) if is_race(why) => Err(GitError::Moved {
                url: self.url.clone(),
                reference: self.reference.clone(),
            }),
            (_, Some(Err(why))) if !why.is_empty() => Err(refused(why)),
            (Some(why), _) if why != "ok" => Err(refused(&format!("the pack was not taken: {why}"))),
            _ => Err(refused("the server does not say why")),
        }
    }
}

/// Whether the reference was not where it was when we looked, in the words of Git and of forges.
fn is_race(why: &str) -> bool {
    [
        "fetch first",
        "non-fast-forward",
        "stale info",
        "failed to update ref",
        "cannot lock ref",
        "incorrect old value",
    ]
    .iter()
    .any(|words| why.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(lines: &[&str], words: &str) -> Result<(), String> {
        let mut report = Report::new("https://example.com/r", "refs/heads/main");
        report.said().add(words.as_bytes());
        lines.iter().for_each(|line| report.line(line));
        report.outcome().map_err(|error| error.to_string())
    }

    #[test]
    fn a_push_is_what_the_server_says_of_it() {
        assert_eq!(outcome(&["unpack ok", "ok refs/heads/main"], ""), Ok(()));
        let error = outcome(
            &["unpack ok", "ng refs/heads/main protected branch hook declined"],
            "error: GH006: Protected branch\n\u{1b}[31m2 reviews\u{1b}[0m needed\r\n",
        )
        .unwrap_err();
        assert_eq!(
            error,
            "https://example.com/r: refs/heads/main was not moved: protected branch hook declined: \
             error: GH006: Protected branch; [31m2 reviews[0m needed"
        );
        let error = outcome(&["unpack ok", "ng refs/heads/main failed to update ref"], "").unwrap_err();
        assert!(error.contains("somebody else"), "{error}");
        let error = outcome(
            &[
                "unpack index-pack abnormal exit",
                "ng refs/heads/main unpacker error",
            ],
            "",
        )
        .unwrap_err();
        assert!(error.contains("unpacker error"), "{error}");
        assert!(outcome(&["unpack ok", "ok refs/heads/other"], "").is_err());
        assert!(outcome(&[], "").is_err());
    }

    #[test]
    fn packet_lines_may_be_cut_off() {
        let mut report = Report::new("u", "refs/heads/main");
        assert!(
            report
                .lines(b"000eunpack ok\n0017ok refs/heads/main\n0000")
                .is_ok()
        );
        assert!(report.outcome().is_ok());
        for bad in [&b"00"[..], b"zzzz", b"00ffunpack", b"0002"] {
            assert!(Report::new("u", "r").lines(bad).is_err(), "{bad:?}");
        }
    }
}
