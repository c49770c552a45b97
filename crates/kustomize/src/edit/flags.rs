//! Arguments and flags, as the original's command line reads them.

use std::collections::BTreeMap;

use super::{Done, refuse};

/// A flag of a command.
pub(super) struct Flag {
    pub(super) name: &'static str,
    /// One letter, or nothing.
    pub(super) short: &'static str,
    /// Whether it stands alone, without a value.
    pub(super) is_switch: bool,
}

impl Flag {
    pub(super) const fn value(name: &'static str) -> Self {
        Self {
            name,
            short: "",
            is_switch: false,
        }
    }

    pub(super) const fn switch(name: &'static str, short: &'static str) -> Self {
        Self {
            name,
            short,
            is_switch: true,
        }
    }
}

/// The flags that were given, with their values in order.
#[derive(Default)]
pub(super) struct Flags(BTreeMap<&'static str, Vec<String>>);

impl Flags {
    /// The last value; empty when not given.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.last())
            .map_or("", String::as_str)
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}

/// Tells arguments from flags.
pub(super) fn parse(argv: &[String], known: &[Flag]) -> Done<(Vec<String>, Flags)> {
    let (mut args, mut flags) = (Vec::new(), Flags::default());
    let mut rest = argv.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            args.extend(rest.cloned());
            break;
        }
        let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
            args.push(word.clone());
            continue;
        };
        let (flag, value) = find(word, name, known)?;
        let value = match (value, flag.is_switch) {
            (Some(value), _) => value,
            (None, true) => "true".to_owned(),
            (None, false) => match rest.next() {
                Some(value) => value.clone(),
                None => return refuse(format!("flag needs an argument: {word}")),
            },
        };
        flags.0.entry(flag.name).or_default().push(value);
    }
    Ok((args, flags))
}

fn find<'f>(word: &str, name: &str, known: &'f [Flag]) -> Done<(&'f Flag, Option<String>)> {
    if let Some(long) = name.strip_prefix('-') {
        let (name, value) = long
            .split_once('=')
            .map_or((long, None), |(name, value)| (name, Some(value)));
        return match known.iter().find(|flag| flag.name == name) {
            Some(flag) => Ok((flag, value.map(str::to_owned))),
            None => refuse(format!("unknown flag: --{name}")),
        };
    }
    let letter: String = name.chars().take(1).collect();
    let Some(flag) = known
        .iter()
        .find(|flag| !flag.short.is_empty() && flag.short == letter)
    else {
        return refuse(format!("unknown shorthand flag: '{letter}' in {word}"));
    };
    let value = name[letter.len()..].trim_start_matches('=');
    Ok((flag, (!value.is_empty()).then(|| value.to_owned())))
}
