//! Objects of the own cluster that many units ask for (Secrets, settings), kept for a moment so that they cost one call.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use plumb_cluster::{Cluster, ClusterError};
use plumb_model::{GroupVersionKind, SecretRef};
use serde_json::Value;
use tokio::sync::Mutex;

/// For how long an answer is good enough.
const KEPT: Duration = Duration::from_secs(30);

/// Objects as last asked for.
#[derive(Default)]
pub struct Kept {
    answers: Mutex<HashMap<Question, Answer>>,
}

/// What was found, and when.
type Answer = (Instant, Found);

/// What was found, shared, since settings can be large and every pass asks for them.
pub(crate) type Found = Arc<Vec<Value>>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    kind: GroupVersionKind,
    namespace: String,
    what: What,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum What {
    Labelled(String),
    Named(String),
}

impl Kept {
    /// The objects of a kind that carry a label; none where Plumb may not see them.
    pub(crate) async fn list(
        &self,
        cluster: &Cluster,
        kind: GroupVersionKind,
        (namespace, label): (&str, &str),
    ) -> Result<Found, ClusterError> {
        let question = Question {
            kind,
            namespace: namespace.to_owned(),
            what: What::Labelled(label.to_owned()),
        };
        self.answer(cluster, question).await
    }

    /// One object, or none where it is not there.
    pub(crate) async fn get(
        &self,
        cluster: &Cluster,
        kind: GroupVersionKind,
        (namespace, name): (&str, &str),
    ) -> Result<Found, ClusterError> {
        let question = Question {
            kind,
            namespace: namespace.to_owned(),
            what: What::Named(name.to_owned()),
        };
        self.answer(cluster, question).await
    }

    /// A Secret, or none where it is not there.
    pub(crate) async fn secret(&self, cluster: &Cluster, secret: &SecretRef) -> Result<Found, ClusterError> {
        let kind = GroupVersionKind::new("", "v1", "Secret");
        self.get(cluster, kind, (&secret.namespace, &secret.name)).await
    }

    async fn answer(&self, cluster: &Cluster, question: Question) -> Result<Found, ClusterError> {
        // Held while asking, so that many who ask at once cost one call.
        let mut answers = self.answers.lock().await;
        answers.retain(|_, (at, _)| at.elapsed() < KEPT);
        if let Some((_, found)) = answers.get(&question) {
            return Ok(found.clone());
        }
        let found = Arc::new(ask(cluster, &question).await?);
        answers.insert(question, (Instant::now(), found.clone()));
        Ok(found)
    }
}

async fn ask(cluster: &Cluster, question: &Question) -> Result<Vec<Value>, ClusterError> {
    let Question {
        kind,
        namespace,
        what,
    } = question;
    match what {
        What::Labelled(label) => match cluster.list(kind, Some(namespace), label).await {
            // Who may not see them may still do what needs none.
            Err(ClusterError::Forbidden { .. }) => Ok(Vec::new()),
            found => found,
        },
        What::Named(name) => Ok(cluster
            .get(kind, Some(namespace), name)
            .await?
            .into_iter()
            .collect()),
    }
}
