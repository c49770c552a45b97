//! What a request says beside its path: query, accepted forms, body, and who sends it.
//!
//! **Start at** [`Incoming`].

use crate::{
    api::{Call, FieldValidation},
    discovery, protobuf,
    registry::delete::DeleteOptions,
    status_error::{ApiError, FieldError},
};
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

/// A request with its body read.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// Method.
    pub(crate) method: Method,
    /// Path without query.
    pub(crate) path: String,
    /// Query parameters.
    pub(crate) query: Query,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Body.
    pub(crate) body: Bytes,
}

/// The form in which objects are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    Object,
    /// As `kubectl get` prints them.
    Table,
    /// The same with whole objects, which `kubectl get --sort-by` looks into.
    FullTable,
    /// Their metadata alone.
    Metadata,
}

/// Query parameters, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part of a URL after `?`.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Self(pairs.collect())
    }

    /// A parameter that is present and not empty.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Adds to a parameter that is a list.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        match self
            .0
            .iter_mut()
            .find(|(key, present)| key == name && !present.is_empty())
        {
            Some((_, present)) => *present = format!("{present},{value}"),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// A parameter that is true or false.
    #[must_use]
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// A parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let number = self.get(name).map(str::parse).transpose();
        number.map_err(|_| ApiError::bad_request(format!("{name} is not a number")))
    }
}

impl Incoming {
    /// A header as text; empty when it is missing.
    #[must_use]
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The form in which the sender wants objects; refuses when none of its wishes is served.
    pub(crate) fn form(&self) -> Result<Form, ApiError> {
        let accept = self.header(header::ACCEPT);
        let mut wishes = accept
            .split(',')
            .map(str::trim)
            .filter(|wish| !wish.is_empty())
            .peekable();
        if wishes.peek().is_none() {
            return Ok(Form::Object);
        }
        let whole = self.query.get("includeObject") == Some("Object");
        wishes
            .find_map(form)
            .map(|form| {
                if whole && form == Form::Table {
                    Form::FullTable
                } else {
                    form
                }
            })
            .ok_or_else(|| {
                ApiError::not_acceptable(
                    "application/json, application/yaml, application/vnd.kubernetes.protobuf",
                )
            })
    }

    /// The form of discovery that the sender wants.
    #[must_use]
    pub(crate) fn discovery_form(&self) -> discovery::Form {
        let accept = self.header(header::ACCEPT);
        for wish in accept
            .split(',')
            .filter(|wish| wish.contains("as=APIGroupDiscoveryList"))
        {
            for version in ["v2beta1", "v2"] {
                if wish
                    .split(';')
                    .any(|part| part.trim().strip_prefix("v=") == Some(version))
                {
                    return discovery::Form::Aggregated(version);
                }
            }
        }
        discovery::Form::Legacy
    }

    /// What every write carries.
    pub(crate) fn call(&self) -> Result<Call, ApiError> {
        if self.method == Method::GET {
            return Ok(Call::default());
        }
        let kind = match self.method {
            Method::PUT => "UpdateOptions",
            Method::PATCH => "PatchOptions",
            Method::DELETE => "DeleteOptions",
            _ => "CreateOptions",
        };
        let mut errors = Vec::new();
        if self.method == Method::PATCH {
            let apply = self
                .header(header::CONTENT_TYPE)
                .starts_with("application/apply-patch");
            if apply && self.query.get("fieldManager").is_none() {
                errors.push(FieldError::required(
                    "fieldManager",
                    "is required for apply patch",
                ));
            } else if !apply && self.query.get("force").is_some() {
                let why = "may not be specified for non-apply patch";
                errors.push(FieldError::forbidden("force", why));
            }
        }
        // What a body says of a deletion stands alone.
        let silent = self.method == Method::DELETE && !self.body.is_empty();
        let dry_run = self.query.get("dryRun").filter(|_| !silent);
        if dry_run.is_some_and(|all| all != "All") {
            errors.push(FieldError::not_supported(
                "dryRun",
                &serde_json::json!([dry_run]),
                &["All"],
            ));
        }
        let validation = match self.query.get("fieldValidation") {
            None | Some("Warn") => FieldValidation::Warn,
            Some("Ignore") => FieldValidation::Ignore,
            Some("Strict") => FieldValidation::Strict,
            Some(other) => {
                let known = ["", "Ignore", "Strict", "Warn"];
                errors.push(FieldError::not_supported(
                    "fieldValidation",
                    &other.into(),
                    &known,
                ));
                FieldValidation::Warn
            }
        };
        if !errors.is_empty() {
            return Err(ApiError::options(kind, &errors));
        }
        let dry_run = dry_run.is_some();
        let agent = self
            .header(header::USER_AGENT)
            .split('/')
            .next()
            .unwrap_or_default();
        let manager =
            self.query
                .get("fieldManager")
                .unwrap_or(if agent.is_empty() { "unknown" } else { agent });
        Ok(Call {
            manager: manager.to_owned(),
            dry_run,
            validation,
            force: self.query.flag("force"),
            ..Call::default()
        })
    }

    /// The body as an object of a kind; to Go, null is an object without fields.
    pub(crate) fn object(&self, kind: &str, builtin: bool) -> Result<Value, ApiError> {
        let unrecognized = |why: &str| {
            ApiError::bad_request(format!(
                "the object provided is unrecognized (must be of type {kind}): {why} ({})",
                summary(&self.body)
            ))
        };
        let plain = matches!(self.content(), "" | "application/json");
        if plain && let Err(error) = serde_json::from_slice::<Value>(&self.body) {
            let why = if error.is_eof() {
                "unexpected end of JSON input".to_owned()
            } else {
                error.to_string()
            };
            return Err(unrecognized(&format!(
                "couldn't get version/kind; json parse error: {why}"
            )));
        }
        let value = self.value()?;
        let what = match &value {
            Value::Object(fields) => {
                for field in ["apiVersion", "kind"] {
                    let what = match fields.get(field) {
                        None | Some(Value::String(_) | Value::Null) => continue,
                        Some(other) => crate::go::what(other),
                    };
                    return Err(unrecognized(&format!(
                        "couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go struct \
                         field .{field} of type string"
                    )));
                }
                let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
                if kind.is_empty() && !builtin {
                    let body = String::from_utf8_lossy(&self.body);
                    return Err(unrecognized(&format!("Object 'Kind' is missing in '{body}'")));
                }
                return Ok(value);
            }
            Value::Null if builtin => return Ok(serde_json::json!({})),
            Value::Null => return Err(unrecognized("Object 'Kind' is missing in 'null'")),
            other => crate::go::what(other),
        };
        Err(unrecognized(&format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
        )))
    }

    fn content(&self) -> &str {
        let kind = self.header(header::CONTENT_TYPE).split(';').next();
        kind.unwrap_or_default().trim()
    }

    /// The body as a value: JSON, or YAML when the sender says so.
    pub(crate) fn value(&self) -> Result<Value, ApiError> {
        match self.content() {
            ""
            | "application/json"
            | "application/json-patch+json"
            | "application/merge-patch+json"
            | "application/strategic-merge-patch+json" => json(&self.body),
            "application/yaml" | "application/apply-patch+yaml" => yaml(&self.body),
            "application/vnd.kubernetes.protobuf" => protobuf::decode(&self.body)
                .map_err(|why| ApiError::bad_request(format!("error decoding protobuf: {why}"))),
            _ => Err(ApiError::unsupported_media_type(
                "application/json, application/yaml, application/vnd.kubernetes.protobuf",
            )),
        }
    }

    /// What is said about a deletion, in the query and in the body.
    pub(crate) fn delete_options(&self, call: &mut Call) -> Result<DeleteOptions, ApiError> {
        let mut options = DeleteOptions::default();
        if self.body.is_empty() {
            options.propagation = self.query.get("propagationPolicy").map(str::to_owned);
            options.grace = self.query.number("gracePeriodSeconds")?;
        } else {
            let body = self.value()?;
            options.read(&body);
            call.dry_run = body["dryRun"]
                .as_array()
                .is_some_and(|list| list.iter().any(|item| item == "All"));
        }
        let policies = ["Foreground", "Background", "Orphan", "nil"];
        if let Some(policy) = &options.propagation
            && !policies[..3].contains(&policy.as_str())
        {
            let policy = policy.as_str().into();
            let error = FieldError::not_supported("propagationPolicy", &policy, &policies);
            return Err(ApiError::options("DeleteOptions", &[error]));
        }
        Ok(options)
    }
}

fn form(wish: &str) -> Option<Form> {
    let mut parts = wish.split(';').map(str::trim);
    if !matches!(parts.next()?, "application/json" | "application/*" | "*/*") {
        return None;
    }
    let (mut form, mut version) = (Form::Object, "v1");
    for part in parts {
        match part.split_once('=') {
            Some(("as", "Table")) => form = Form::Table,
            Some(("as", "PartialObjectMetadata" | "PartialObjectMetadataList")) => form = Form::Metadata,
            Some(("as", _)) => return None,
            Some(("v", wanted)) => version = wanted,
            _ => {}
        }
    }
    (version == "v1").then_some(form)
}

/// The first bytes of a body that is not understood: as they are, or in hexadecimal.
fn summary(body: &[u8]) -> String {
    const LONGEST: usize = 30;
    let shown = &body[..body.len().min(LONGEST)];
    let more = if body.len() > LONGEST { " ..." } else { "" };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(shown)),
        Some(_) => {
            let digits: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{digits}{more}")
        }
    }
}

fn json(body: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        ApiError::bad_request(format!("couldn't get version/kind; json parse error: {error}"))
    })
}

fn yaml(body: &[u8]) -> Result<Value, ApiError> {
    // JSON is what most clients send under the name of YAML, and is read much faster as what it is.
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let refuse = |why: String| ApiError::bad_request(format!("error decoding YAML: {why}"));
    let text = std::str::from_utf8(body).map_err(|error| refuse(error.to_string()))?;
    let documents = plumb_yaml::parse(text, SourceId(0), Dialect::default(), &Limits::default())
        .map_err(|error| refuse(error.to_string()))?;
    match documents.as_slice() {
        [document] => Ok(document.to_json()),
        _ => Err(refuse("one document is expected".to_owned())),
    }
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                if let (Some(high), Some(low)) = (digit(), digit()) {
                    out.extend(u8::try_from(high * 16 + low));
                }
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A path segment, decoded.
#[must_use]
pub(crate) fn decode_segment(text: &str) -> String {
    if text.contains('%') {
        decode(&text.replace('+', "%2B"))
    } else {
        text.to_owned()
    }
}
