//! What the demo stands on: the embedded cluster, or one that is there already.
//!
//! **Invariant:** a cluster in which others have namespaces is not touched unless the user says so.
//! **Start at** [`Ground::prepare`].

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use plumb_cli::Output;
use plumb_cluster::{Cluster, ConnectOptions};
use plumb_devcluster::{DevCluster, Options};
use plumb_model::GroupVersionKind;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

use super::Arguments;

/// Label of the namespace that tells that the demo made what is in the cluster.
pub(super) const MARK: &str = "plumb.dev/demo";
/// Names a kubeconfig as `--kubeconfig` does; tests run what users type on another cluster through it.
const VARIABLE: &str = "PLUMB_DEMO_KUBECONFIG";
/// Fields of a kubeconfig that are paths, which may be relative to the file that they are in.
const PATHS: [(&str, &str, &str); 4] = [
    ("clusters", "cluster", "certificate-authority"),
    ("users", "user", "client-certificate"),
    ("users", "user", "client-key"),
    ("users", "user", "tokenFile"),
];

/// The cluster below the demo.
pub(super) struct Ground {
    kubeconfig: PathBuf,
    embedded: Option<DevCluster>,
}

impl Ground {
    /// Starts the embedded cluster, or looks at the one that is named; either way its kubeconfig is in `directory` then.
    pub(super) async fn prepare(
        output: &Output,
        arguments: &Arguments,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let named = arguments
            .kubeconfig
            .clone()
            .or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        let began = Instant::now();
        let (ground, server) = match named {
            None => Self::embedded(arguments, directory).await?,
            Some(file) => Self::existing(&file, arguments, directory).await?,
        };
        let took = began.elapsed().as_secs_f64() * 1000.0;
        output.line(format!("  cluster     {server}  (ready in {took:.0} ms)"));
        output.line(format!("  kubeconfig  {}", ground.kubeconfig.display()));
        Ok(ground)
    }

    /// The kubeconfig that leads to it.
    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Ends what was started.
    pub(super) async fn stop(self) {
        if let Some(cluster) = self.embedded {
            cluster.stop().await;
        }
    }

    async fn embedded(arguments: &Arguments, directory: &Path) -> anyhow::Result<(Self, String)> {
        let cluster = DevCluster::start(Options {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            directory: directory.to_owned(),
            data_file: Some(directory.join("cluster.redb")),
            pod_ready_delay: Duration::from_millis(arguments.pod_ready_delay),
            ..Options::default()
        })
        .await?;
        let server = format!("https://{}", cluster.address());
        let kubeconfig = cluster.kubeconfig().to_owned();
        let embedded = Some(cluster);
        Ok((Self { kubeconfig, embedded }, server))
    }

    async fn existing(
        file: &Path,
        arguments: &Arguments,
        directory: &Path,
    ) -> anyhow::Result<(Self, String)> {
        let cluster = Cluster::connect(ConnectOptions {
            kubeconfig: Some(file.to_owned()),
            context: arguments.context.clone(),
            ..ConnectOptions::default()
        })
        .await?;
        if !arguments.allow_used_cluster {
            must_be_unused(&cluster).await?;
        }
        let kubeconfig = copy(file, arguments.context.as_deref(), directory)
            .with_context(|| format!("{} cannot be used as a kubeconfig", file.display()))?;
        let server = cluster.server().to_owned();
        let embedded = None;
        Ok((Self { kubeconfig, embedded }, server))
    }
}

/// Fails where the cluster has namespaces that neither Kubernetes nor the demo has made.
async fn must_be_unused(cluster: &Cluster) -> anyhow::Result<()> {
    let namespaces = cluster
        .list(&GroupVersionKind::new("", "v1", "Namespace"), None, "")
        .await?;
    let foreign = foreign(&namespaces);
    anyhow::ensure!(
        foreign.is_empty(),
        "the cluster {} is used by others: it has the namespaces {}; the demo would install definitions and apps there, and \
         write into namespaces such as production. Name an empty cluster, or say --allow-used-cluster",
        cluster.server(),
        foreign.join(", ")
    );
    Ok(())
}

fn foreign(namespaces: &[Value]) -> Vec<&str> {
    let is_ours = |namespace: &Value| namespace["metadata"]["labels"][MARK] == "true";
    if namespaces.iter().any(is_ours) {
        return Vec::new();
    }
    let names = namespaces
        .iter()
        .filter_map(|namespace| namespace["metadata"]["name"].as_str());
    names
        .filter(|name| *name != "default" && !name.starts_with("kube-"))
        .collect()
}

/// Copies a kubeconfig beside the demo's configuration, so that commands that use it find both.
fn copy(file: &Path, context: Option<&str>, directory: &Path) -> anyhow::Result<PathBuf> {
    let text = std::fs::read_to_string(file)?;
    let documents = plumb_yaml::parse(&text, SourceId::default(), Dialect::V3, &Limits::default())?;
    let mut config = documents.first().context("it is empty")?.to_json();
    let folder = file.canonicalize()?;
    let folder = folder.parent().context("it has no folder")?;
    for (list, item, field) in PATHS {
        let entries = config.get_mut(list).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if let Some(path) = entry.get_mut(item).and_then(|item| item.get_mut(field))
                && let Some(relative) = path.as_str().filter(|path| !path.is_empty())
            {
                *path = folder.join(relative).display().to_string().into();
            }
        }
    }
    if let Some(context) = context {
        config["current-context"] = context.into();
    }
    let path = directory.join("kubeconfig");
    // It may hold a key, so it is ours alone; tempfile makes it so from the first moment.
    let mut target = tempfile::NamedTempFile::new_in(directory)?;
    target.write_all(serde_json::to_string_pretty(&config)?.as_bytes())?;
    target.persist(&path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn namespace(name: &str) -> Value {
        json!({"metadata": {"name": name}})
    }

    #[test]
    fn a_cluster_with_namespaces_of_others_is_used() {
        let mut namespaces = vec![namespace("default"), namespace("kube-system")];
        assert_eq!(foreign(&namespaces), Vec::<&str>::new());
        namespaces.push(namespace("shop"));
        assert_eq!(foreign(&namespaces), ["shop"]);
        namespaces.push(json!({"metadata": {"name": "argocd", "labels": {MARK: "true"}}}));
        assert_eq!(
            foreign(&namespaces),
            Vec::<&str>::new(),
            "the demo has been there before"
        );
    }

    #[test]
    fn a_copied_kubeconfig_finds_its_files_and_names_the_context() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = from.path().join("config");
        std::fs::write(
            &file,
            "clusters:\n- {name: a, cluster: {server: https://x, certificate-authority: ca.crt}}\nusers:\n- {name: u, user: \
             {client-key: /keys/u}}\ncurrent-context: a\n",
        )
        .unwrap();
        let copied = copy(&file, Some("b"), to.path()).unwrap();
        let config: Value = serde_json::from_str(&std::fs::read_to_string(copied).unwrap()).unwrap();
        let authority = from.path().canonicalize().unwrap().join("ca.crt");
        assert_eq!(
            config["clusters"][0]["cluster"]["certificate-authority"],
            authority.display().to_string()
        );
        assert_eq!(config["users"][0]["user"]["client-key"], "/keys/u");
        assert_eq!(config["current-context"], "b");
    }
}
