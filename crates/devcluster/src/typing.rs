//! What the schema says of the objects of one resource type.
//!
//! **Invariant:** the only caller of the schema crate; an object whose type is unknown keeps all its fields.
//! **Absent:** what only Go code knows ([`crate::defaults`], [`crate::validate`]).
//! **Start at** [`Typing`].

use crate::{
    api::{Call, now},
    status_error::{ApiError, FieldError, FieldProblem},
};
use plumb_schema::{
    FieldSet, GroupVersionKind, Schemas, Type, TypeRef,
    apply::{self, ApplyError, Write},
    strategic, structural,
};
use serde_json::Value;
use std::sync::Arc;

/// Schema of one type in one version.
#[derive(Debug, Clone)]
pub(crate) enum Typing {
    /// One of the built-in kinds.
    Builtin(GroupVersionKind),
    /// The schema of a CRD.
    Custom(Arc<Type>),
    /// Nothing is known.
    Free,
}

impl Typing {
    /// The schema of a built-in kind.
    #[must_use]
    pub(crate) fn builtin(group: &str, version: &str, kind: &str) -> Self {
        Self::Builtin(GroupVersionKind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        })
    }

    /// The schema of a custom kind; one that cannot be read is no schema.
    #[must_use]
    pub(crate) fn custom(schema: &Value) -> Self {
        match Type::from_structural(schema) {
            Ok(ty) => Self::Custom(Arc::new(ty)),
            Err(error) => {
                tracing::warn!(%error, "a custom resource is served without its schema");
                Self::Free
            }
        }
    }

    /// The type, to walk.
    #[must_use]
    pub(crate) fn ty(&self) -> TypeRef<'_> {
        match self {
            Self::Builtin(kind) => Schemas::builtin().kind(kind).unwrap_or_else(TypeRef::deduced),
            Self::Custom(ty) => ty.root(),
            Self::Free => TypeRef::deduced(),
        }
    }

    /// Drops unknown fields; gives their paths.
    pub(crate) fn prune(&self, object: &mut Value) -> Vec<String> {
        structural::prune(object, self.ty())
    }

    /// Fills in the defaults of the schema.
    pub(crate) fn default(&self, object: &mut Value) {
        structural::default(object, self.ty());
    }

    /// Are all its values of the types that the schema has, so that their owners can be told?
    #[must_use]
    pub(crate) fn fits(&self, object: &Value) -> bool {
        FieldSet::fits(object, self.ty())
    }

    /// Drops nulls of a custom object that its schema does not allow.
    pub(crate) fn drop_nulls(&self, object: &mut Value) {
        if let Self::Custom(ty) = self {
            structural::drop_nulls(object, ty.root());
        }
    }

    /// What the schema finds wrong.
    #[must_use]
    pub(crate) fn validate(&self, object: &Value) -> Vec<FieldError> {
        structural::validate(object, self.ty())
            .into_iter()
            .map(|violation| problem(&violation))
            .collect()
    }

    /// Merges a strategic merge patch.
    pub(crate) fn strategic(&self, object: &mut Value, patch: &Value) -> Result<(), ApiError> {
        *object = strategic::patch(object, patch, self.ty()).map_err(|error| {
            // The real server does not expect this one either.
            if error.problem.contains("does not contain declared merge key") {
                ApiError::unknown(error.problem)
            } else {
                ApiError::bad_request(error.to_string())
            }
        })?;
        Ok(())
    }

    /// Server-side apply: the object as it becomes, with managed fields.
    pub(crate) fn apply(
        &self,
        live: Option<&Value>,
        config: &Value,
        call: &Call,
        write: Part<'_>,
    ) -> Result<Value, ApiError> {
        let nothing = self.nothing();
        let now = now();
        let write = Write {
            nothing: nothing.as_ref(),
            ..self.write(call, write, &now)
        };
        apply::apply(live, config, &write).map_err(refusal)
    }

    /// Records who owns what after any other write.
    pub(crate) fn track(&self, live: Option<&Value>, object: &mut Value, call: &Call, part: Part<'_>) {
        let new = std::mem::take(object);
        let nothing = self.nothing();
        // The real server notes no time for what is written by way of a scale.
        let now = if part.name == "scale" {
            String::new()
        } else {
            now()
        };
        let write = Write {
            nothing: nothing.as_ref(),
            ..self.write(call, part, &now)
        };
        *object = apply::update(live, new, &write);
    }

    fn write<'a>(&'a self, call: &'a Call, part: Part<'a>, now: &'a str) -> Write<'a> {
        Write {
            ty: self.ty(),
            manager: &call.manager,
            subresource: Some(part.name).filter(|name| !name.is_empty()),
            has_status: part.has_status,
            force: call.force,
            now,
            nothing: None,
        }
    }

    /// What Go has before anything is set.
    fn nothing(&self) -> Option<Value> {
        let Self::Builtin(kind) = self else {
            return None;
        };
        crate::go::zero((&kind.group, &kind.version, &kind.kind))
    }
}

/// Which part of an object is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    /// Name of the subresource; empty for the object itself.
    pub(crate) name: &'a str,
    /// Has the type a status subresource?
    pub(crate) has_status: bool,
}

fn refusal(error: ApplyError) -> ApiError {
    let message = error.to_string();
    match error {
        ApplyError::Conflicts(conflicts) => {
            let causes = conflicts.into_iter().map(|conflict| {
                (
                    format!("conflict with {}", conflict.manager),
                    conflict.path.to_string(),
                )
            });
            ApiError::apply_conflicts(message, causes)
        }
        ApplyError::Invalid { .. } | ApplyError::Ownership(_) => ApiError::unknown(message),
        ApplyError::ManagedFieldsSet => ApiError::bad_request(message),
    }
}

/// A violation says its path and then a sentence; both are told apart again for the causes of a `Status`.
fn problem(violation: &structural::Violation) -> FieldError {
    let text = violation
        .message
        .strip_prefix(violation.path.as_str())
        .unwrap_or(&violation.message);
    let text = text.trim_start_matches(": ");
    let kinds = [
        ("Required value", FieldProblem::Required),
        ("Unsupported value", FieldProblem::NotSupported),
        ("Duplicate value", FieldProblem::Duplicate),
        ("Forbidden", FieldProblem::Forbidden),
        ("Too long", FieldProblem::TooLong),
        ("Too many", FieldProblem::TooMany),
        ("Invalid value", FieldProblem::Invalid),
    ];
    let known = kinds
        .iter()
        .find_map(|(title, kind)| text.strip_prefix(title).map(|rest| (*kind, rest)));
    let (mut kind, detail) = known.unwrap_or((FieldProblem::Invalid, text));
    if kind == FieldProblem::Invalid && detail.contains(" in body must be of type ") {
        kind = FieldProblem::TypeInvalid;
    }
    FieldError {
        kind,
        field: violation.path.clone(),
        value: None,
        detail: detail.trim_start_matches(": ").to_owned(),
    }
}
