//! Problems of single fields, worded as apimachinery words them.
//!
//! **Start at** [`FieldError`].

use serde_json::Value;

/// What kind of problem a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldProblem {
    /// Missing.
    Required,
    /// Present but wrong.
    Invalid,
    /// Not one of the values that exist.
    NotSupported,
    /// May not be set here.
    Forbidden,
    /// Occurs twice.
    Duplicate,
    /// Names something that does not exist.
    NotFound,
    /// Of another type than the schema says.
    TypeInvalid,
    /// Longer than allowed.
    TooLong,
    /// More than allowed.
    TooMany,
}

impl FieldProblem {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotFound => "FieldValueNotFound",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }
}

/// One field that validation refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldError {
    /// What kind of problem.
    pub(crate) kind: FieldProblem,
    /// Path as Go prints it: `spec.template.spec.containers[0].name`.
    pub(crate) field: String,
    /// The offending value, when the message shows it.
    pub(crate) value: Option<Value>,
    /// The rest of the message.
    pub(crate) detail: String,
}

impl FieldError {
    /// A missing field.
    pub(crate) fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: FieldProblem::Required,
            field: field.into(),
            value: None,
            detail: detail.into(),
        }
    }

    /// A field with a wrong value.
    pub(crate) fn invalid(field: impl Into<String>, value: &Value, detail: impl Into<String>) -> Self {
        let value = Some(value.clone());
        Self {
            kind: FieldProblem::Invalid,
            field: field.into(),
            value,
            detail: detail.into(),
        }
    }

    /// A field that may not be set.
    pub(crate) fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: FieldProblem::Forbidden,
            field: field.into(),
            value: None,
            detail: detail.into(),
        }
    }

    /// A value that occurs twice.
    pub(crate) fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        let value = Some(value.clone());
        Self {
            kind: FieldProblem::Duplicate,
            field: field.into(),
            value,
            detail: String::new(),
        }
    }

    /// A value that names nothing.
    pub(crate) fn not_found(field: impl Into<String>, value: &Value) -> Self {
        let value = Some(value.clone());
        Self {
            kind: FieldProblem::NotFound,
            field: field.into(),
            value,
            detail: String::new(),
        }
    }

    /// A value outside the known ones.
    pub(crate) fn not_supported(field: impl Into<String>, value: &Value, supported: &[&str]) -> Self {
        let list: Vec<_> = supported.iter().map(|name| format!("{name:?}")).collect();
        let detail = format!("supported values: {}", list.join(", "));
        Self {
            kind: FieldProblem::NotSupported,
            field: field.into(),
            value: Some(value.clone()),
            detail,
        }
    }

    pub(super) fn text(&self) -> String {
        let title = match self.kind {
            FieldProblem::Required => "Required value",
            FieldProblem::Invalid | FieldProblem::TypeInvalid => "Invalid value",
            FieldProblem::NotSupported => "Unsupported value",
            FieldProblem::NotFound => "Not found",
            FieldProblem::Forbidden => "Forbidden",
            FieldProblem::Duplicate => "Duplicate value",
            FieldProblem::TooLong => "Too long",
            FieldProblem::TooMany => "Too many",
        };
        let mut text = title.to_owned();
        if let Some(value) = &self.value {
            text = format!("{text}: {value}");
        }
        if !self.detail.is_empty() {
            text = format!("{text}: {}", self.detail);
        }
        text
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.text())
    }
}
