//! Ranges of semantic versions, as Argo CD and Flux read them.
//!
//! Their grammar is that of Go's Masterminds/semver: `>=1.0 <2.0`, `1.2.x`, `^1.2`, `~1.2`, `1.0 - 2.0`, `*`, `!=1.3`,
//! commas or spaces for "and", `||` for "or". A pre-release is in a range only when the range names one.

use semver::{BuildMetadata, Prerelease, Version};

#[cfg(test)]
mod tests;

/// A range: alternatives, each of them comparisons that must all hold.
#[derive(Debug)]
pub(crate) struct VersionRange(Vec<Vec<Comparison>>);

#[derive(Debug)]
struct Comparison {
    operator: Operator,
    version: Partial,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// A version with parts left out or written as `x`.
#[derive(Debug)]
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: Prerelease,
}

/// A tag as a version: `v` may lead, and all three numbers must be there, as Flux asks.
pub(crate) fn strict_version(tag: &str) -> Option<Version> {
    Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

/// A tag as a version: `v` may lead, and numbers may be left out, as Argo CD allows.
pub(crate) fn lenient_version(tag: &str) -> Option<Version> {
    let (text, build) = match tag.split_once('+') {
        Some((text, build)) => (text, BuildMetadata::new(build).ok()?),
        None => (tag, BuildMetadata::EMPTY),
    };
    let partial = Partial::parse(text)?;
    let (text, _) = text.split_once('-').unwrap_or((text, ""));
    // A version has no wildcards, though a range does.
    if text.contains(['x', 'X', '*']) {
        return None;
    }
    let mut version = partial.lowest();
    version.build = build;
    Some(version)
}

impl VersionRange {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.split("||")
            .map(alternative)
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|comparisons| {
            // One comparison that names a pre-release lets them in for its alternative.
            let pre = comparisons
                .iter()
                .any(|comparison| !comparison.version.pre.is_empty());
            (version.pre.is_empty() || pre) && comparisons.iter().all(|comparison| comparison.holds(version))
        })
    }
}

fn alternative(text: &str) -> Option<Vec<Comparison>> {
    let text = text.trim();
    if let Some((low, high)) = text.split_once(" - ") {
        return Some(vec![
            Comparison::new(Operator::GreaterOrEqual, low.trim())?,
            Comparison::new(Operator::LessOrEqual, high.trim())?,
        ]);
    }
    let mut comparisons = Vec::new();
    let mut pending = String::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        pending.push_str(word);
        // `>= 1.0` may be written with a space between.
        if word.chars().all(|c| "=!<>~^".contains(c)) {
            continue;
        }
        comparisons.push(Comparison::parse(&std::mem::take(&mut pending))?);
    }
    (pending.is_empty() && !comparisons.is_empty()).then_some(comparisons)
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        let start = text.find(|c| !"=!<>~^".contains(c))?;
        let (operator, version) = text.split_at(start);
        let operator = match operator {
            "" | "=" | "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => return None,
        };
        Self::new(operator, version)
    }

    fn new(operator: Operator, version: &str) -> Option<Self> {
        let version = version.split_once('+').map_or(version, |(version, _)| version);
        Some(Self {
            operator,
            version: Partial::parse(version)?,
        })
    }

    fn holds(&self, version: &Version) -> bool {
        let low = self.version.lowest();
        // The build part does not count.
        let order = version.cmp_precedence(&low);
        let within = || self.version.begins(version);
        match self.operator {
            Operator::Equal if self.version.is_partial() => within() && order.is_ge(),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual if self.version.is_partial() => !within(),
            Operator::NotEqual => order.is_ne(),
            // `>1.2` means beyond all of 1.2.x, `<=1.2` up to the last of them.
            Operator::Greater if self.version.is_partial() => order.is_gt() && !within(),
            Operator::Greater => order.is_gt(),
            Operator::LessOrEqual => order.is_le() || (self.version.is_partial() && within()),
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Tilde => order.is_ge() && self.version.begins_by_minor(version),
            Operator::Caret => order.is_ge() && self.version.is_compatible(version),
        }
    }
}

impl Partial {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (numbers, pre) = match text.split_once('-') {
            Some((_, "")) => return None,
            Some((numbers, pre)) => (numbers, Prerelease::new(pre).ok()?),
            None => (text, Prerelease::EMPTY),
        };
        let mut parts = numbers.split('.').map(|part| match part {
            "x" | "X" | "*" => Some(None),
            digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().map(Some)
            }
            _ => None,
        });
        let mut next = || parts.next().unwrap_or(Some(None));
        let (major, minor, patch) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return None;
        }
        let minor = major.and(minor);
        Some(Self {
            major,
            minor,
            patch: minor.and(patch),
            pre,
        })
    }

    fn is_partial(&self) -> bool {
        self.patch.is_none()
    }

    fn lowest(&self) -> Version {
        Version {
            major: self.major.unwrap_or(0),
            minor: self.minor.unwrap_or(0),
            patch: self.patch.unwrap_or(0),
            pre: self.pre.clone(),
            build: BuildMetadata::EMPTY,
        }
    }

    /// Whether the numbers that are there are those of `version`.
    fn begins(&self, version: &Version) -> bool {
        let same = |ours: Option<u64>, theirs| ours.is_none_or(|ours| ours == theirs);
        same(self.major, version.major) && same(self.minor, version.minor) && same(self.patch, version.patch)
    }

    /// `~1.2.3` and `~1.2` stay within 1.2, `~1` within 1.
    fn begins_by_minor(&self, version: &Version) -> bool {
        let same = |ours: Option<u64>, theirs| ours.is_none_or(|ours| ours == theirs);
        same(self.major, version.major) && same(self.minor, version.minor)
    }

    /// `^1.2.3` stays within 1, `^0.2.3` within 0.2, `^0.0.3` is 0.0.3.
    fn is_compatible(&self, version: &Version) -> bool {
        match (self.major, self.minor, self.patch) {
            (None, _, _) => true,
            (Some(0), None, _) => version.major == 0,
            (Some(0), Some(0), Some(patch)) => {
                version.major == 0 && version.minor == 0 && version.patch == patch
            }
            (Some(0), Some(minor), _) => version.major == 0 && version.minor == minor,
            (Some(major), _, _) => version.major == major,
        }
    }
}
