//! From the message of a commit to the record.

use jiff::Timestamp;
use plumb_model::{ActionDone, CommitId, Digest, GroupKind, ObjectId, Origin, TreePath, UnitId, UnitKind};

use super::{VERSION, action_word, trailer::key, trailer::trailers};
use crate::record::escape::unescape;
use crate::{
    Actor, Approval, Cause, ClusterName, DriftedField, ObjectChange, Outcome, Person, Place, PullRequest,
    Record, RecordId, RepositoryUrl, Sequence, ShardName, Source,
};

/// A commit's message that is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    #[error("the last paragraph of the message is not made of trailers")]
    NotTrailers,
    #[error("the trailer {0} is missing")]
    Missing(&'static str),
    #[error("the trailer {0} cannot be read")]
    Unreadable(&'static str),
    #[error("the record is of version {0}, which this Plumb does not know; use a newer one")]
    Version(String),
}

/// Reads a record from the message of its commit.
pub(crate) fn read(message: &str) -> Result<(Record, Place), MessageError> {
    let all: Vec<(&str, &str)> = trailers(message)
        .collect::<Option<_>>()
        .ok_or(MessageError::NotTrailers)?;
    let fields = Fields(all);
    let version = fields.needed(key::RECORD)?;
    if version != VERSION {
        return Err(MessageError::Version(version.to_owned()));
    }
    let place = Place {
        shard: fields.read(key::SHARD, |text| ShardName::parse(text).ok())?,
        sequence: fields.read(key::SEQUENCE, |text| text.parse().ok().map(Sequence))?,
        continues: fields.maybe(key::CONTINUES, |text| RecordId::parse(text).ok())?,
    };
    let record = Record {
        unit: fields.read(key::UNIT, unit)?,
        cluster: ClusterName(fields.read(key::CLUSTER, unescape)?),
        cause: fields.read(key::CAUSE, Cause::parse)?,
        outcome: fields.read(key::OUTCOME, Outcome::parse)?,
        source: source(&fields)?,
        actor: fields.maybe(key::ACTOR, unescape)?.map(Actor),
        pull_request: fields.maybe(key::PULL_REQUEST, pull_request)?,
        approvals: fields.every(key::APPROVED_BY, approval)?,
        plan: fields.maybe(key::PLAN, |text| {
            Digest::parse(text.strip_prefix("hmac-sha256:")?)
        })?,
        started: fields.read(key::STARTED, |text| text.parse().ok())?,
        finished: fields.read(key::FINISHED, |text| text.parse().ok())?,
        message: fields.maybe(key::MESSAGE, unescape)?,
        changes: fields.every(key::OBJECT, change)?,
        drifted: fields.every(key::DRIFT, drifted)?,
        recovered: fields
            .maybe(key::RECOVERED, |text| text.parse().ok())?
            .unwrap_or(false),
    };
    Ok((record, place))
}

/// The object that [`super::object_word`] wrote.
pub(crate) fn object(word: &str) -> Option<ObjectId> {
    let mut parts = word.split('/');
    let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
    let (kind, group) = match kind.split_once('.') {
        Some((kind, group)) => (unescape(kind)?, unescape(group)?),
        None => (unescape(kind)?, String::new()),
    };
    let namespace = match namespace {
        "" => None,
        text => Some(unescape(text)?),
    };
    let name = unescape(name)?;
    parts.next().is_none().then_some(ObjectId {
        kind: GroupKind::new(group, kind),
        namespace,
        name,
    })
}

/// The unit that [`super::unit_word`] wrote.
pub(crate) fn unit(text: &str) -> Option<UnitId> {
    let mut parts = text.split('/');
    let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
    let kind = [UnitKind::Application, UnitKind::Kustomization]
        .into_iter()
        .find(|known| known.word() == kind)?;
    let (namespace, name) = (unescape(namespace)?, unescape(name)?);
    parts.next().is_none().then_some(UnitId {
        kind,
        namespace,
        name,
    })
}

fn source(fields: &Fields<'_>) -> Result<Option<Source>, MessageError> {
    let Some(commit) = fields.maybe(key::COMMIT, |text| CommitId::parse(text).ok())? else {
        return Ok(None);
    };
    Ok(Some(Source {
        repository: fields.read(key::REPOSITORY, |text| Some(RepositoryUrl::new(&unescape(text)?)))?,
        commit,
        reference: fields.maybe(key::REFERENCE, unescape)?,
        author: fields.maybe(key::AUTHOR, person)?,
        subject: fields.maybe(key::SUBJECT, unescape)?,
    }))
}

fn person(text: &str) -> Option<Person> {
    let (name, email) = text.strip_suffix('>')?.split_once(" <")?;
    Some(Person {
        name: unescape(name)?,
        email: unescape(email)?,
    })
}

fn pull_request(text: &str) -> Option<PullRequest> {
    let mut words = text.split(' ');
    Some(PullRequest {
        number: unescape(words.next()?)?,
        url: words
            .next()
            .map(unescape)
            .map_or(Some(None), |url| url.map(Some))?,
    })
}

fn approval(text: &str) -> Option<Approval> {
    let mut words = text.split(' ');
    Some(Approval {
        by: Actor(unescape(words.next()?)?),
        at: match words.next() {
            Some(at) => Some(at.parse::<Timestamp>().ok()?),
            None => None,
        },
    })
}

fn change(text: &str) -> Option<ObjectChange> {
    let mut words = text.split(' ');
    let action = words.next()?;
    let action = [
        ActionDone::Created,
        ActionDone::Configured,
        ActionDone::Unchanged,
        ActionDone::Pruned,
        ActionDone::PruneSkipped,
        ActionDone::Failed,
    ]
    .into_iter()
    .find(|known| action_word(*known) == action)?;
    Some(ObjectChange {
        object: object(words.next()?)?,
        action,
        origin: match words.next() {
            Some(word) => Some(origin(word)?),
            None => None,
        },
    })
}

fn origin(word: &str) -> Option<Origin> {
    let (path, line) = word.rsplit_once(':')?;
    Some(Origin {
        path: TreePath::parse(&unescape(path)?).ok()?,
        line: line.parse().ok()?,
    })
}

fn drifted(text: &str) -> Option<DriftedField> {
    let mut words = text.split(' ');
    let mut field = DriftedField {
        object: object(words.next()?)?,
        path: unescape(words.next()?)?,
        manager: None,
        since: None,
    };
    for word in words {
        match word.split_once('=')? {
            ("manager", text) => field.manager = Some(unescape(text)?),
            ("since", text) => field.since = Some(unescape(text)?),
            _ => return None,
        }
    }
    Some(field)
}

/// The trailers of one message.
struct Fields<'m>(Vec<(&'m str, &'m str)>);

impl<'m> Fields<'m> {
    fn values(&self, key: &'static str) -> impl Iterator<Item = &'m str> {
        self.0
            .iter()
            .filter(move |(name, _)| *name == key)
            .map(|(_, value)| *value)
    }

    fn needed(&self, key: &'static str) -> Result<&'m str, MessageError> {
        self.values(key).next().ok_or(MessageError::Missing(key))
    }

    fn read<T>(&self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, MessageError> {
        read(self.needed(key)?).ok_or(MessageError::Unreadable(key))
    }

    fn maybe<T>(
        &self,
        key: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, MessageError> {
        let value = self.values(key).next();
        value
            .map(|value| read(value).ok_or(MessageError::Unreadable(key)))
            .transpose()
    }

    fn every<T>(&self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, MessageError> {
        self.values(key)
            .map(|value| read(value).ok_or(MessageError::Unreadable(key)))
            .collect()
    }
}
