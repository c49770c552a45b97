//! Arguments and flags, as the original's command line reads them.

use std::collections::BTreeMap;

use super::{Done, EditError, refuse};

/// A flag of a command.
pub(super) struct Flag {
    pub(super) name: &'static str,
    /// One letter, or nothing.
    pub(super) short: &'static str,
    /// Whether it stands alone, without a value.
    pub(super) is_switch: bool,
    /// Whether its value is a list with commas between.
    is_list: bool,
}

impl Flag {
    pub(super) const fn value(name: &'static str) -> Self {
        Self {
            name,
            short: "",
            is_switch: false,
            is_list: false,
        }
    }

    pub(super) const fn list(name: &'static str) -> Self {
        Self {
            name,
            short: "",
            is_switch: false,
            is_list: true,
        }
    }

    pub(super) const fn switch(name: &'static str, short: &'static str) -> Self {
        Self {
            name,
            short,
            is_switch: true,
            is_list: false,
        }
    }

    /// How messages name it.
    fn title(&self) -> String {
        if self.short.is_empty() {
            format!("--{}", self.name)
        } else {
            format!("-{}, --{}", self.short, self.name)
        }
    }
}

/// What every command has.
const COMMON: [Flag; 3] = [
    Flag::switch("help", "h"),
    Flag::switch("stack-trace", ""),
    Flag::switch(KEEP_FORMAT, ""),
];

/// The flag that tells how files are written. The original has no such flag.
pub(super) const KEEP_FORMAT: &str = "keep-format";

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

    /// Whether it was given at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    fn set(&mut self, flag: &Flag, value: String) -> Done {
        let values = self.0.entry(flag.name).or_default();
        if flag.is_list {
            let items = separated(&value).map_err(|why| {
                EditError::Refused(format!(
                    "invalid argument {value:?} for {:?} flag: {why}",
                    flag.title()
                ))
            })?;
            values.extend(items);
            return Ok(());
        }
        let value = match (flag.is_switch, value.as_str()) {
            (false, _) => value,
            (true, "1" | "t" | "T" | "true" | "TRUE" | "True") => "true".to_owned(),
            (true, "0" | "f" | "F" | "false" | "FALSE" | "False") => "false".to_owned(),
            (true, _) => {
                return refuse(format!(
                    "invalid argument {value:?} for {:?} flag: strconv.ParseBool: parsing {value:?}: invalid syntax",
                    flag.title()
                ));
            }
        };
        values.push(value);
        Ok(())
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
        match word.strip_prefix('-') {
            None | Some("") => args.push(word.clone()),
            Some(name) => match name.strip_prefix('-') {
                Some(name) => long(word, name, known, &mut rest, &mut flags)?,
                None => shorts(name, known, &mut rest, &mut flags)?,
            },
        }
        if flags.is_on("help") {
            break;
        }
    }
    Ok((args, flags))
}

type Words<'w> = std::slice::Iter<'w, String>;

fn find(known: &[Flag], fits: impl Fn(&&Flag) -> bool) -> Option<&Flag> {
    known.iter().find(&fits).or_else(|| COMMON.iter().find(&fits))
}

/// `--name`, `--name=value` or `--name value`.
fn long(word: &str, name: &str, known: &[Flag], rest: &mut Words<'_>, flags: &mut Flags) -> Done {
    if name.is_empty() || name.starts_with(['-', '=']) {
        return refuse(format!("bad flag syntax: {word}"));
    }
    let (name, value) = name
        .split_once('=')
        .map_or((name, None), |(name, value)| (name, Some(value)));
    let flag = find(known, |flag| flag.name == name)
        .ok_or_else(|| EditError::Refused(format!("unknown flag: --{name}")))?;
    let value = match (value, flag.is_switch) {
        (Some(value), _) => value.to_owned(),
        (None, true) => "true".to_owned(),
        (None, false) => match rest.next() {
            Some(value) => value.clone(),
            None => return refuse(format!("flag needs an argument: {word}")),
        },
    };
    flags.set(flag, value)
}

/// `-f`, or several such letters; what follows `=`, or a letter that wants a value, is the value.
fn shorts(letters: &str, known: &[Flag], rest: &mut Words<'_>, flags: &mut Flags) -> Done {
    let mut left = letters;
    while let Some(letter) = left.chars().next() {
        let after = &left[letter.len_utf8()..];
        let Some(flag) = find(known, |flag| flag.short.starts_with(letter)) else {
            return refuse(format!("unknown shorthand flag: '{letter}' in -{left}"));
        };
        let value = match (after.strip_prefix('='), flag.is_switch) {
            (Some(value), _) if !value.is_empty() => value.to_owned(),
            (_, true) => {
                flags.set(flag, "true".to_owned())?;
                left = after;
                continue;
            }
            (_, false) if !after.is_empty() => after.to_owned(),
            (_, false) => match rest.next() {
                Some(value) => value.clone(),
                None => return refuse(format!("flag needs an argument: '{letter}' in -{left}")),
            },
        };
        return flags.set(flag, value);
    }
    Ok(())
}

/// The items of a list with commas between, which may be quoted.
fn separated(list: &str) -> Result<Vec<String>, String> {
    let mut items = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let Some(quoted) = rest.strip_prefix('"') else {
            let (item, after) = rest.split_once(',').unwrap_or((rest, ""));
            if let Some(place) = item.find('"') {
                let column = list.len() - rest.len() + place + 1;
                return Err(format!(
                    "parse error on line 1, column {column}: bare \" in non-quoted-field"
                ));
            }
            items.push(item.to_owned());
            rest = after;
            continue;
        };
        let (item, after) = quoted.split_once('"').ok_or_else(|| {
            let column = list.len() + 1;
            format!("parse error on line 1, column {column}: extraneous or missing \" in quoted-field")
        })?;
        items.push(item.to_owned());
        rest = after.strip_prefix(',').unwrap_or("");
    }
    Ok(items)
}
