//! Reading fields of a custom resource, gathering all that is wrong with them rather than the first thing only.
//!
//! **Invariant:** `null` and absent are the same, as they are to Kubernetes.

pub mod duration;

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a custom resource asks for nothing that can be done. Holds at least one problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    /// All that is wrong, in the order of the fields.
    pub problems: Vec<SpecProblem>,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecProblem {
    /// The field, as `spec.source.repoURL`.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// A field and where it is.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// What it holds; `null` where it is absent.
    pub value: &'a Value,
    /// Where it is, as `spec.source.repoURL`.
    pub path: String,
}

/// All that is wrong so far.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<SpecProblem>);

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SpecProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl<'a> Field<'a> {
    /// A whole object.
    #[must_use]
    pub fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// The field `key` of it.
    #[must_use]
    pub fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else if key.contains(['.', '/']) {
            format!("{}[{key:?}]", self.path)
        } else {
            format!("{}.{key}", self.path)
        };
        Self {
            value: &self.value[key],
            path,
        }
    }

    /// Neither absent nor empty.
    #[must_use]
    pub fn is_set(&self) -> bool {
        match self.value {
            Value::Null => false,
            Value::Object(fields) => !fields.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
}

impl Problems {
    /// Something is wrong with `field`.
    pub fn add(&mut self, field: &Field<'_>, what: impl Into<String>, hint: impl Into<String>) {
        self.0.push(SpecProblem {
            field: field.path.clone(),
            what: what.into(),
            hint: hint.into(),
        });
    }

    /// Refuses `field` where it is set.
    pub fn refuse(&mut self, field: &Field<'_>, what: &str) {
        if field.is_set() && *field.value != Value::Bool(false) {
            self.add(field, format!("{what} not supported yet"), "take it out");
        }
    }

    /// `value`, where nothing is wrong.
    ///
    /// # Errors
    /// All that is.
    pub fn finish<T>(self, value: T) -> Result<T, SpecError> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(SpecError { problems: self.0 })
        }
    }

    /// Text that must be there.
    pub fn required(&mut self, field: &Field<'_>, hint: &str) -> String {
        let text = self.text(field);
        if !field.is_set() {
            self.add(field, "is missing", hint);
        }
        text.unwrap_or_default()
    }

    /// Text; empty counts as absent.
    pub fn text(&mut self, field: &Field<'_>) -> Option<String> {
        match field.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            other => self.wrong(field, other, "text"),
        }
    }

    /// True or false.
    pub fn flag(&mut self, field: &Field<'_>) -> Option<bool> {
        match field.value {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            other => self.wrong(field, other, "true or false"),
        }
    }

    /// A whole number.
    pub fn integer(&mut self, field: &Field<'_>) -> Option<i64> {
        match field.value {
            Value::Null => None,
            other => other
                .as_i64()
                .or_else(|| self.wrong(field, other, "a whole number")),
        }
    }

    /// A [`duration`].
    pub fn duration(&mut self, field: &Field<'_>) -> Option<Duration> {
        let text = self.text(field)?;
        let duration = duration::parse(&text);
        if duration.is_none() {
            self.add(
                field,
                format!("{text:?} is not a duration"),
                "write it as 30s, 5m or 1h30m",
            );
        }
        duration
    }

    /// The items of a list.
    pub fn items<'a>(&mut self, field: &Field<'a>) -> Vec<Field<'a>> {
        match field.value {
            Value::Null => Vec::new(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, value)| Field {
                    value,
                    path: format!("{}[{index}]", field.path),
                })
                .collect(),
            other => self.wrong(field, other, "a list").unwrap_or_default(),
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, field: &Field<'_>) -> Vec<String> {
        let items = self.items(field);
        items.iter().filter_map(|item| self.text(item)).collect()
    }

    /// A map of texts.
    pub fn pairs(&mut self, field: &Field<'_>) -> BTreeMap<String, String> {
        match field.value {
            Value::Null => BTreeMap::new(),
            Value::Object(fields) => fields
                .keys()
                .filter_map(|key| match &field.value[key] {
                    Value::String(text) => Some((key.clone(), text.clone())),
                    other => self.wrong(&field.get(key), other, "text"),
                })
                .collect(),
            other => self.wrong(field, other, "a map of text").unwrap_or_default(),
        }
    }

    /// An annotation of Plumb's own that holds `what`, as JSON.
    pub fn annotation<T: DeserializeOwned>(&mut self, field: &Field<'_>, what: &str) -> Option<T> {
        let text = self.text(field)?;
        match serde_json::from_str(&text) {
            Ok(said) => Some(said),
            Err(error) => {
                self.add(
                    field,
                    format!("is not a {what}: {error}"),
                    "remove the annotation to end it",
                );
                None
            }
        }
    }

    fn wrong<T>(&mut self, field: &Field<'_>, found: &Value, expected: &str) -> Option<T> {
        let shown: String = found.to_string().chars().take(60).collect();
        self.add(field, format!("{expected} is expected, not {shown}"), "");
        None
    }
}
