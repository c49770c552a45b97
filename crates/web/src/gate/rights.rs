//! What the cluster said of people's rights lately.
//!
//! **Invariant:** a yes is believed for [`YES`], so a right that is taken away is gone within seconds; where the cluster
//! cannot be asked, the answer is an error and never a yes.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use plumb_cluster::{Access, ClusterError, Person};
use plumb_model::{UnitId, UnitKind};
use plumb_pipeline::actions;

use crate::site::Site;

/// How long a yes is believed.
const YES: Duration = Duration::from_secs(4);
/// How long a no is believed.
const NO: Duration = Duration::from_secs(4);
/// So many answers are kept.
const KEPT: usize = 50_000;
/// So many questions are asked at once for one person.
const AT_ONCE: usize = 16;

/// What the cluster said of people's rights lately.
#[derive(Default)]
pub(crate) struct Rights {
    answers: Mutex<Answers>,
    sights: Mutex<HashMap<Arc<Person>, Arc<Turn>>>,
}

/// What was asked, when, and the answer.
type Answers = HashMap<(Arc<Person>, Access), (Instant, bool)>;

/// One person's sight; whoever holds it asks for all who wait.
type Turn = tokio::sync::Mutex<Option<(Instant, Arc<Sight>)>>;

/// Which units somebody sees in lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sight {
    /// The kinds of which they see all.
    all: BTreeSet<UnitKind>,
    /// The namespaces in which they see those of a kind.
    some: BTreeSet<(UnitKind, String)>,
}

impl Sight {
    pub(crate) fn everything() -> Self {
        Self {
            all: BTreeSet::from([UnitKind::Application, UnitKind::Kustomization]),
            some: BTreeSet::new(),
        }
    }

    /// Whether all units are seen.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::everything()
    }

    /// Whether a unit is seen.
    pub(crate) fn sees(&self, id: &UnitId) -> bool {
        self.all.contains(&id.kind) || self.some.contains(&(id.kind, id.namespace.clone()))
    }
}

impl Rights {
    /// Whether `person` may do `verb` to one unit.
    pub(crate) async fn unit(
        &self,
        site: &Site,
        person: &Arc<Person>,
        verb: &'static str,
        unit: &UnitId,
    ) -> Result<bool, ClusterError> {
        let Some(access) = access(site, verb, unit.kind).await? else {
            return Ok(false);
        };
        let access = Access {
            namespace: Some(unit.namespace.clone()),
            name: Some(unit.name.clone()),
            ..access
        };
        self.ask(site, person, access).await
    }

    /// Whether `person` may do something.
    pub(crate) async fn ask(
        &self,
        site: &Site,
        person: &Arc<Person>,
        access: Access,
    ) -> Result<bool, ClusterError> {
        let key = (person.clone(), access);
        let known = self.lock().get(&key).copied();
        if let Some((at, answer)) = known
            && at.elapsed() < if answer { YES } else { NO }
        {
            return Ok(answer);
        }
        let began = Instant::now();
        let answer = site.line.own().may(person, &key.1).await?;
        let mut answers = self.lock();
        if answers.len() >= KEPT {
            answers.clear();
        }
        answers.insert(key, (began, answer));
        Ok(answer)
    }

    /// Which units `person` sees in lists.
    pub(crate) async fn sight(&self, site: &Site, person: &Arc<Person>) -> Result<Arc<Sight>, ClusterError> {
        let turn = {
            let mut sights = self.sights.lock().unwrap_or_else(PoisonError::into_inner);
            if sights.len() >= KEPT {
                sights.clear();
            }
            sights.entry(person.clone()).or_default().clone()
        };
        let mut turn = turn.lock().await;
        if let Some((at, sight)) = turn.as_ref()
            && at.elapsed() < YES
        {
            return Ok(sight.clone());
        }
        let began = Instant::now();
        let sight = Arc::new(look(site, person).await?);
        *turn = Some((began, sight.clone()));
        Ok(sight)
    }

    /// Forgets what was said of `person`.
    pub(crate) fn forget(&self, person: &Arc<Person>) {
        self.lock().retain(|(of, _), _| of != person);
        self.sights
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(person);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `verb` on units of a kind, wherever; `None` where the cluster does not know the kind.
async fn access(site: &Site, verb: &'static str, kind: UnitKind) -> Result<Option<Access>, ClusterError> {
    match site.line.own().path_name(&actions::resource_kind(kind)).await {
        Ok(resource) => Ok(Some(Access {
            verb,
            resource,
            subresource: None,
            namespace: None,
            name: None,
        })),
        Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks which units `person` sees in lists.
async fn look(site: &Site, person: &Arc<Person>) -> Result<Sight, ClusterError> {
    let mut sight = Sight::default();
    let mut namespaces: BTreeSet<(UnitKind, String)> = BTreeSet::new();
    for (id, _) in site.line.board.units() {
        namespaces.insert((id.kind, id.namespace));
    }
    for kind in [UnitKind::Application, UnitKind::Kustomization] {
        let Some(list) = access(site, "list", kind).await? else {
            continue;
        };
        // Asked anew: a yes that is remembered here already would be believed twice as long.
        if site.line.own().may(person, &list).await? {
            sight.all.insert(kind);
            continue;
        }
        let of_kind = namespaces.iter().filter(|(other, _)| *other == kind);
        let questions = of_kind.map(|(_, namespace)| {
            let namespace = namespace.clone();
            let access = Access {
                namespace: Some(namespace.clone()),
                ..list.clone()
            };
            async move { Ok::<_, ClusterError>((namespace, site.line.own().may(person, &access).await?)) }
        });
        let mut answers = stream::iter(questions.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            if let (namespace, true) = answer? {
                sight.some.insert((kind, namespace));
            }
        }
    }
    Ok(sight)
}
