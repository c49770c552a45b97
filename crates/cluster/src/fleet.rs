//! All clusters that units go to: the own one, and those that kubeconfigs open.
//!
//! **Invariant:** one connection for each way in; when what opens a cluster changes, the old connection goes. A cluster that
//! does not answer holds up nobody who goes elsewhere.
//! **Absent:** where the kubeconfigs come from (the pipeline, the adapters).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kube::config::{KubeConfigOptions, Kubeconfig};
use plumb_health::Rules;
use plumb_model::{ClusterRef, Digest, KubeconfigText};
use tokio::sync::{broadcast, mpsc, watch};

use crate::{Cluster, ClusterError, ConnectOptions, LiveEvent};

/// All clusters.
pub struct Fleet {
    own: Cluster,
    members: Mutex<HashMap<ClusterRef, Member>>,
    joined: mpsc::UnboundedSender<Joined>,
    newcomers: Mutex<Option<mpsc::UnboundedReceiver<Joined>>>,
    rules: Mutex<Rules>,
}

/// A cluster that was connected to, for those who follow what happens in it.
pub struct Joined {
    /// The address of its API server.
    pub server: Arc<str>,
    /// What happens to its objects.
    pub events: broadcast::Receiver<LiveEvent>,
    /// Counts how often it came back after it did not answer.
    pub recovered: watch::Receiver<u64>,
}

/// What a kubeconfig may do on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KubeconfigRules {
    /// Run a program to sign in.
    pub programs: bool,
}

struct Member {
    /// Of what opens it; `None` = it is the own one by another name.
    opened_by: Option<Digest>,
    cluster: Cluster,
}

impl Fleet {
    /// A fleet of the own cluster.
    #[must_use]
    pub fn new(own: Cluster) -> Self {
        let (joined, newcomers) = mpsc::unbounded_channel();
        let fleet = Self {
            own,
            members: Mutex::default(),
            joined,
            newcomers: Mutex::new(Some(newcomers)),
            rules: Mutex::default(),
        };
        fleet.tell(&fleet.own);
        fleet
    }

    /// The cluster that Plumb itself talks to.
    #[must_use]
    pub fn own(&self) -> &Cluster {
        &self.own
    }

    /// `name` is another name of the own cluster.
    pub fn alias(&self, name: &ClusterRef) -> Cluster {
        let member = Member {
            opened_by: None,
            cluster: self.own.clone(),
        };
        lock(&self.members).insert(name.clone(), member);
        self.own.clone()
    }

    /// The cluster that `kubeconfig` opens; connected to at most once, as long as the document stays the same.
    ///
    /// # Errors
    /// When the document is broken, or asks for what it may not.
    pub async fn open(
        &self,
        name: &ClusterRef,
        kubeconfig: &KubeconfigText,
        rules: KubeconfigRules,
    ) -> Result<Cluster, ClusterError> {
        let digest = Digest::of(kubeconfig.reveal().as_bytes());
        let known = |members: &HashMap<ClusterRef, Member>| {
            members
                .get(name)
                .filter(|member| member.opened_by == Some(digest))
                .map(|member| member.cluster.clone())
        };
        if let Some(cluster) = known(&lock(&self.members)) {
            return Ok(cluster);
        }
        let cluster = connect(name, kubeconfig, rules).await?;
        let mut members = lock(&self.members);
        if let Some(cluster) = known(&members) {
            // Somebody else was faster.
            return Ok(cluster);
        }
        cluster.set_rules(&lock(&self.rules));
        self.tell(&cluster);
        let member = Member {
            opened_by: Some(digest),
            cluster: cluster.clone(),
        };
        members.insert(name.clone(), member);
        Ok(cluster)
    }

    /// The cluster of that name, where it was connected to.
    #[must_use]
    pub fn known(&self, name: &ClusterRef) -> Option<Cluster> {
        match name {
            ClusterRef::Own => Some(self.own.clone()),
            name => lock(&self.members).get(name).map(|member| member.cluster.clone()),
        }
    }

    /// Has health told by these rules from now on, in clusters that are connected to later too.
    pub fn set_rules(&self, rules: &Rules) {
        let members = lock(&self.members);
        *lock(&self.rules) = rules.clone();
        self.own.set_rules(rules);
        for member in members.values() {
            member.cluster.set_rules(rules);
        }
    }

    /// Every cluster that is or will be connected to, the own one first. There is one listener.
    #[must_use]
    pub fn joined(&self) -> Option<mpsc::UnboundedReceiver<Joined>> {
        lock(&self.newcomers).take()
    }

    fn tell(&self, cluster: &Cluster) {
        // Where nobody follows, nobody needs to know.
        drop(self.joined.send(Joined {
            server: cluster.server().into(),
            events: cluster.events(),
            recovered: cluster.recovered(),
        }));
    }
}

async fn connect(
    name: &ClusterRef,
    kubeconfig: &KubeconfigText,
    rules: KubeconfigRules,
) -> Result<Cluster, ClusterError> {
    let wrong = |why: String| ClusterError::Kubeconfig {
        cluster: name.to_string(),
        why,
    };
    // The parser's words may quote the document, which holds secrets.
    let document = Kubeconfig::from_yaml(kubeconfig.reveal()).map_err(|_| {
        wrong("it is no kubeconfig document: its YAML or a field of it cannot be read".to_owned())
    })?;
    if let Some(why) = reaches_out(&document, rules) {
        return Err(wrong(why.to_owned()));
    }
    let config = kube::Config::from_custom_kubeconfig(document, &KubeConfigOptions::default())
        .await
        .map_err(|error| wrong(crate::wire::chain(&error)))?;
    Cluster::with_config(config, &ConnectOptions::default())
}

/// Why a document may not be used: it reads files of this machine, or runs its programs.
fn reaches_out(document: &Kubeconfig, rules: KubeconfigRules) -> Option<&'static str> {
    for user in document
        .auth_infos
        .iter()
        .filter_map(|named| named.auth_info.as_ref())
    {
        if user.client_certificate.is_some() || user.client_key.is_some() || user.token_file.is_some() {
            return Some(
                "it reads a file of this machine: put the content into the *-data field, or into token",
            );
        }
        if user.auth_provider.is_some() {
            return Some("auth-provider is not supported: use a token, a client certificate or exec");
        }
        if user.exec.is_some() && !rules.programs {
            return Some(
                "it runs a program of this machine to sign in: use a token or a client certificate, or allow it with \
                 --insecure-kubeconfig-exec",
            );
        }
    }
    let mut clusters = document
        .clusters
        .iter()
        .filter_map(|named| named.cluster.as_ref());
    clusters
        .any(|cluster| cluster.certificate_authority.is_some())
        .then_some("it reads a file of this machine: use certificate-authority-data")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
