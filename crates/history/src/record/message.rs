//! A record as the message of a commit, and back.
//!
//! A subject and a body for people, then trailers as `git interpret-trailers` reads them, which hold all of it.
//!
//! **Invariant:** `read(write(record)) == record`, whatever its texts hold; the message is one line per trailer.
//! **Start at** [`write`] and [`read`].

mod read;
mod trailer;

pub(crate) use read::{read, unit};

use plumb_model::{ActionDone, ObjectId, Origin, UnitId};

use super::escape::{escape, shown};
use crate::{Outcome, Person, Place, Record};
use trailer::key;

/// The version of the format.
const VERSION: &str = "1";

/// The record as the message of a commit.
pub(crate) fn write(record: &Record, place: &Place) -> String {
    let mut out = subject(record);
    out.push_str("\n\n");
    let body = body(record);
    if !body.is_empty() {
        out.push_str(&body);
        out.push('\n');
    }
    let mut trailers = Trailers(out);
    trailers.identity(record, place);
    trailers.source(record);
    trailers.course(record);
    trailers.objects(record);
    trailers.0
}

/// One line for people.
pub(crate) fn subject(record: &Record) -> String {
    let name = shown(&record.unit.name);
    let cause = record.cause.word();
    let mut out = format!("{name}: {cause}");
    if let Some(source) = &record.source {
        out.push(' ');
        out.push_str(source.commit.short());
    }
    out.push_str(" to ");
    out.push_str(&shown(&record.cluster.0));
    match record.changed().count() {
        0 => out.push_str(", nothing changed"),
        1 => out.push_str(", 1 object changed"),
        count => out.push_str(&format!(", {count} objects changed")),
    }
    if record.outcome == Outcome::Failed {
        out.push_str(", failed");
    }
    out
}

/// What people want to know at a glance. All lines are indented, so that none is taken for a trailer or a divider.
fn body(record: &Record) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str("  ");
        out.push_str(&text);
        out.push('\n');
    };
    for text in record.message.iter().flat_map(|message| message.lines()) {
        if !text.trim().is_empty() {
            line(shown(text));
        }
    }
    if let Some(source) = &record.source {
        let author = source.author.as_ref().map(|author| shown(&author.name));
        match (&source.subject, author) {
            (Some(subject), Some(author)) => line(format!("{} ({author})", shown(subject))),
            (Some(subject), None) => line(shown(subject)),
            (None, Some(author)) => line(format!("by {author}")),
            (None, None) => {}
        }
    }
    for field in &record.drifted {
        let manager = field.manager.as_deref().unwrap_or("unknown");
        let object = shown(&field.object.to_string());
        line(format!("{object}: {}, by {}", shown(&field.path), shown(manager)));
    }
    out
}

/// What an action is called in a record.
pub(crate) fn action_word(action: ActionDone) -> &'static str {
    match action {
        ActionDone::Created => "created",
        ActionDone::Configured => "configured",
        ActionDone::Unchanged => "unchanged",
        ActionDone::Pruned => "pruned",
        ActionDone::PruneSkipped => "prune-skipped",
        ActionDone::Failed => "failed",
    }
}

/// A unit as one word: `kind/namespace/name`.
pub(crate) fn unit_word(unit: &UnitId) -> String {
    let part = |text: &str| escape(text, &['/']);
    format!(
        "{}/{}/{}",
        unit.kind.word(),
        part(&unit.namespace),
        part(&unit.name)
    )
}

/// An object as one word: `Kind.group/namespace/name`, the namespace empty where there is none.
pub(crate) fn object_word(object: &ObjectId) -> String {
    let mut out = escape(&object.kind.kind, &[' ', '/', '.']);
    if !object.kind.group.is_empty() {
        out.push('.');
        out.push_str(&escape(&object.kind.group, &[' ', '/']));
    }
    out.push('/');
    if let Some(namespace) = &object.namespace {
        out.push_str(&escape(namespace, &[' ', '/']));
    }
    out.push('/');
    out.push_str(&escape(&object.name, &[' ', '/']));
    out
}

fn origin_word(origin: &Origin) -> String {
    format!("{}:{}", escape(origin.path.as_str(), &[' ']), origin.line)
}

fn person_text(person: &Person) -> String {
    let name = escape(&person.name, &['<', '>']);
    format!("{name} <{}>", escape(&person.email, &['<', '>']))
}

/// The message so far, to which trailers are added.
struct Trailers(String);

impl Trailers {
    fn identity(&mut self, record: &Record, place: &Place) {
        self.raw(key::RECORD, VERSION);
        self.raw(key::SHARD, place.shard.as_str());
        self.raw(key::SEQUENCE, &place.sequence.to_string());
        if let Some(continues) = place.continues {
            self.raw(key::CONTINUES, &continues.to_string());
        }
        self.raw(key::UNIT, &unit_word(&record.unit));
        self.text(key::CLUSTER, &record.cluster.0);
        self.raw(key::CAUSE, record.cause.word());
        self.raw(key::OUTCOME, record.outcome.word());
    }

    fn source(&mut self, record: &Record) {
        if let Some(source) = &record.source {
            self.text(key::REPOSITORY, source.repository.as_str());
            self.raw(key::COMMIT, source.commit.as_str());
            self.optional(key::REFERENCE, source.reference.as_deref());
            if let Some(author) = &source.author {
                self.raw(key::AUTHOR, &person_text(author));
            }
            self.optional(key::SUBJECT, source.subject.as_deref());
        }
        if let Some(request) = &record.pull_request {
            let mut value = escape(&request.number, &[' ']);
            if let Some(url) = &request.url {
                value.push(' ');
                value.push_str(&escape(url, &[' ']));
            }
            self.raw(key::PULL_REQUEST, &value);
        }
        for approval in &record.approvals {
            let mut value = escape(&approval.by.0, &[' ']);
            if let Some(at) = approval.at {
                value.push_str(&format!(" {at}"));
            }
            self.raw(key::APPROVED_BY, &value);
        }
    }

    fn course(&mut self, record: &Record) {
        self.optional(key::ACTOR, record.actor.as_ref().map(|actor| actor.0.as_str()));
        if let Some(plan) = record.plan {
            self.raw(key::PLAN, &format!("hmac-sha256:{plan}"));
        }
        self.raw(key::STARTED, &record.started.to_string());
        self.raw(key::FINISHED, &record.finished.to_string());
        self.optional(key::MESSAGE, record.message.as_deref());
        if record.recovered {
            self.raw(key::RECOVERED, "true");
        }
    }

    fn objects(&mut self, record: &Record) {
        for change in &record.changes {
            let mut value = format!("{} {}", action_word(change.action), object_word(&change.object));
            if let Some(origin) = &change.origin {
                value.push(' ');
                value.push_str(&origin_word(origin));
            }
            self.raw(key::OBJECT, &value);
        }
        for field in &record.drifted {
            let mut value = format!("{} {}", object_word(&field.object), escape(&field.path, &[' ']));
            for (name, text) in [("manager", &field.manager), ("since", &field.since)] {
                if let Some(text) = text {
                    value.push_str(&format!(" {name}={}", escape(text, &[' '])));
                }
            }
            self.raw(key::DRIFT, &value);
        }
    }

    fn optional(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        self.raw(key, &escape(text, &[]));
    }

    /// Adds a trailer whose value is on one line already.
    fn raw(&mut self, key: &str, value: &str) {
        self.0.push_str(key);
        self.0.push_str(": ");
        self.0.push_str(value);
        self.0.push('\n');
    }
}
