//! Which objects a patch or replacement is for.

use std::num::{IntErrorKind, ParseIntError};

use regex::Regex;

use plumb_yaml::Text;

use crate::{
    error::{BuildErrorKind, Failure, Result},
    kustomization::Selector,
    resource::{Gvk, ResId, ResMap, Resource},
    session::Warnings,
};

/// A selector, its patterns ready.
pub(crate) struct Matcher {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
    warnings: Warnings,
}

impl Matcher {
    /// What does not stand for a number where one is compared is told to `warnings`.
    pub(crate) fn new(selector: &Selector, warnings: &Warnings) -> Result<Self> {
        Ok(Self {
            warnings: warnings.clone(),
            group: anchored(&selector.id.gvk.group)?,
            version: anchored(&selector.id.gvk.version)?,
            kind: anchored(&selector.id.gvk.kind)?,
            name: anchored(&selector.id.name)?,
            namespace: anchored(&selector.id.namespace)?,
            labels: requirements(&selector.labels)?,
            annotations: requirements(&selector.annotations)?,
        })
    }

    pub(crate) fn gvk(&self, gvk: &Gvk) -> bool {
        fits(&self.group, &gvk.group) && fits(&self.version, &gvk.version) && fits(&self.kind, &gvk.kind)
    }

    /// Whether an identity fits, its namespace as written.
    pub(crate) fn id(&self, id: &ResId) -> bool {
        self.gvk(&id.gvk) && fits(&self.name, &id.name) && fits(&self.namespace, &id.namespace)
    }

    pub(crate) fn labels_and_annotations(&self, resource: &Resource) -> bool {
        let fit = |requirements: &[Requirement], field: &str| {
            requirements.is_empty() || {
                let texts = resource.texts(field);
                requirements
                    .iter()
                    .all(|requirement| requirement.fits(&texts, &self.warnings))
            }
        };
        fit(&self.labels, "labels") && fit(&self.annotations, "annotations")
    }

    /// Whether anything but labels and annotations is asked for.
    pub(crate) fn names_something(&self) -> bool {
        [
            &self.group,
            &self.version,
            &self.kind,
            &self.name,
            &self.namespace,
        ]
        .iter()
        .any(|part| part.is_some())
    }

    /// Whether nothing is asked of labels and annotations.
    pub(crate) fn has_requirements(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    /// Whether an object fits, under its present or its first name.
    pub(crate) fn resource(&self, resource: &Resource) -> bool {
        let now = resource.id();
        if !self.gvk(&now.gvk) {
            return false;
        }
        let first = resource.original_id();
        let either = |pattern: &Option<Pattern>, part: fn(&ResId) -> &str| {
            fits(pattern, part(&first)) || fits(pattern, part(&now))
        };
        either(&self.namespace, ResId::effective_namespace)
            && either(&self.name, |id| &id.name)
            && self.labels_and_annotations(resource)
    }

    /// The positions of the objects that fit.
    pub(crate) fn select(&self, objects: &ResMap) -> Vec<usize> {
        let hits = objects
            .iter()
            .enumerate()
            .filter(|(_, resource)| self.resource(resource));
        hits.map(|(index, _)| index).collect()
    }
}

/// A pattern for a whole text. Most are plain words, and need no machine.
enum Pattern {
    Word(Text),
    Regex(Box<Regex>),
}

fn anchored(pattern: &str) -> Result<Option<Pattern>> {
    if pattern.is_empty() {
        return Ok(None);
    }
    if is_plain(pattern) {
        return Ok(Some(Pattern::Word(pattern.into())));
    }
    Regex::new(&format!("^(?:{pattern})$"))
        .map(|regex| Some(Pattern::Regex(Box::new(regex))))
        .map_err(|error| selector(in_go(&format!("^(?:{pattern})$"), &error)))
}

/// Why a pattern is none, in the words of Go, as far as they are known.
fn in_go(pattern: &str, error: &regex::Error) -> String {
    let text = error.to_string();
    let says = |words: &str| text.contains(words);
    let from = |c| pattern.rfind(c).map_or("", |at| &pattern[at..]);
    let cause = if says("unclosed character class") {
        format!("missing closing ]: `{}`", from('['))
    } else if says("unclosed group") {
        format!("missing closing ): `{pattern}`")
    } else if says("unopened group") {
        format!("unexpected ): `{pattern}`")
    } else if says("repetition operator missing expression") {
        let at = pattern[4..].find(['*', '+', '?']).map_or(0, |at| at + 4);
        format!(
            "missing argument to repetition operator: `{}`",
            pattern.get(at..=at).unwrap_or("")
        )
    } else {
        text
    };
    format!("error parsing regexp: {cause}")
}

/// Whether a regular expression means just itself.
pub(crate) fn is_plain(pattern: &str) -> bool {
    pattern
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b':'))
}

fn fits(pattern: &Option<Pattern>, text: &str) -> bool {
    match pattern {
        None => true,
        Some(Pattern::Word(word)) => **word == *text,
        Some(Pattern::Regex(regex)) => regex.is_match(text),
    }
}

/// One requirement of a label selector.
enum Requirement {
    Exists(String),
    Missing(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Compare(String, bool, i64),
}

impl Requirement {
    fn fits(&self, texts: &[(Text, Text)], warnings: &Warnings) -> bool {
        let value = |key: &str| {
            texts
                .iter()
                .find(|(known, _)| **known == *key)
                .map(|(_, value)| &**value)
        };
        match self {
            Self::Exists(key) => value(key).is_some(),
            Self::Missing(key) => value(key).is_none(),
            Self::In(key, values) => {
                value(key).is_some_and(|value| values.iter().any(|known| known == value))
            }
            Self::NotIn(key, values) => {
                value(key).is_none_or(|value| values.iter().all(|known| known != value))
            }
            Self::Compare(key, greater, bound) => {
                let Some(value) = value(key) else { return false };
                match value.parse::<i64>() {
                    Ok(value) if *greater => value > *bound,
                    Ok(value) => value < *bound,
                    Err(error) => {
                        warnings.add(no_number(value, texts, &error));
                        false
                    }
                }
            }
        }
    }
}

/// The original's words for a label that is no number.
fn no_number(value: &str, texts: &[(Text, Text)], error: &ParseIntError) -> String {
    let mut all: Vec<String> = texts
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    all.sort();
    let cause = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!(
        "ParseInt failed for value {value} in label {}, strconv.ParseInt: parsing {value:?}: {cause}",
        all.join(",")
    )
}

fn requirements(text: &str) -> Result<Vec<Requirement>> {
    let mut list = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let depth = |c: char, depth: i32| depth + i32::from(c == '(') - i32::from(c == ')');
        let mut open = 0;
        let end = rest.char_indices().find(|(_, c)| {
            open = depth(*c, open);
            *c == ',' && open == 0
        });
        let (one, next) = end.map_or((rest, ""), |(index, _)| (&rest[..index], &rest[index + 1..]));
        list.push(requirement(one.trim())?);
        rest = next.trim();
    }
    Ok(list)
}

fn requirement(text: &str) -> Result<Requirement> {
    let bad = || selector(format!("unable to parse requirement: {text}"));
    if let Some(key) = text.strip_prefix('!') {
        return Ok(Requirement::Missing(key.trim().to_owned()));
    }
    if let Some((head, values)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, operator) = head.trim().split_once(char::is_whitespace).ok_or_else(bad)?;
        return match operator.trim() {
            "in" => Ok(Requirement::In(key.to_owned(), values)),
            "notin" => Ok(Requirement::NotIn(key.to_owned(), values)),
            _ => Err(bad()),
        };
    }
    for (operator, negative) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let (key, values) = (key.trim().to_owned(), vec![value.trim().to_owned()]);
            return Ok(if negative {
                Requirement::NotIn(key, values)
            } else {
                Requirement::In(key, values)
            });
        }
    }
    for (operator, greater) in [('>', true), ('<', false)] {
        if let Some((key, bound)) = text.split_once(operator) {
            let bound = bound.trim().parse().map_err(|_| bad())?;
            return Ok(Requirement::Compare(key.trim().to_owned(), greater, bound));
        }
    }
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(bad());
    }
    Ok(Requirement::Exists(text.to_owned()))
}

fn selector(message: String) -> Failure {
    BuildErrorKind::Patch(message).into()
}
