//! Answers that are refusals, worded as kube-apiserver words them.
//!
//! Clients match on `reason`, `code` and `details`, people on the message; both are made here and nowhere else.
//!
//! **Invariant:** every refusal has a reason that apimachinery knows, and its code.
//! **Start at** [`ApiError`]; problems of single fields are in [`FieldError`].

mod field;

pub(crate) use field::{FieldError, FieldProblem};
use serde_json::{Map, Value, json};

/// A refusal; becomes a `Status` object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    /// HTTP status code.
    pub(crate) code: u16,
    /// Machine-readable reason of apimachinery.
    pub(crate) reason: &'static str,
    /// What went wrong, as the real server words it.
    pub(crate) message: String,
    details: Map<String, Value>,
    /// Details are said even where there are none.
    bare: bool,
    /// The message is the whole answer.
    pub(crate) plain: bool,
    /// What the caller was warned of before.
    pub(crate) warnings: Vec<String>,
}

/// What a refusal is about: the plural (or kind), its group, and the object's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// API group; empty for core.
    pub(crate) group: &'a str,
    /// Plural resource name, or the kind for validation failures.
    pub(crate) resource: &'a str,
    /// Name of the object.
    pub(crate) name: &'a str,
}

impl Subject<'_> {
    fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        for (key, text) in [
            ("name", self.name),
            ("group", self.group),
            ("kind", self.resource),
        ] {
            if !text.is_empty() {
                details.insert(key.to_owned(), text.into());
            }
        }
        details
    }
}

impl ApiError {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Map::new(),
            bare: false,
            plain: false,
            warnings: Vec::new(),
        }
    }

    fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// The same with what the caller was warned of before.
    pub(crate) fn with_warnings(mut self, warnings: &[String]) -> Self {
        self.warnings.extend_from_slice(warnings);
        self
    }

    fn about(mut self, subject: Subject<'_>) -> Self {
        self.details = subject.details();
        self
    }

    fn cause(mut self, reason: &str, message: &str, field: &str) -> Self {
        let mut cause = Map::new();
        for (key, text) in [("reason", reason), ("message", message), ("field", field)] {
            if !text.is_empty() {
                cause.insert(key.to_owned(), text.into());
            }
        }
        match self.details.get_mut("causes").and_then(Value::as_array_mut) {
            Some(causes) => causes.push(cause.into()),
            None => {
                self.details.insert("causes".to_owned(), json!([cause]));
            }
        }
        self
    }

    /// No such object.
    pub(crate) fn not_found(subject: Subject<'_>) -> Self {
        let message = format!("{} \"{}\" not found", subject.qualified(), subject.name);
        Self::new(404, "NotFound", message).about(subject)
    }

    /// No such resource type or path.
    pub(crate) fn no_resource() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
        .bare()
    }

    /// No such path at all: this is answered in plain text.
    pub(crate) fn no_path() -> Self {
        let mut error = Self::new(404, "NotFound", "404 page not found\n");
        error.plain = true;
        error
    }

    /// The verb is not served here.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
        .bare()
    }

    /// The name is taken.
    pub(crate) fn already_exists(subject: Subject<'_>, going: bool) -> Self {
        let before = if going { "object is being deleted: " } else { "" };
        let message = format!(
            "{before}{} \"{}\" already exists",
            subject.qualified(),
            subject.name
        );
        Self::new(409, "AlreadyExists", message).about(subject)
    }

    /// The caller acted on an outdated version, or a precondition failed.
    pub(crate) fn conflict(subject: Subject<'_>, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": {why}",
            subject.qualified(),
            subject.name
        );
        Self::new(409, "Conflict", message).about(subject)
    }

    /// The usual conflict: the stored object is newer than the one that the caller read.
    pub(crate) fn outdated(subject: Subject<'_>) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(subject, why)
    }

    /// Server-side apply met fields of other managers: (message, field) of each.
    pub(crate) fn apply_conflicts(
        message: String,
        conflicts: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        conflicts
            .into_iter()
            .fold(Self::new(409, "Conflict", message), |error, (message, field)| {
                error.cause("FieldManagerConflict", &message, &field)
            })
    }

    /// Validation refused the object; `subject.resource` is the kind.
    pub(crate) fn invalid(subject: Subject<'_>, errors: &[FieldError]) -> Self {
        // What is said twice stays twice among the causes only.
        let mut lines: Vec<String> = Vec::new();
        for line in errors.iter().map(FieldError::to_string) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let list = match lines.as_slice() {
            [line] => line.clone(),
            _ => format!("[{}]", lines.join(", ")),
        };
        let message = format!("{} \"{}\" is invalid: {list}", subject.qualified(), subject.name);
        let error = Self::new(422, "Invalid", message).about(subject);
        errors.iter().fold(error, |error, field| {
            error.cause(field.kind.reason(), &field.text(), &field.field)
        })
    }

    /// Policy forbids the action.
    pub(crate) fn forbidden(subject: Subject<'_>, why: &str) -> Self {
        let message = format!("{} \"{}\" is forbidden: {why}", subject.qualified(), subject.name);
        Self::new(403, "Forbidden", message).about(subject)
    }

    /// Nothing new may be made in a namespace that is going away.
    pub(crate) fn namespace_terminating(subject: Subject<'_>, namespace: &str) -> Self {
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        let cause = format!("namespace {namespace} is being terminated");
        Self::forbidden(subject, &why).cause("NamespaceTerminating", &cause, "metadata.namespace")
    }

    /// The request itself makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The history that the caller wants is gone.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The caller asks for a version that does not exist yet.
    pub(crate) fn too_large_version(wanted: u64, current: u64) -> Self {
        let message = format!("Too large resource version: {wanted}, current: {current}");
        let mut error = Self::new(504, "Timeout", message).cause(
            "ResourceVersionTooLarge",
            "Too large resource version",
            "",
        );
        error.details.insert("retryAfterSeconds".to_owned(), 1.into());
        error
    }

    /// None of the media types that the caller accepts is served.
    pub(crate) fn not_acceptable(accepted: &str) -> Self {
        let message = format!("406: Not Acceptable\n\nAvailable representations: {accepted}");
        Self::new(406, "NotAcceptable", message).bare()
    }

    /// The same, of custom resources.
    pub(crate) fn not_accepted(accepted: &str) -> Self {
        let message = format!("only the following media types are accepted: {accepted}");
        Self::new(406, "NotAcceptable", message)
    }

    /// The body's media type is not understood.
    pub(crate) fn unsupported_media_type(accepted: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {accepted}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// No form of body that is read here at all.
    pub(crate) fn unknown_media_type() -> Self {
        Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").bare()
    }

    /// The body is larger than the real server takes.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(413, "RequestEntityTooLarge", message)
    }

    /// Something broke in here.
    pub(crate) fn internal(message: impl std::fmt::Display) -> Self {
        Self::new(
            500,
            "InternalError",
            format!("Internal error occurred: {message}"),
        )
    }

    /// A refusal without a reason of its own.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// A patch that cannot be applied to the object.
    pub(crate) fn unprocessable() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::new(422, "Invalid", message).bare()
    }

    /// Options of the request are not valid; `kind` is `CreateOptions` and the like.
    pub(crate) fn options(kind: &str, errors: &[FieldError]) -> Self {
        let about = Subject {
            group: "meta.k8s.io",
            resource: kind,
            name: "",
        };
        Self::invalid(about, errors)
    }

    /// True for 404 of an object or path.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code == 404
    }

    /// The `Status` object that clients decode.
    pub(crate) fn to_status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if self.reason.is_empty() {
            status.as_object_mut().map(|status| status.remove("reason"));
        }
        if self.bare || !self.details.is_empty() {
            status["details"] = Value::Object(self.details.clone());
        }
        status
    }
}

/// The `Status` object that says a deletion is done.
pub(crate) fn success(subject: Subject<'_>, uid: &str) -> Value {
    let mut details = subject.details();
    details.insert("uid".to_owned(), uid.into());
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}
