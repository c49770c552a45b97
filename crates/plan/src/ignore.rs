//! Differences that are no drift, since somebody said so: which fields of which objects are left to others.
//!
//! [`rules_for`] finds what is ignored of one object, before anything is looked at; [`Ignoring`] then finds those fields in
//! the object as Git has it and as the cluster has it, and takes them out of both before they are compared.
//!
//! **Invariant:** an expression that does not fit an object ignores nothing in it.
//! **Start at** [`rules_for`] and [`Ignoring::new`].

mod selector;
#[cfg(test)]
mod tests;

use plumb_expressions::jq::{PathExpression, PathStep};
use plumb_model::{IgnoreRule, IgnoreTarget, IgnoredFields, Object};
use plumb_schema::{
    FieldSet, Segment, Step, TypeRef,
    apply::{Claim, Operation, claims},
    copy_field, locate,
};
use regex::Regex;
use serde_json::Value;

/// What these rules ignore of `object`.
#[must_use]
pub fn rules_for(rules: &[IgnoreRule], object: &Object) -> IgnoredFields {
    let mut fields = IgnoredFields::default();
    for rule in rules.iter().filter(|rule| is_for(&rule.target, object)) {
        fields.add(&rule.fields);
    }
    fields
}

/// The fields of one object that are left to others.
#[derive(Debug)]
pub struct Ignoring<'a> {
    ty: TypeRef<'a>,
    fields: FieldSet,
    /// Those of them that an apply leaves as they are.
    kept: FieldSet,
}

impl<'a> Ignoring<'a> {
    /// Finds the fields that `object` ignores, in it and in `live`.
    #[must_use]
    pub fn new(object: &Object, live: &Value, ty: TypeRef<'a>) -> Self {
        let ignored = &object.directives.ignored;
        let mut fields = FieldSet::new();
        if !ignored.is_empty() {
            for value in [&*object.body, live] {
                find(ignored, value, ty, &mut fields);
            }
            let others = claims(live).unwrap_or_default();
            for claim in others.iter().filter(|it| ignored.managers.contains(&it.manager)) {
                fields = fields.union(&claim.fields.leaves());
            }
        }
        let mut kept = if ignored.kept {
            fields.clone()
        } else {
            FieldSet::new()
        };
        if is_aggregated(object) {
            let rules = [Segment::field("rules")];
            fields.insert(&rules);
            kept.insert(&rules);
        }
        Self { ty, fields, kept }
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &FieldSet {
        &self.fields
    }

    /// `value` without them.
    #[must_use]
    pub fn cut(&self, value: &Value) -> Value {
        self.fields.cut(value.clone(), self.ty)
    }

    /// Puts into `body`, which is to replace `live`, the fields that are left as they are.
    pub fn keep(&self, body: &mut Value, live: &Value) {
        *body = self.kept.cut(body.take(), self.ty);
        for path in self.kept.paths() {
            copy_field(live, body, path.segments(), self.ty);
        }
    }

    /// What is to be applied in place of `object`, where an apply leaves these fields as they are in `live`: a field that
    /// somebody else owns is left out, so that it stays theirs; one that `manager` alone owns is stated as it is.
    #[must_use]
    pub fn yielded(&self, object: &Object, live: &Value, manager: &str) -> Option<Value> {
        if self.kept.is_empty() {
            return None;
        }
        let others = claims(live).unwrap_or_default();
        let is_ours = |claim: &&Claim| claim.manager == manager && claim.operation == Operation::Apply;
        let mut body = self.kept.cut(object.body.as_ref().clone(), self.ty);
        for path in self.kept.paths() {
            let claim = |claim: &Claim| claim.fields.claims(path.segments());
            if others.iter().filter(is_ours).any(claim) && !others.iter().any(|it| !is_ours(&it) && claim(it))
            {
                copy_field(live, &mut body, path.segments(), self.ty);
            }
        }
        (body != *object.body).then_some(body)
    }
}

/// Whether the cluster itself writes the rules of a role, out of other roles.
fn is_aggregated(object: &Object) -> bool {
    object.gvk.group == "rbac.authorization.k8s.io"
        && object.gvk.kind == "ClusterRole"
        && !object.body["aggregationRule"].is_null()
}

/// The fields of `value` that are ignored, whoever owns them.
fn find(ignored: &IgnoredFields, value: &Value, ty: TypeRef<'_>, found: &mut FieldSet) {
    for pointer in &ignored.pointers {
        let parts: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        let steps: Vec<Step<'_>> = parts.iter().map(|part| Step::Field(part)).collect();
        found.insert(&locate(value, ty, &steps));
    }
    for text in &ignored.expressions {
        let told = PathExpression::parse(text).and_then(|expression| expression.paths(value));
        for path in told.unwrap_or_default() {
            let steps: Vec<Step<'_>> = path
                .iter()
                .map(|step| match step {
                    PathStep::Field(name) => Step::Field(name),
                    PathStep::Index(at) => Step::Index(*at),
                })
                .collect();
            found.insert(&locate(value, ty, &steps));
        }
    }
}

fn is_for(target: &IgnoreTarget, object: &Object) -> bool {
    let fits = |pattern: &Option<String>, text: &str| {
        pattern.as_ref().is_none_or(|pattern| {
            Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
        })
    };
    let selects = |selector: &Option<String>, part: &str| {
        selector
            .as_ref()
            .is_none_or(|selector| selector::selects(selector, &object.body["metadata"][part]))
    };
    fits(&target.group, &object.gvk.group)
        && fits(&target.version, &object.gvk.version)
        && fits(&target.kind, &object.gvk.kind)
        && fits(
            &target.namespace,
            object.id.namespace.as_deref().unwrap_or_default(),
        )
        && fits(&target.name, &object.id.name)
        && selects(&target.labels, "labels")
        && selects(&target.annotations, "annotations")
}
