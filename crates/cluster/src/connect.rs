//! The connection to one cluster.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;
use kube::config::{KubeConfigOptions, Kubeconfig};
use plumb_model::{GroupKind, GroupVersionKind, ServiceAccount};

use crate::{
    ClusterError, Counters, Person,
    apply::preflight::alike::Taken,
    kinds::{KindInfo, Kinds, pick},
    types::Types,
    watches::Watches,
    wire::{Call, Wire},
};

/// How to connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The kubeconfig file; `None` = as kubectl finds it, or the service account inside a cluster.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; `None` = its current one.
    pub context: Option<String>,
    /// How this program names itself to the server.
    pub user_agent: String,
    /// How many objects are applied at once.
    pub concurrency: usize,
}

/// One cluster; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) inner: Arc<Inner>,
    /// The way that units' objects are written by.
    pub(crate) writer: Wire,
    /// The way that what people ask for is written by.
    pub(crate) asker: Wire,
}

pub(crate) struct Inner {
    pub(crate) wire: Wire,
    pub(crate) kinds: Kinds,
    pub(crate) watches: Watches,
    pub(crate) types: Types,
    pub(crate) taken: Taken,
    pub(crate) default_namespace: String,
    pub(crate) concurrency: usize,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        let user_agent = concat!("plumb/", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            kubeconfig: None,
            context: None,
            user_agent,
            concurrency: 8,
        }
    }
}

impl Cluster {
    /// Connects; the server itself is first asked when something is needed of it.
    ///
    /// # Errors
    /// When nothing says where the cluster is, or the kubeconfig is broken.
    pub async fn connect(options: ConnectOptions) -> Result<Self, ClusterError> {
        let wrong = |error: &dyn std::error::Error| ClusterError::Config {
            why: crate::wire::chain(error),
        };
        let chosen = KubeConfigOptions {
            context: options.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = match &options.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| wrong(&error))?;
                kube::Config::from_custom_kubeconfig(file, &chosen)
                    .await
                    .map_err(|error| wrong(&error))?
            }
            None if options.context.is_some() => kube::Config::from_kubeconfig(&chosen)
                .await
                .map_err(|error| wrong(&error))?,
            None => kube::Config::infer().await.map_err(|error| wrong(&error))?,
        };
        Self::with_config(config, &options)
    }

    /// A cluster as a configuration says.
    pub(crate) fn with_config(
        mut config: kube::Config,
        options: &ConnectOptions,
    ) -> Result<Self, ClusterError> {
        // The retries of this crate know which calls may be repeated.
        config.default_retry = false;
        config.connect_timeout = Some(Duration::from_secs(10));
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let namespace = config.default_namespace.clone();
        let client = kube::Client::try_from(config).map_err(|error| ClusterError::Config {
            why: crate::wire::chain(&error),
        })?;
        Ok(Self::over(client, server, namespace, options))
    }

    /// A cluster behind a client that is there already.
    pub(crate) fn over(
        client: kube::Client,
        server: String,
        namespace: String,
        options: &ConnectOptions,
    ) -> Self {
        let user_agent =
            HeaderValue::from_str(&options.user_agent).unwrap_or_else(|_| HeaderValue::from_static("plumb"));
        let wire = Wire::new(client, server, user_agent);
        let inner = Inner {
            watches: Watches::new(wire.clone()),
            wire: wire.clone(),
            kinds: Kinds::new(),
            types: Types::default(),
            taken: Taken::default(),
            default_namespace: namespace,
            concurrency: options.concurrency.max(1),
        };
        Self {
            inner: Arc::new(inner),
            writer: wire.clone(),
            asker: wire,
        }
    }

    /// The same cluster, in which units' objects are written (and tried) as a service account; what is known of them is
    /// shared.
    ///
    /// # Errors
    /// When the account has no possible name.
    pub fn acting_as(&self, account: &ServiceAccount) -> Result<Self, ClusterError> {
        Ok(Self {
            inner: self.inner.clone(),
            writer: self.inner.wire.acting_as(&account.user())?,
            asker: self.asker.clone(),
        })
    }

    /// The same cluster, in which patches are made as a person, by that person's rights.
    ///
    /// # Errors
    /// When the person has no possible name.
    pub fn on_behalf_of(&self, person: &Person) -> Result<Self, ClusterError> {
        Ok(Self {
            inner: self.inner.clone(),
            writer: self.writer.clone(),
            asker: self.inner.wire.with_headers(person.headers()?),
        })
    }

    /// Counts how often the server came back after it did not answer.
    #[must_use]
    pub fn recovered(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.wire.recovered()
    }

    /// The address of the API server.
    #[must_use]
    pub fn server(&self) -> &str {
        self.inner.wire.server()
    }

    /// The namespace that the context names, for objects that name none.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.inner.default_namespace
    }

    /// The version of the API server, such as `v1.34.1`.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn version(&self) -> Result<String, ClusterError> {
        let call = Call::read("/version", "asking the version of the cluster");
        let body = self.inner.wire.send(&call).await?.body;
        body["gitVersion"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| ClusterError::Answer {
                doing: call.doing,
                why: "it has no gitVersion".to_owned(),
            })
    }

    /// Those of `wanted` that the cluster serves. Discovery is asked again for kinds not known yet, but not all the time.
    ///
    /// # Errors
    /// When discovery fails.
    pub async fn kinds(
        &self,
        wanted: &BTreeSet<GroupKind>,
    ) -> Result<BTreeMap<GroupKind, KindInfo>, ClusterError> {
        Ok(pick(
            &*self.inner.kinds.known(&self.inner.wire, wanted).await?,
            wanted,
        ))
    }

    /// The kind that `word` means, as kubectl takes it: `deploy`, `deployments.apps`, `Deployment`.
    ///
    /// # Errors
    /// When the cluster serves no such kind.
    pub async fn resource(&self, word: &str) -> Result<KindInfo, ClusterError> {
        let mut found = self.inner.kinds.now().find(word);
        if found.is_none() {
            found = self.inner.kinds.refresh(&self.inner.wire).await?.find(word);
        }
        found
            .map(|info| info.as_ref().clone())
            .ok_or_else(|| ClusterError::UnknownKind {
                kind: word.to_owned(),
            })
    }

    /// The kinds of a category, such as `all`; empty for a word that is none.
    ///
    /// # Errors
    /// When discovery fails.
    pub async fn category(&self, word: &str) -> Result<Vec<KindInfo>, ClusterError> {
        let catalog = self
            .inner
            .kinds
            .known(&self.inner.wire, [&GroupKind::new("", "Namespace")])
            .await?;
        Ok(catalog
            .category(word)
            .into_iter()
            .map(|info| info.as_ref().clone())
            .collect())
    }

    /// How many calls were made so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.wire.counters()
    }

    /// The kind at that very version.
    pub(crate) async fn served(&self, gvk: &GroupVersionKind) -> Result<Arc<KindInfo>, ClusterError> {
        let kind = gvk.group_kind();
        let catalog = self.inner.kinds.known(&self.inner.wire, [&kind]).await?;
        catalog
            .get(&kind)
            .filter(|info| info.versions.contains(&gvk.version))
            .cloned()
            .ok_or_else(|| ClusterError::UnknownKind {
                kind: gvk.to_string(),
            })
    }
}
